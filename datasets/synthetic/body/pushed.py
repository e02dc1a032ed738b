"""What people push or sit in: shopping trolley, pram and wheelchair, in the person frame of `BodyPose`.

Sizes are those of common products; x to the person's left, -y ahead, z up.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from datasets.synthetic.body.wardrobe import Rgb
from datasets.synthetic.mesh import Material, Mesh, box, joined, quad, single_material_mesh
from datasets.synthetic.scene import FloatArray

_STEEL: Rgb = (0.38, 0.39, 0.41)
_DARK: Rgb = (0.025, 0.025, 0.027)
_RUBBER: Rgb = (0.03, 0.03, 0.03)

TROLLEY_HANDLE_M = (0.22, -0.34, 1.00)  # the left wrist on the handle; the right one mirrors it
PRAM_HANDLE_M = (0.18, -0.32, 0.98)
SEAT_HEIGHT_M = 0.48  # top of a wheelchair's cushion
RIM_M = (0.29, -0.10, 0.62)  # the left wrist on the rim that turns the wheel
FOOT_REST_M = (0.09, -0.46, 0.17)  # the left ankle


@dataclass(frozen=True, slots=True, eq=False)
class SeatedPosture:
    """How a body sits in its wheelchair: values for a `BodyPose`.

    Attributes:
        seat_height_m: Top of the cushion over the floor.
        pelvis_drop_m: From standing upright.
        ankle_m: `(2, 3)` on the foot rests, person frame.
        wrist_m: `(2, 3)` on the rims of the wheels, person frame.
    """

    seat_height_m: float
    pelvis_drop_m: float
    ankle_m: FloatArray
    wrist_m: FloatArray


def mirrored_pair(left_m: tuple[float, float, float]) -> FloatArray:
    """Return `(2, 3)`: a left place and its mirror image on the right."""
    return np.array([left_m, (-left_m[0], left_m[1], left_m[2])])


def trolley(rng: np.random.Generator) -> Mesh:
    """Build a shopping trolley ahead of the person who pushes it (about 450 triangles)."""
    accent = _accent(rng)
    near, far = -0.42, -1.24
    top, low = 0.98, 0.50
    # The basket narrows to its far end and to its bottom.
    rim = [(0.28, near, top), (-0.28, near, top), (-0.21, far, top - 0.06), (0.21, far, top - 0.06)]
    base = [
        (0.23, near - 0.10, low),
        (-0.23, near - 0.10, low),
        (-0.17, far + 0.08, low),
        (0.17, far + 0.08, low),
    ]
    parts = [_wires(rim[k], rim[(k + 1) % 4], base[(k + 1) % 4], base[k], _STEEL) for k in range(4)]
    parts.append(_wires(base[0], base[1], base[2], base[3], _STEEL))
    parts += [_bar(rim[k], rim[(k + 1) % 4], 0.011, _STEEL) for k in range(4)]
    parts += [_bar(base[k], base[(k + 1) % 4], 0.008, _STEEL) for k in range(4)]
    parts.append(_bar((0.29, near + 0.03, top + 0.04), (-0.29, near + 0.03, top + 0.04), 0.016, accent))
    parts += [
        _bar((s * 0.28, near, top), (s * 0.29, near + 0.03, top + 0.04), 0.013, accent) for s in (1, -1)
    ]
    parts.append(_wires((0.25, near - 0.02, top - 0.03), (-0.25, near - 0.02, top - 0.03),
                        (-0.23, near - 0.17, 0.70), (0.23, near - 0.17, 0.70), accent))  # fmt: skip
    for side in (1, -1):
        rear, front = (side * 0.25, near - 0.05, 0.14), (side * 0.19, far + 0.12, 0.14)
        parts += [
            _bar(rear, front, 0.013, _STEEL),
            _bar(rear, (side * 0.23, near - 0.10, low), 0.013, _STEEL),
        ]
        parts += [_wheel((x, y, 0.065), 0.062, 0.03, 8) for x, y in (rear[:2], front[:2])]
    if rng.random() < 0.6:
        parts += _goods(rng, low + 0.02)
    return joined(parts)


def _goods(rng: np.random.Generator, floor_z: float) -> list[Mesh]:
    """Put a few plain packages into the basket; they are nobody's units."""
    boxes = []
    for _ in range(int(rng.integers(1, 5))):
        size = rng.uniform([0.08, 0.06, 0.08], [0.16, 0.12, 0.26])
        low = np.array([rng.uniform(-0.13, 0.13 - size[0]), rng.uniform(-1.05, -0.70), floor_z])
        boxes.append(box(low.tolist(), (low + size).tolist(), rng.uniform(0.05, 0.6, 3)))
    return boxes


