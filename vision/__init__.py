"""Frames in, observations out: pixels end here, metres begin."""
