"""The shape of one unit of each form of package: few triangles, closed all around, mapped to its print."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from datasets.synthetic.goods.flavours import Rgb
from datasets.synthetic.goods.kinds import Form
from datasets.synthetic.goods.panels import PackageFaces, PackagePanels, PanelRect
from datasets.synthetic.mesh import Material, Mesh, joined, quad, single_material_mesh, vertex_normals
from datasets.synthetic.scene import FloatArray

SizeM = tuple[float, float, float]
Corner = tuple[float, float, float]

_AROUND = 16
_AROUND_BOTTLE = 12
_CREASE_RAD = 0.9  # bands of a turned surface that meet at less are shaded as one
_BAG_ACROSS, _BAG_UP = 5, 7
_SEAM = 0.045  # of a bag's height, flat at its top and bottom


@dataclass(frozen=True, slots=True)
class Ring:
    """One ring of a turned surface; shares of the package's width, depth and height.

    Attributes:
        squareness: 2 for an ellipse, larger for a rounded rectangle.
        shift: To the package's left, of its width.
    """

    radius: float
    level: float
    squareness: float = 2.0
    shift: float = 0.0


_PROFILES: dict[Form, tuple[Ring, ...]] = {
    Form.CAN: (Ring(0.40, 0.0), Ring(0.5, 0.05), Ring(0.5, 0.90), Ring(0.41, 0.985), Ring(0.41, 1.0)),
    Form.TIN: (Ring(0.5, 0.0), Ring(0.485, 0.03), Ring(0.485, 0.97), Ring(0.5, 0.985), Ring(0.49, 1.0)),
    Form.ROUND_BOTTLE: (
        Ring(0.44, 0.0),
        Ring(0.5, 0.05),
        Ring(0.5, 0.66),
        Ring(0.40, 0.80),
        Ring(0.20, 0.90),
        Ring(0.225, 0.91),
        Ring(0.22, 1.0),
    ),
    Form.SLENDER_BOTTLE: (
        Ring(0.47, 0.0),
        Ring(0.5, 0.03),
        Ring(0.5, 0.58),
        Ring(0.36, 0.68),
        Ring(0.21, 0.78),
        Ring(0.20, 0.90),
        Ring(0.21, 1.0),
    ),
    Form.FLAT_BOTTLE: (
        Ring(0.46, 0.0, 2.8),
        Ring(0.5, 0.06, 2.8),
        Ring(0.49, 0.74, 2.8),
        Ring(0.32, 0.84),
        Ring(0.28, 0.85),
        Ring(0.26, 1.0),
    ),
    Form.JUG: (
        Ring(0.48, 0.0, 5.0),
        Ring(0.5, 0.05, 5.0),
        Ring(0.5, 0.60, 5.0),
        Ring(0.24, 0.86, 2.6, 0.20),
        Ring(0.21, 0.87, 2.0, 0.20),
        Ring(0.20, 1.0, 2.0, 0.20),
    ),
    Form.CUP: (Ring(0.37, 0.0), Ring(0.39, 0.03), Ring(0.47, 0.95), Ring(0.5, 0.96), Ring(0.5, 1.0)),
    Form.TUB: (Ring(0.42, 0.0), Ring(0.44, 0.05), Ring(0.475, 0.80), Ring(0.5, 0.81), Ring(0.49, 1.0)),
    Form.JAR: (
        Ring(0.46, 0.0),
        Ring(0.5, 0.05),
        Ring(0.5, 0.74),
        Ring(0.40, 0.855),
        Ring(0.455, 0.86),
        Ring(0.455, 1.0),
    ),
}
_BOTTLES = (Form.ROUND_BOTTLE, Form.SLENDER_BOTTLE, Form.FLAT_BOTTLE, Form.JUG)


def is_turned(form: Form) -> bool:
    """Whether the package is round or nearly so: its print is two halves of a wrapping."""
    return form in _PROFILES


def faces_of(form: Form, size_m: SizeM) -> PackageFaces:
    """Return how large the printed faces of a package are."""
    width, depth, height = size_m
    if is_turned(form):
        half_turn = np.pi * (width + depth) / 4
        lid = 2 * max(ring.radius for ring in _PROFILES[form][-1:]) * width
        return PackageFaces((half_turn, height), (half_turn, height), (lid, lid * depth / width))
    return PackageFaces((width, height), (depth, height), (width, depth))


def unit_mesh(form: Form, size_m: SizeM, panels: PackagePanels, lid_rgb: Rgb) -> Mesh:
    """Build one unit that stands on z = 0 around the origin with its front towards -y.

    Args:
        form: How it is built.
        size_m: Width, depth, height.
        panels: Where its print lies.
        lid_rgb: sRGB of a screw cap on a carton.
    """
    if is_turned(form):
        return _turned(form, size_m, panels)
    if form in (Form.GABLE, Form.BLOCK_BAG):
        return _gable(form, size_m, panels, lid_rgb)
    if form is Form.PILLOW:
        return _pillow(size_m, panels)
    return _box(form, size_m, panels, lid_rgb)


def _face(corners: Sequence[Corner], rect: PanelRect, v_to: tuple[float, float] = (0.0, 1.0)) -> Mesh:
    """Print on a four-cornered patch, corners counter-clockwise from the lower left as seen from outside."""
    points = np.asarray(corners)
    normal = np.cross(points[1] - points[0], points[3] - points[0])
    texture = rect.uv(np.array([0.0, 1.0, 1.0, 0.0]), np.array([v_to[0], v_to[0], v_to[1], v_to[1]]))
    return quad(points, normal / np.linalg.norm(normal), Material.PRINTED, texture=texture)


def _walls(x: float, y: float, top: float, panels: PackagePanels, v_top: float) -> list[Mesh]:
    """Four upright sides and the base; front and back are the same."""
    v_to = (0.0, v_top)
    return [
        _face([(-x, -y, 0), (x, -y, 0), (x, -y, top), (-x, -y, top)], panels.front, v_to),
        _face([(x, y, 0), (-x, y, 0), (-x, y, top), (x, y, top)], panels.front, v_to),
        _face([(x, -y, 0), (x, y, 0), (x, y, top), (x, -y, top)], panels.side, v_to),
        _face([(-x, y, 0), (-x, -y, 0), (-x, -y, top), (-x, y, top)], panels.side, v_to),
        _face([(-x, y, 0), (x, y, 0), (x, -y, 0), (-x, -y, 0)], panels.top),
    ]


def _box(form: Form, size_m: SizeM, panels: PackagePanels, lid_rgb: Rgb) -> Mesh:
    width, depth, height = size_m
    x, y = width / 2, depth / 2
    has_cap = form is Form.BRICK and height > 0.15
    body = height - 0.012 if has_cap else height
    sides = _walls(x, y, body, panels, 1.0)
    sides.append(_face([(-x, -y, body), (x, -y, body), (x, y, body), (-x, y, body)], panels.top))
    if has_cap:
        sides.append(_cap((0.18 * width, 0.0, body), (0, 0, 1), min(0.014, 0.3 * depth), 0.012, lid_rgb))
    return joined(sides)


def _gable(form: Form, size_m: SizeM, panels: PackagePanels, lid_rgb: Rgb) -> Mesh:
    """A roof over four walls, closed by an upright seam: drink cartons, and bags folded to a block."""
    width, depth, height = size_m
    x, y = width / 2, depth / 2
    eaves, ridge, seam = (0.80, 0.93, 0.06) if form is Form.GABLE else (0.84, 0.95, 0.05)
    eaves_m, ridge_m, thin = eaves * height, ridge * height, seam * y
    sides = _walls(x, y, eaves_m, panels, eaves)
    for turn in (1.0, -1.0):
        sides += [
            _face(
                [
                    (-turn * x, -turn * y, eaves_m),
                    (turn * x, -turn * y, eaves_m),
                    (turn * x, -turn * thin, ridge_m),
                    (-turn * x, -turn * thin, ridge_m),
                ],
                panels.front,
                (eaves, ridge),
            ),
            _face(
                [
                    (-turn * x, -turn * thin, ridge_m),
                    (turn * x, -turn * thin, ridge_m),
                    (turn * x, -turn * thin, height),
                    (-turn * x, -turn * thin, height),
                ],
                panels.front,
                (ridge, 1.0),
            ),
            _face(
                [
                    (turn * x, -turn * y, eaves_m),
                    (turn * x, turn * y, eaves_m),
                    (turn * x, turn * thin, ridge_m),
                    (turn * x, -turn * thin, ridge_m),
                ],
                panels.side,
                (eaves, 1.0),
            ),
            _face(
                [
                    (turn * x, -turn * thin, ridge_m),
                    (turn * x, turn * thin, ridge_m),
                    (turn * x, turn * thin, height),
                    (turn * x, -turn * thin, height),
                ],
                panels.side,
                (0.98, 1.0),
            ),
        ]
    sides.append(
        _face([(-x, -thin, height), (x, -thin, height), (x, thin, height), (-x, thin, height)], panels.top)
    )
    if form is Form.GABLE and height > 0.2:
        slope = np.array([0.0, -(ridge_m - eaves_m), y - thin])
        slope /= np.linalg.norm(slope)
        middle = (0.0, -(y + thin) / 2, (eaves_m + ridge_m) / 2)
        sides.append(_cap(middle, tuple(slope.tolist()), 0.015, 0.014, lid_rgb))
    return joined(sides)


def _cap(base_m: Corner, axis: Corner, radius_m: float, height_m: float, rgb: Rgb) -> Mesh:
    """Build a screw cap, eight-sided."""
    up = np.asarray(axis, dtype=float)
    across = np.array([1.0, 0.0, 0.0])
    other = np.cross(up, across)
    angle = 2 * np.pi * np.arange(8) / 8
    out = np.cos(angle)[:, None] * across + np.sin(angle)[:, None] * other
    low = np.asarray(base_m) + radius_m * out
    high = low + height_m * up
    step, after = np.arange(8), (np.arange(8) + 1) % 8
    walls = np.concatenate([np.stack([step, after, after + 8], 1), np.stack([step, after + 8, step + 8], 1)])
    colour = np.asarray(rgb) ** 2.2
    top = np.stack([np.zeros(6, dtype=int), np.arange(1, 7), np.arange(2, 8)], 1)
    return joined(
        [
            single_material_mesh(
                np.concatenate([low, high]), np.concatenate([out, out]), walls, Material.PLAIN, colour=colour
            ),
            single_material_mesh(high, up, top, Material.PLAIN, colour=colour),
        ]
    )


def _turned(form: Form, size_m: SizeM, panels: PackagePanels) -> Mesh:
    """Turn a profile about z; each half of the wrapping goes around one side."""
    profile = _PROFILES[form]
    steps = (_AROUND_BOTTLE if form in _BOTTLES else _AROUND) // 2
    bands = [
        _band(pair, size_m, steps, normals, panels)
        for pair, normals in zip(pairwise(profile), _slopes(profile, size_m), strict=True)
    ]
    parts = [*bands, _disc(profile[-1], size_m, 2 * steps, panels.top, 1.0)]
    parts.append(_disc(profile[0], size_m, 2 * steps, panels.top, -1.0))
    if form is Form.JUG:
        parts.append(_handle(size_m, panels.front))
    return joined(parts)


def _slopes(profile: tuple[Ring, ...], size_m: SizeM) -> list[tuple[FloatArray, FloatArray]]:
    """Return the (outward, upward) normal at the lower and the upper end of every band."""
    width, _, height = size_m
    flat = []
    for low, high in pairwise(profile):
        slope = np.array([(high.level - low.level) * height, (low.radius - high.radius) * width])
        flat.append(slope / np.linalg.norm(slope))
    lower, upper = [flat[0]], []
    for below, above in pairwise(flat):
        is_smooth = float(below @ above) > np.cos(_CREASE_RAD)
        middle = (below + above) / np.linalg.norm(below + above)
        upper.append(middle if is_smooth else below)
        lower.append(middle if is_smooth else above)
    upper.append(flat[-1])
    return list(zip(lower, upper, strict=True))


def _outline(ring: Ring, size_m: SizeM, angle: FloatArray) -> FloatArray:
    """Return a ring's points `(n, 2)`; a superellipse."""
    width, depth, _ = size_m
    cos, sin = np.cos(angle), np.sin(angle)
    power = 2.0 / ring.squareness
    x = np.sign(cos) * np.abs(cos) ** power * ring.radius * width + ring.shift * width
    # A shifted ring is a neck: as deep as it is wide.
    reach = min(ring.radius * (width if ring.shift else depth), 0.5 * depth)
    return np.column_stack([x, np.sign(sin) * np.abs(sin) ** power * reach])


