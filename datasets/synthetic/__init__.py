"""A parametric store with scripted shoppers, rendered on the CPU with exact truth.

`scene` holds the types between two halves. The world: `layout` and `planogram` furnish a store, `scenarios`
say what happens, `script` plays it, `motion` and `gait` move bodies, `truth` tells what really happened. The
picture: `people`, `products` and `fixtures` are meshes, `bake` lights the empty store once per camera,
`renderer` draws what moves, `camera_sensor` makes it a photograph. `simulate` puts both together.
"""
