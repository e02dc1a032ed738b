"""Windows, posters, signs and shutters as meshes."""

from collections.abc import Callable

import numpy as np

from datasets.synthetic.goods.panels import Panel
from datasets.synthetic.mesh import Mesh
from datasets.synthetic.store.decor import Decor, shaded
from datasets.synthetic.store.layout_types import Rgb, StoreLayout, Wall, WallItem, WallItemKind, room_walls
from datasets.synthetic.store.patches import polygon, printed, wall_box, wall_patch, wall_quad

# Daylight behind a pane is brighter than anything that lamps light.
_DAYLIGHT: Rgb = (2.2, 2.3, 2.5)
_FRAME_M = 0.05
_WALL_SIGNS = ("OFFERS", "FRESH", "DRINKS")
_SKIN: tuple[Rgb, ...] = ((0.52, 0.34, 0.25), (0.30, 0.17, 0.10), (0.12, 0.07, 0.05))


def build_wall_item(layout: StoreLayout, item: WallItem, decor: Decor) -> list[Mesh]:
    """Build one thing on a wall."""
    build: dict[WallItemKind, Callable[[Wall, WallItem, Decor], list[Mesh]]] = {
        WallItemKind.WINDOW: _window,
        WallItemKind.DARK_WINDOW: _dark_window,
        WallItemKind.POSTER: _poster,
        WallItemKind.PERSON_POSTER: _person_poster,
        WallItemKind.SIGN: _sign,
        WallItemKind.MENU_BOARD: _menu_board,
        WallItemKind.SHUTTER: _shutter,
    }
    return build[item.kind](room_walls(layout.room_size_m)[item.wall], item, decor)


def _window(wall: Wall, item: WallItem, decor: Decor) -> list[Mesh]:
    frame = (0.72, 0.72, 0.71) if item.variant % 2 else (0.05, 0.05, 0.055)
    pane = wall_patch(wall, item.along_m, item.height_m, Panel.window(item.variant), colour=_DAYLIGHT)
    return [pane, *_frame(wall, item, frame, bars=1 + item.variant % 3)]


def _dark_window(wall: Wall, item: WallItem, decor: Decor) -> list[Mesh]:
    """A black pane that leans into the room at its top, as mirrors and open transoms do."""
    (a0, a1), (z0, z1) = item.along_m, item.height_m
    lean = 0.02 + 0.05 * (item.variant % 4)
    corners = [wall.xyz(a0, 0.01, z0), wall.xyz(a1, 0.01, z0), wall.xyz(a1, lean, z1), wall.xyz(a0, lean, z1)]
    slope = lean / (z1 - z0)
    normal = np.array([*wall.inward_xy, -slope]) / np.hypot(1.0, slope)
    pane = printed(corners, normal, Panel.ENTRANCE, colour=(0.30, 0.32, 0.36))
    return [pane, *_frame(wall, item, (0.03, 0.03, 0.035), bars=item.variant % 2)]


def _frame(wall: Wall, item: WallItem, colour: Rgb, bars: int) -> list[Mesh]:
    (a0, a1), (z0, z1) = item.along_m, item.height_m
    off = (0.0, 0.045)
    parts = [
        wall_box(wall, (a0 - _FRAME_M, a0), off, (z0 - _FRAME_M, z1 + _FRAME_M), colour),
        wall_box(wall, (a1, a1 + _FRAME_M), off, (z0 - _FRAME_M, z1 + _FRAME_M), colour),
        wall_box(wall, (a0, a1), off, (z0 - _FRAME_M, z0), colour),
        wall_box(wall, (a0, a1), off, (z1, z1 + _FRAME_M), colour),
    ]
    for share in np.arange(1, bars + 1) / (bars + 1):
        middle = a0 + float(share) * (a1 - a0)
        parts.append(wall_box(wall, (middle - 0.02, middle + 0.02), (0.0, 0.03), (z0, z1), colour))
    return parts


def _poster(wall: Wall, item: WallItem, decor: Decor) -> list[Mesh]:
    parts = [wall_patch(wall, item.along_m, item.height_m, Panel.poster(item.variant), off_m=0.012)]
    if item.variant % 3 == 0:
        (a0, a1), (z0, z1) = item.along_m, item.height_m
        edge = (a0 - 0.02, a1 + 0.02), (z0 - 0.02, z1 + 0.02)
        parts.append(wall_quad(wall, *edge, (0.04, 0.04, 0.045), off_m=0.008))
    return parts