def _band(
    rings: tuple[Ring, Ring],
    size_m: SizeM,
    steps: int,
    slopes: tuple[FloatArray, FloatArray],
    panels: PackagePanels,
) -> Mesh:
    halves = []
    step = np.arange(steps)
    above = steps + 1
    faces = np.concatenate(
        [np.stack([step, step + 1, step + 1 + above], 1), np.stack([step, step + 1 + above, step + above], 1)]
    )
    for start, rect in ((np.pi, panels.front), (0.0, panels.side)):
        angle = start + np.pi * np.arange(steps + 1) / steps
        points, normals, texture = [], [], []
        for ring, (outward, upward) in zip(rings, slopes, strict=True):
            outline = _outline(ring, size_m, angle)
            points.append(np.column_stack([outline, np.full(len(angle), ring.level * size_m[2])]))
            normals.append(_outward(angle, ring, size_m, outward, upward))
            texture.append(rect.uv(np.arange(steps + 1) / steps, np.full(len(angle), ring.level)))
        halves.append(
            single_material_mesh(
                np.concatenate(points),
                np.concatenate(normals),
                faces,
                Material.PRINTED,
                texture=np.concatenate(texture),
            )
        )
    return joined(halves)


def _outward(angle: FloatArray, ring: Ring, size_m: SizeM, outward: float, upward: float) -> FloatArray:
    """Normals of a superellipse's rim, tilted by the slope of the profile."""
    cos, sin = np.cos(angle), np.sin(angle)
    power = 2.0 - 2.0 / ring.squareness
    flat = np.column_stack(
        [np.sign(cos) * np.abs(cos) ** power / size_m[0], np.sign(sin) * np.abs(sin) ** power / size_m[1]]
    )
    flat /= np.linalg.norm(flat, axis=1, keepdims=True)
    return np.column_stack([flat * outward, np.full(len(angle), upward)])


