"""The synthetic store, recordings, ground truth and metrics; nothing in production imports it."""
