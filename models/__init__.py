"""Network weights and their paper trail.

`card` describes one network, `zoo` finds a network by name and checks its weights against the card. These two
are all that a running store loads. The workshop needs the `train` extra: `start_weights` (the real-image
weights training starts from), `train` (ultralytics), `export` (ONNX and card). `ultralytics_session`
prepares the training libraries, `evaluate` holds the scoring arithmetic. Weights are ONNX, never pickles,
and lie in `weights/`.
"""