def _disc(ring: Ring, size_m: SizeM, corners: int, rect: PanelRect, up: float) -> Mesh:
    """Close a turned surface at its top (`up` 1) or bottom (-1)."""
    angle = 2 * np.pi * np.arange(corners) / corners
    outline = _outline(ring, size_m, angle)
    points = np.column_stack([outline, np.full(corners, ring.level * size_m[2])])
    fan = np.stack([np.zeros(corners - 2, dtype=int), np.arange(1, corners - 1), np.arange(2, corners)], 1)
    texture = rect.uv(0.5 + 0.5 * np.cos(angle), 0.5 + 0.5 * np.sin(angle))
    return single_material_mesh(
        points, (0.0, 0.0, up), fan if up > 0 else fan[:, ::-1], Material.PRINTED, texture=texture
    )


def _handle(size_m: SizeM, rect: PanelRect) -> Mesh:
    """A square bow from the shoulder of a jug down to its body, on the side away from the neck."""
    width, depth, height = size_m
    path = np.array([[0.02, 0.84], [-0.30, 0.85], [-0.44, 0.76], [-0.44, 0.59]]) * (width, height)
    half_x, half_y = 0.045 * width, 0.14 * depth
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], dtype=float)
    rings = []
    for row, (x, z) in enumerate(path):
        ahead = path[min(row + 1, 3)] - path[max(row - 1, 0)]
        ahead /= np.linalg.norm(ahead)
        across = np.array([-ahead[1], 0.0, ahead[0]])
        rings.append(
            np.array([x, 0.0, z])
            + corners[:, :1] * half_x * across
            + corners[:, 1:] * np.array([0.0, half_y, 0.0])
        )
    points = np.concatenate(rings)
    faces = []
    for ring in range(3):
        for corner in range(4):
            a, b = 4 * ring + corner, 4 * ring + (corner + 1) % 4
            faces += [[a, a + 4, b + 4], [a, b + 4, b]]
    texture = rect.uv(np.full(16, 0.5), np.full(16, 0.04))
    triangles = np.array(faces, dtype=np.int32)
    return single_material_mesh(
        points, vertex_normals(points, triangles), triangles, Material.PRINTED, texture=texture
    )


