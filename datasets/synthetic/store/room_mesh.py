"""The room itself as a mesh: floor, walls, ceiling, lamps, doors and the posts of lanes."""

import numpy as np

from datasets.synthetic.goods.panels import Panel
from datasets.synthetic.mesh import Material, Mesh, box, quad
from datasets.synthetic.store.decor import CeilingKind, Decor, FloorKind, shaded
from datasets.synthetic.store.entrances import BESIDE_LANE_M, build_lobby, open_spans
from datasets.synthetic.store.layout_types import FloorRectangle, Lane, Rgb, StoreLayout, Wall, room_walls
from datasets.synthetic.store.patches import polygon, printed, wall_box, wall_patch, wall_quad
from datasets.synthetic.store.wall_items import DOOR_FRAME_M, LANE_DOOR_M, STAFF_DOOR_M

LAMP_BELOW_CEILING_M = 0.012
POST_HEIGHT_M = 1.02
_DOOR_SIGN_M = (LANE_DOOR_M + 0.08, LANE_DOOR_M + 0.30)
_CEILING_PANEL_M = 1.2
_PLANK_M = (0.16, 1.5)
_STAINS_PER_M2 = 0.25
_STRIP_OFF_M = 0.0045  # above the last stain, below the mat
_STAIN_OFF_M = 0.0012  # flat, but above the floor for the depth buffer
_HANGING_FROM_M2, _HANGING_HEIGHT_M = 75.0, 2.3
_AISLE_SIGNS = ("OFFERS", "FRESH", "DRINKS", "BAKERY")
_SKIRTING_M, _WAINSCOT_M = 0.09, 1.0


def build_shell(layout: StoreLayout, decor: Decor, rng: np.random.Generator) -> list[Mesh]:
    """Build floor, walls, ceiling and lamps."""
    return [
        *_floor(layout, decor, rng),
        *_stains(layout, decor, rng),
        *_ceiling(layout, decor, rng),
        *_walls(layout, decor),
        *_lamps(layout),
        *_hanging_signs(layout, decor, rng),
    ]


def build_lanes(layout: StoreLayout) -> list[Mesh]:
    """Build the mat and the posts of the gate, and the doors in the walls."""
    (x0, y0), (x1, y1) = layout.gate.mat.low_xy_m, layout.gate.mat.high_xy_m
    mat = [[x0, y0, 0.006], [x1, y0, 0.006], [x1, y1, 0.006], [x0, y1, 0.006]]
    parts = [quad(mat, (0, 0, 1), Material.PLAIN, colour=(0.05, 0.05, 0.06))]
    for index, (x, y) in enumerate((*layout.gate.post_xy_m, *layout.exit_post_xy_m)):
        head = (0.02, 0.02, 0.025) if index == 0 else (0.10, 0.32, 0.14)
        parts += [
            box((x - 0.045, y - 0.045, 0), (x + 0.045, y + 0.045, POST_HEIGHT_M), (0.50, 0.51, 0.53)),
            box((x - 0.06, y - 0.06, POST_HEIGHT_M), (x + 0.06, y + 0.06, POST_HEIGHT_M + 0.05), head),
        ]
    for lane, text in zip(layout.lanes, ("SCAN TO ENTER", "EXIT"), strict=False):
        parts += _door_frame(layout, lane, LANE_DOOR_M, (0.30, 0.30, 0.31))
        parts += _railing(layout, lane)
        wall, along = wall_of(layout, lane)
        parts.append(
            wall_patch(wall, (along - 0.22, along + 0.22), _DOOR_SIGN_M, Panel.sign(text), off_m=0.03)
        )
    if layout.staff_door is not None:
        wall, along = wall_of(layout, layout.staff_door)
        sign = Panel.sign("STAFF ONLY")
        parts.append(wall_patch(wall, (along - 0.16, along + 0.16), (1.42, 1.58), sign, off_m=0.02))
        parts += _door_frame(layout, layout.staff_door, STAFF_DOOR_M, (0.40, 0.38, 0.35))
    return parts


def _floor(layout: StoreLayout, decor: Decor, rng: np.random.Generator) -> list[Mesh]:
    x, y, _ = layout.room_size_m
    whole = FloorRectangle((0.0, 0.0), (x, y))
    if decor.floor_kind is FloorKind.PLANKS:
        return _planks(whole, rng)
    parts = [_tiles(whole, decor.floor, 0.0)]
    if rng.random() < 0.4:  # another floor at the entrance, or along a wall
        edge = float(rng.uniform(0.9, 1.8))
        strip = (
            FloorRectangle((0.0, 0.0), (x, edge))
            if rng.random() < 0.6
            else FloorRectangle((0.0, 0.0), (edge, y))
        )
        if rng.random() < 0.4:
            parts += _planks(strip, rng, _STRIP_OFF_M)
        else:
            parts.append(_tiles(strip, shaded(decor.wainscot, 0.7), _STRIP_OFF_M))
    return parts


