"""Everything in a store that never moves, as one mesh."""

import numpy as np

from cart_tracker.store_map import Shelf
from datasets.synthetic.mesh import Mesh, joined, subdivided
from datasets.synthetic.store.clutter_mesh import build_clutter
from datasets.synthetic.store.decor import Decor, draw_decor
from datasets.synthetic.store.doors import closed_door, closed_wing, door_mesh, wing_mesh
from datasets.synthetic.store.entrances import closed_leaf, leaf_mesh
from datasets.synthetic.store.layout_types import Fixture, ShelfKind, StoreLayout
from datasets.synthetic.store.room_mesh import LAMP_BELOW_CEILING_M, build_lanes, build_shell
from datasets.synthetic.store.shelf_mesh import build_shelf
from datasets.synthetic.store.stand_ins import static_units
from datasets.synthetic.store.wall_item_mesh import build_wall_item

__all__ = [
    "LAMP_BELOW_CEILING_M", "LONGEST_EDGE_M", "SHELL_EDGE_M", "Decor", "build_room_mesh", "draw_decor",
]  # fmt: skip

# Straight edges of this length bend by less than a pixel in a wide lens 2 m away. Floors and walls are seen
# from further off, and so is most of a big store.
LONGEST_EDGE_M, SHELL_EDGE_M = 0.22, 0.34
_FINE_UP_TO_M2, _COARSEST = 30.0, 2.1


def build_room_mesh(layout: StoreLayout) -> Mesh:
    """Build everything that never moves; faces are small enough for a distorting lens."""
    decor = draw_decor(layout.decor_seed, layout.theme)
    rng = np.random.default_rng([layout.decor_seed, 2])
    shell = build_shell(layout, decor, rng)
    parts = build_lanes(layout)
    for item in layout.wall_items:
        parts += build_wall_item(layout, item, decor)
    made_as = {fixture.shelf_id: fixture for fixture in layout.fixtures}
    for shelf in layout.shelves:
        parts += build_shelf(shelf, made_as.get(shelf.shelf_id, _plain(shelf)), layout.assortment, decor)
    for clutter in layout.clutter:
        parts += build_clutter(layout, clutter, decor, rng)
    parts += _closed(layout, decor)
    area = layout.room_size_m[0] * layout.room_size_m[1]
    coarser = float(np.clip(np.sqrt(area / _FINE_UP_TO_M2), 1.0, _COARSEST))
    big = [
        subdivided(joined(shell), coarser * SHELL_EDGE_M),
        subdivided(joined(parts), coarser * LONGEST_EDGE_M),
    ]
    return joined([*big, *static_units(layout)])


def _plain(shelf: Shelf) -> Fixture:
    return Fixture(
        shelf.shelf_id, ShelfKind.WALL, max((slot.height_m[1] for slot in shelf.slots), default=0.0)
    )


def _closed(layout: StoreLayout, decor: Decor) -> list[Mesh]:
    """Doors, wings and leaves that nobody opens."""
    hung = [(door_mesh(door, decor.door_frame), closed_door(door)) for door in layout.closed_doors]
    hung += [(wing_mesh(wing), closed_wing(wing)) for wing in layout.closed_wings]
    hung += [(leaf_mesh(leaf), closed_leaf(leaf)) for leaf in layout.closed_leaves]
    return [mesh.placed(pose.xyz_m, pose.yaw_rad) for mesh, pose in hung]