def _pillow(size_m: SizeM, panels: PackagePanels) -> Mesh:
    """Two bulging sheets, sealed around, with a flat seam at the top and at the bottom."""
    width, depth, height = size_m
    levels = np.concatenate([[0.0], np.linspace(_SEAM, 1 - _SEAM, _BAG_UP - 2), [1.0]])
    across, up = np.meshgrid(np.linspace(0, 1, _BAG_ACROSS), levels)
    u, v = across.ravel(), up.ravel()
    inner = np.clip((v - _SEAM) / (1 - 2 * _SEAM), 0, 1)
    bulge = np.sqrt(np.clip(np.sin(np.pi * u) * np.sin(np.pi * inner), 0, None))
    corner = (np.arange(_BAG_UP - 1)[:, None] * _BAG_ACROSS + np.arange(_BAG_ACROSS - 1)).ravel()
    faces = np.concatenate(
        [
            np.stack([corner, corner + 1, corner + _BAG_ACROSS + 1], 1),
            np.stack([corner, corner + _BAG_ACROSS + 1, corner + _BAG_ACROSS], 1),
        ]
    ).astype(np.int32)
    # The sheet is not elastic: where it bulges it draws the sides in.
    drawn_in = 1 - 0.08 * np.sin(np.pi * inner)
    sheets = []
    for facing in (1.0, -1.0):
        points = np.column_stack(
            [(u - 0.5) * width * drawn_in * facing, -facing * depth / 2 * bulge, v * height]
        )
        sheets.append(
            single_material_mesh(
                points, vertex_normals(points, faces), faces, Material.PRINTED, texture=panels.front.uv(u, v)
            )
        )
    return joined(sheets)
