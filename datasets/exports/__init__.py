"""Recordings and training sets in the formats that other tools read.

`pictures` reads either as labelled pictures, `yolo`, `coco` and `mot_challenge` write those, `convert` puts
both together. See datasets/README.md for what lies where.
"""