def _tiles(area: FloorRectangle, colour: Rgb, height_m: float) -> Mesh:
    (x0, y0), (x1, y1) = area.low_xy_m, area.high_xy_m
    corners = np.array([[x0, y0, height_m], [x1, y0, height_m], [x1, y1, height_m], [x0, y1, height_m]])
    return quad(corners, (0, 0, 1), Material.FLOOR, colour=colour, texture=corners)


def _planks(area: FloorRectangle, rng: np.random.Generator, height_m: float = 0.0) -> list[Mesh]:
    """Lay planks along x, each of its own shade; the print is a bright wood, here also greyer."""
    tint = (1.0, float(rng.uniform(1.0, 1.2)), float(rng.uniform(1.0, 1.9)))
    (x0, y0), (x1, y1) = area.low_xy_m, area.high_xy_m
    parts = []
    for low in np.arange(y0, y1, _PLANK_M[0]).tolist():
        start = x0 - float(rng.uniform(0.0, _PLANK_M[1]))
        while start < x1:
            end = start + _PLANK_M[1]
            left, right, high = max(start, x0), min(end, x1), min(low + _PLANK_M[0], y1)
            corners = [
                [left, low, height_m],
                [right, low, height_m],
                [right, high, height_m],
                [left, high, height_m],
            ]
            colour = shaded(tint, float(rng.uniform(0.8, 1.2)))
            if right > left:
                parts.append(printed(corners, (0, 0, 1), Panel.WOOD, colour=colour))
            start = end
    return parts


def _stains(layout: StoreLayout, decor: Decor, rng: np.random.Generator) -> list[Mesh]:
    """Lay flat irregular patches where tiles are worn, wet or dirty; wood is uneven already."""
    if decor.floor_kind is FloorKind.PLANKS:
        return []
    x, y, _ = layout.room_size_m
    parts = []
    angle = 2 * np.pi * np.arange(14) / 14
    for number in range(int(rng.poisson(_STAINS_PER_M2 * x * y)) + 1):
        centre, radius = rng.uniform([0.2, 0.2], [x - 0.2, y - 0.2]), float(rng.uniform(0.02, 0.32))
        radius = min(radius, float(np.min([*centre, x - centre[0], y - centre[1]])) - 0.01)
        reach = radius * (0.7 + 0.3 * np.abs(np.sin(angle * rng.integers(1, 4) + rng.uniform(0, 6))))
        height = _STAIN_OFF_M * 2 + number * 2e-5
        corners = np.column_stack(
            [centre[0] + reach * np.cos(angle), centre[1] + reach * np.sin(angle) * 0.8, np.full(14, height)]
        )
        shade = float(rng.choice([0.84, 0.9, 0.94, 1.05, 1.08]))
        parts.append(polygon(corners, (0, 0, 1), shaded(decor.floor, shade), Material.FLOOR))
    return parts


def _ceiling(layout: StoreLayout, decor: Decor, rng: np.random.Generator) -> list[Mesh]:
    x, y, z = layout.room_size_m
    corners = np.array([[0, y, z], [x, y, z], [x, 0, z], [0, 0, z]])
    if decor.ceiling_kind is CeilingKind.TILES:
        repeats = (round(x / _CEILING_PANEL_M), round(y / _CEILING_PANEL_M))
        return [printed(corners, (0, 0, -1), Panel.CEILING, repeats)]
    is_open = decor.ceiling_kind is CeilingKind.OPEN
    colour = (0.20, 0.20, 0.21) if is_open else shaded((0.75, 0.74, 0.71), float(rng.uniform(0.85, 1.05)))
    parts = [quad(corners, (0, 0, -1), Material.PLAIN, colour=colour)]
    if is_open:  # pipes and trays, flat under the roof so that no camera hangs in them
        for _ in range(int(rng.integers(2, 6))):
            at, half, drop = float(rng.uniform(0.1, y - 0.1)), float(rng.uniform(0.015, 0.05)), 0.05
            shade = float(rng.uniform(0.1, 0.45))
            parts.append(
                box((0.01, at - half, z - drop), (x - 0.01, at + half, z - 0.015), (shade, shade, shade))
            )
    return parts


def _walls(layout: StoreLayout, decor: Decor) -> list[Mesh]:
    z = layout.room_size_m[2]
    parts = []
    for wall in room_walls(layout.room_size_m):
        through = [(lane, high) for lane, high in _ways_out(layout) if wall_of(layout, lane)[0] == wall]
        low = decor.wall_tiles_m or _WAINSCOT_M
        material = Material.FLOOR if decor.wall_tiles_m else Material.PLAIN
        for start, end, opening in open_spans(wall, through):
            span = (start, end)
            if opening:
                parts.append(wall_quad(wall, span, (opening, z), decor.wall))
                parts += build_lobby(wall, (start, end, opening))
                continue
            parts.append(wall_quad(wall, span, (0.0, _SKIRTING_M), (0.12, 0.12, 0.13)))
            parts.append(wall_quad(wall, span, (_SKIRTING_M, low), decor.wainscot, material=material))
            parts.append(wall_quad(wall, span, (low, z), decor.wall))
    return parts