def pram(rng: np.random.Generator) -> Mesh:
    """Build a pram with its hood towards the person who pushes it (about 400 triangles)."""
    cloth = _accent(rng)
    dark = (0.6 * cloth[0], 0.6 * cloth[1], 0.6 * cloth[2])
    parts = [
        _shell((0.0, -0.86, 0.62), (0.20, 0.40, 0.16), cloth, from_rad=-np.pi / 2, to_rad=0.0),
        _shell((0.0, -0.70, 0.62), (0.20, 0.26, 0.30), dark, from_rad=0.05, to_rad=np.pi / 2),
        box((-0.17, -1.22, 0.60), (0.17, -0.78, 0.66), (0.55, 0.52, 0.48)),
        _bar((0.23, -0.36, 1.0), (-0.23, -0.36, 1.0), 0.015, _DARK),
    ]
    for side in (1, -1):
        hub_near, hub_far = (side * 0.25, -0.62, 0.15), (side * 0.25, -1.16, 0.11)
        parts += [
            _bar((side * 0.23, -0.36, 1.0), (side * 0.21, -0.86, 0.55), 0.013, _STEEL),
            _bar((side * 0.21, -0.86, 0.55), hub_near, 0.012, _STEEL),
            _bar((side * 0.21, -0.86, 0.55), hub_far, 0.012, _STEEL),
            _wheel(hub_near, 0.15, 0.035, 12),
            _wheel(hub_far, 0.11, 0.035, 12),
        ]
    return joined(parts)


def wheelchair(rng: np.random.Generator) -> Mesh:
    """Build a wheelchair around the person who sits in it (about 700 triangles)."""
    accent = _accent(rng)
    seat, back_y = SEAT_HEIGHT_M, 0.17
    parts = [
        box((-0.22, -0.30, seat - 0.06), (0.22, back_y, seat - 0.01), _DARK),
        box((-0.22, back_y, seat), (0.22, back_y + 0.03, seat + 0.42), accent),
    ]
    for side in (1, -1):
        x = side * 0.235
        hub = (side * 0.285, 0.04, 0.30)
        parts += [
            _wheel(hub, 0.30, 0.03, 18),
            _bar((x, back_y + 0.015, seat - 0.03), (x, back_y + 0.015, seat + 0.46), 0.012, _STEEL),
            _bar((x, back_y + 0.015, seat + 0.45), (x, back_y + 0.13, seat + 0.47), 0.014, _DARK),
            _bar((x, back_y + 0.015, seat + 0.20), (x, -0.25, seat + 0.20), 0.018, _DARK),
            _bar((x, -0.25, seat + 0.20), (x, -0.27, seat - 0.04), 0.012, _STEEL),
            _bar((x, back_y, seat - 0.04), (x, -0.30, seat - 0.04), 0.013, _STEEL),
            _bar((x, -0.30, seat - 0.04), (0.6 * x, -0.48, 0.12), 0.012, _STEEL),
            _wheel((side * 0.23, -0.33, 0.085), 0.08, 0.025, 10),
            _bar((x, -0.28, seat - 0.04), (side * 0.23, -0.33, 0.085), 0.012, _STEEL),
            box(
                (min(side * 0.03, side * 0.16), -0.60, 0.09),
                (max(side * 0.03, side * 0.16), -0.42, 0.11),
                _DARK,
            ),
        ]
    return joined(parts)


def _accent(rng: np.random.Generator) -> Rgb:
    colours: tuple[Rgb, ...] = ((0.45, 0.03, 0.03), (0.03, 0.08, 0.35), (0.03, 0.2, 0.08), (0.03, 0.03, 0.03))
    return colours[int(rng.integers(len(colours)))]


