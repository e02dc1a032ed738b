"""Calibration: where every camera hangs and what its lens does, from printed sheets and a walk.

`lens_profile` and `intrinsics`: what a lens does, from a ChArUco board. `printing`: the sheets. `tags`,
`floor_start`, `floor_adjustment`, `store_frame`, `floor`: poses from sheets on the floor. `floor_points`:
the fallback by clicks. `walk`, `walk_start`, `walk_solve`: clocks and poses from one person who walks.
`shelf_plan`, `coverage`, `drift`: checks. `store_file`: reads and changes `store.toml`.
"""
