"""A parametric store with scripted shoppers, rendered on the CPU with exact truth."""