def _person_poster(wall: Wall, item: WallItem, decor: Decor) -> list[Mesh]:
    """A picture of somebody, life-size or smaller: not a person."""
    (a0, a1), (z0, z1) = item.along_m, item.height_m
    back = shaded(decor.accent, 1.2) if item.variant % 2 else (0.75, 0.74, 0.70)
    parts = [wall_quad(wall, item.along_m, item.height_m, back, off_m=0.008)]
    cloth = decor.rail if item.variant % 3 else decor.floor
    parts += flat_person(
        lambda a, z, off: wall.xyz(a0 + a * (a1 - a0), 0.010 + off, z0 + z * (z1 - z0)),
        (*wall.inward_xy, 0.0),
        _SKIN[item.variant % 3],
        cloth,
        shaded(decor.floor, 0.5),
    )
    return parts


def flat_person(
    at: Callable[[float, float, float], np.ndarray[tuple[int, ...], np.dtype[np.float64]]],
    normal: tuple[float, float, float],
    skin: Rgb,
    cloth: Rgb,
    legs: Rgb,
) -> list[Mesh]:
    """Draw a standing person as flat shapes; `at` maps (right, up, off) on a unit square to a point."""
    angle = 2 * np.pi * np.arange(12) / 12
    head = [at(0.5 + 0.11 * np.cos(a), 0.86 + 0.075 * np.sin(a), 0.003) for a in angle]
    hair = [at(0.5 + 0.125 * np.cos(a), 0.885 + 0.065 * np.sin(a), 0.002) for a in angle]
    shapes = (
        (((0.32, 0.02), (0.47, 0.02), (0.49, 0.42), (0.32, 0.42)), legs, 0.001),
        (((0.53, 0.02), (0.68, 0.02), (0.68, 0.42), (0.51, 0.42)), legs, 0.001),
        (((0.30, 0.40), (0.70, 0.40), (0.76, 0.74), (0.62, 0.78), (0.38, 0.78), (0.24, 0.74)), cloth, 0.002),
        (((0.14, 0.44), (0.22, 0.42), (0.34, 0.72), (0.24, 0.75)), cloth, 0.001),
        (((0.78, 0.42), (0.86, 0.44), (0.76, 0.75), (0.66, 0.72)), cloth, 0.001),
        (((0.45, 0.76), (0.55, 0.76), (0.55, 0.82), (0.45, 0.82)), skin, 0.0025),
    )
    parts = [polygon([at(a, z, off) for a, z in corners], normal, colour) for corners, colour, off in shapes]
    return [*parts, polygon(hair, normal, (0.05, 0.03, 0.02)), polygon(head, normal, skin)]


def _sign(wall: Wall, item: WallItem, decor: Decor) -> list[Mesh]:
    (a0, a1), (z0, z1) = item.along_m, item.height_m
    edge = wall_box(wall, item.along_m, (0.0, 0.03), item.height_m, decor.accent)
    inner = (a0 + 0.03, a1 - 0.03), (z0 + 0.02, z1 - 0.02)
    text = _WALL_SIGNS[item.variant % len(_WALL_SIGNS)]
    return [edge, wall_patch(wall, *inner, Panel.sign(text), off_m=0.034)]


def _menu_board(wall: Wall, item: WallItem, decor: Decor) -> list[Mesh]:
    (a0, a1), (z0, z1) = item.along_m, item.height_m
    box = wall_box(wall, item.along_m, (0.02, 0.09), item.height_m, (0.04, 0.04, 0.045))
    inner = (a0 + 0.03, a1 - 0.03), (z0 + 0.03, z1 - 0.03)
    panel = Panel.CHALKBOARD if item.variant % 2 else Panel.poster(item.variant)
    return [box, wall_patch(wall, *inner, panel, off_m=0.095, colour=(1.5, 1.5, 1.5))]


def _shutter(wall: Wall, item: WallItem, decor: Decor) -> list[Mesh]:
    """A roller shutter that is down: slats of steel."""
    (a0, a1), (z0, z1) = item.along_m, item.height_m
    parts = []
    for number, low in enumerate(np.arange(z0, z1 - 0.05, 0.11).tolist()):
        shade = 0.42 if number % 2 else 0.33
        parts.append(wall_quad(wall, (a0, a1), (low, low + 0.11), (shade, shade, shade * 1.03), off_m=0.012))
    parts.append(
        wall_box(wall, (a0 - 0.03, a1 + 0.03), (0.0, 0.16), (z1 + 0.03, z1 + 0.20), (0.30, 0.30, 0.31))
    )
    return parts