def _ways_out(layout: StoreLayout) -> list[tuple[Lane, float]]:
    """Return every lane with a door, and how high the door is."""
    ways = [(lane, LANE_DOOR_M) for lane in dict.fromkeys(layout.lanes)]
    return ways if layout.staff_door is None else [*ways, (layout.staff_door, STAFF_DOOR_M)]


def _lamps(layout: StoreLayout) -> list[Mesh]:
    height = layout.room_size_m[2] - LAMP_BELOW_CEILING_M
    parts = []
    for light in layout.lights:
        if light.is_daylight:
            continue
        (cx, cy), (hx, hy) = light.xy_m, light.half_size_m
        corners = [
            [cx - hx, cy - hy, height],
            [cx - hx, cy + hy, height],
            [cx + hx, cy + hy, height],
            [cx + hx, cy - hy, height],
        ]
        parts.append(quad(corners, (0, 0, -1), Material.LAMP))
    return parts


def _hanging_signs(layout: StoreLayout, decor: Decor, rng: np.random.Generator) -> list[Mesh]:
    """Hang signs over the aisles of big, high stores."""
    x, y, z = layout.room_size_m
    if x * y < _HANGING_FROM_M2 or z < _HANGING_HEIGHT_M + 0.6:
        return []
    parts = []
    for _ in range(int(rng.integers(2, 6))):
        half, at = float(rng.uniform(0.35, 0.6)), rng.uniform([1.0, 1.8], [x - 1.0, y - 1.0])
        low, panel = (
            _HANGING_HEIGHT_M + float(rng.uniform(0.0, 0.2)),
            Panel.sign(str(rng.choice(_AISLE_SIGNS))),
        )
        ends = np.array([[at[0] - half, at[1]], [at[0] + half, at[1]]])
        for (start, end), normal in ((ends, (0.0, -1.0, 0.0)), (ends[::-1], (0.0, 1.0, 0.0))):
            corners = np.array([[*start, low], [*end, low], [*end, low + 0.3], [*start, low + 0.3]])
            parts.append(printed(corners + 0.008 * np.array(normal), normal, panel))
        for end in ends:
            parts.append(
                box(
                    (end[0] - 0.004, end[1] - 0.004, low + 0.3),
                    (end[0] + 0.004, end[1] + 0.004, z - 0.02),
                    (0.2,) * 3,
                )
            )
    return parts


def wall_of(layout: StoreLayout, lane: Lane) -> tuple[Wall, float]:
    """Return the wall that a lane leads through, and where along it."""
    walls = room_walls(layout.room_size_m)
    places = [wall.place(np.asarray(lane.wall_xy_m)) for wall in walls]
    index = int(np.argmin([abs(place[1]) for place in places]))
    return walls[index], float(places[index][0])


def _door_frame(layout: StoreLayout, lane: Lane, height_m: float, frame: Rgb) -> list[Mesh]:
    """The frame of a door in the wall, which is as wide as the lane."""
    wall, along = wall_of(layout, lane)
    low, high = along - lane.width_m / 2 - BESIDE_LANE_M, along + lane.width_m / 2 + BESIDE_LANE_M
    edge = DOOR_FRAME_M - 0.06
    return [
        wall_box(wall, (max(low - edge, 0.002), low), (0.001, 0.03), (0.0, height_m + edge), frame),
        wall_box(
            wall,
            (high, min(high + edge, wall.length_m - 0.002)),
            (0.001, 0.03),
            (0.0, height_m + edge),
            frame,
        ),
        wall_box(wall, (low, high), (0.001, 0.03), (height_m, height_m + edge), frame),
    ]


def _railing(layout: StoreLayout, lane: Lane) -> list[Mesh]:
    """Thin rails between the wall and the posts keep a lane apart."""
    corners = lane.corners_xy_m
    parts: list[Mesh] = []
    for wall_end, inner_end in ((corners[0], corners[3]), (corners[1], corners[2])):
        inner = inner_end - 0.1 * np.asarray(lane.inward_xy)
        low, high = np.minimum(wall_end, inner) - 0.014, np.maximum(wall_end, inner) + 0.014
        low, high = np.maximum(low, 0.002), np.minimum(high, np.array(layout.room_size_m[:2]) - 0.002)
        parts += [
            box((*low.tolist(), height - 0.03), (*high.tolist(), height), (0.45, 0.46, 0.48))
            for height in (0.45, 0.95)
        ]
    return parts