def _bar(start_m: npt.ArrayLike, end_m: npt.ArrayLike, half_m: float, colour: Rgb) -> Mesh:
    """A square rod without ends (8 triangles)."""
    start, end = np.asarray(start_m, dtype=float), np.asarray(end_m, dtype=float)
    along = (end - start) / np.linalg.norm(end - start)
    helper = np.array([0.0, 0.0, 1.0]) if abs(along[2]) < 0.9 else np.array([1.0, 0.0, 0.0])
    first = np.cross(along, helper)
    first /= np.linalg.norm(first)
    second = np.cross(along, first)
    sides = [half_m * (a * first + b * second) for a, b in ((1, 1), (-1, 1), (-1, -1), (1, -1))]
    parts = []
    for k in range(4):
        a, b = sides[k], sides[(k + 1) % 4]
        normal = (a + b) / np.linalg.norm(a + b)
        parts.append(quad([start + a, start + b, end + b, end + a], normal, Material.PLAIN, colour=colour))
    return joined(parts)


def _wires(a: npt.ArrayLike, b: npt.ArrayLike, c: npt.ArrayLike, d: npt.ArrayLike, colour: Rgb) -> Mesh:
    """A panel of wires between four corners in order."""
    corners = np.array([a, b, c, d], dtype=float)
    normal = np.cross(corners[1] - corners[0], corners[3] - corners[0])
    return quad(corners, normal / np.linalg.norm(normal), Material.WIRE, colour=colour)


def _wheel(hub_m: tuple[float, ...], radius_m: float, width_m: float, corners: int) -> Mesh:
    """A tyre with spokes, its axle along x (4 or 6 triangles a corner)."""
    angle = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    ring = np.stack([np.zeros(corners), np.cos(angle), np.sin(angle)], axis=1)
    half = np.array([width_m / 2, 0.0, 0.0])
    inner = 0.86 if radius_m > 0.1 else 0.0
    vertices = np.concatenate([radius_m * ring - half, radius_m * ring + half,
                               inner * radius_m * ring - half, inner * radius_m * ring + half])  # fmt: skip
    axle = np.array([1.0, 0.0, 0.0])
    k = np.arange(corners)
    following = (k + 1) % corners

    def strip(first: int, second: int) -> npt.NDArray[np.int64]:
        a, b, c, d = (
            first * corners + k,
            first * corners + following,
            second * corners + following,
            second * corners + k,
        )
        return np.concatenate([np.stack([a, b, c], 1), np.stack([a, c, d], 1)])

    faces = np.concatenate([strip(0, 1), strip(0, 2), strip(1, 3)])
    normals = np.concatenate([ring, ring, ring - axle, ring + axle])
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-9)
    return single_material_mesh(vertices + np.asarray(hub_m), normals, faces, Material.PLAIN, colour=_RUBBER)


def _shell(
    centre_m: tuple[float, float, float],
    radii_m: tuple[float, float, float],
    colour: Rgb,
    *,
    from_rad: float,
    to_rad: float,
) -> Mesh:
    """Part of an ellipsoid between two latitudes: a tub (lower half) or a hood (upper half)."""
    rings, columns = 4, 12
    across, upward = np.meshgrid(
        np.linspace(0, 2 * np.pi, columns + 1), np.linspace(from_rad, to_rad, rings + 1)
    )
    unit = np.stack(
        [np.cos(upward) * np.cos(across), np.cos(upward) * np.sin(across), np.sin(upward)], axis=-1
    )
    unit = unit.reshape(-1, 3)
    corner = (np.arange(rings)[:, None] * (columns + 1) + np.arange(columns)).ravel()
    step = columns + 1
    faces = np.concatenate([np.stack([corner, corner + 1, corner + step + 1], 1),
                            np.stack([corner, corner + step + 1, corner + step], 1)])  # fmt: skip
    normals = unit / np.asarray(radii_m)
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    return single_material_mesh(unit * radii_m + centre_m, normals, faces, Material.CLOTH, colour=colour)
