"""The synthetic store, recordings, ground truth and metrics; nothing in production imports it.

`synthetic` scripts and renders the store, `recording` reads a recording folder and its truth and
`recording_writer` writes one, `training_set` makes pictures to train on, `metrics` compares what was
recognised with what was true. Reading and measuring need no renderer.
"""
