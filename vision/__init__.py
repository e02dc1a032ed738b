"""Frames in, observations out: pixels end here, metres begin.

`settings` reads the store, `sources` gives frames, `detector` finds people, `tracklets` follows them in one
camera, `ground` and `wrists` turn pixels into metres and rays through `camera_model`, `hands` and `slots`
look at what hands hold and what shelves lost. `pipeline` puts them in order, `schedule` runs the cameras side
by side. `inference` is the only file that runs networks; `draw` and `video_writer` make pictures for people.
"""
