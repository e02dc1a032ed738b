"""The synthetic store, recordings, ground truth and metrics; nothing in production imports it.

`synthetic` scripts and renders the store. `recording` reads a recording folder and its truth,
`recording_writer` and `truth_file` write one; `masks` and `scale_readings` are what it may come with.
`training_set` makes pictures to train on and `slot_set` samples of changed shelves, `exports` writes
recordings and pictures in other tools' formats, `metrics` compares what was recognised with what was true,
`engines` renders on one machine or many. Reading and measuring need no renderer. README.md describes every
file.
"""
