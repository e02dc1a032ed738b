"""Stores that furnish themselves.

From a seed to a store: `templates` draws a floor plan (checked by `floor_plan`), `furnishing` adds the back
room's door and clutter, `planogram` fills the boards, `doors` hangs what moves, `wall_items` and `lights` do
walls and ceiling; `layout` puts it together. From a store to triangles: `fixtures` joins `room_mesh`,
`shelf_mesh`, `clutter_mesh`, `wall_item_mesh` and the units of `stand_ins`, in the colours of `decor`.
"""
