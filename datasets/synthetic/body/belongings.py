"""Small things that people bring and leave: own bag, basket, umbrella, folded coat, wrapper.

Every mesh stands on z = 0 at its own origin, its front towards -y; they are placed as props.
"""

import numpy as np

from datasets.synthetic.body.wardrobe import Rgb
from datasets.synthetic.mesh import Material, Mesh, box, joined, quad, single_material_mesh
from datasets.synthetic.scene import FloatArray

_DARK: Rgb = (0.03, 0.03, 0.03)


def own_bag_mesh(rng: np.random.Generator) -> Mesh:
    """Build a bag that somebody puts down: a soft body, 0.24 to 0.34 m wide, with two handles."""
    width, depth, height = rng.uniform([0.24, 0.12, 0.20], [0.34, 0.18, 0.30])
    colour = rng.uniform(0.02, 0.45, 3)
    body = _pillow((0.0, 0.0, height / 2), (width / 2, depth / 2, height / 2), 4.0, colour)
    return joined(
        [body, *(_arch(width * 0.3, y, height, 0.12, colour * 0.7) for y in (-0.3 * depth, 0.3 * depth))]
    )


def basket_mesh(rng: np.random.Generator) -> Mesh:
    """Build a shop's hand basket, 0.42 x 0.29 x 0.22 m, open at the top, its handle up."""
    colours = ((0.45, 0.03, 0.03), (0.03, 0.10, 0.38), (0.05, 0.25, 0.08), (0.05, 0.05, 0.05))
    colour = np.array(colours[int(rng.integers(len(colours)))])
    x, y, z = 0.21, 0.145, 0.22
    rim = np.array([[-x, -y, z], [x, -y, z], [x, y, z], [-x, y, z]])
    foot = rim * [0.9, 0.85, 0.0]
    outward = ((0, -1, 0), (1, 0, 0), (0, 1, 0), (-1, 0, 0))
    sides = [
        quad([rim[k], rim[k - 3], foot[k - 3], foot[k]], outward[k], Material.WIRE, colour=colour)
        for k in range(4)
    ]
    floor = box((-0.9 * x, -0.85 * y, 0.0), (0.9 * x, 0.85 * y, 0.008), colour)
    edge = [box((-x, side * y - 0.008, z - 0.02), (x, side * y + 0.008, z), colour) for side in (-1, 1)] + [
        box((side * x - 0.008, -y, z - 0.02), (side * x + 0.008, y, z), colour) for side in (-1, 1)
    ]
    return joined([*sides, floor, *edge, _arch(0.7 * x, 0.0, z, 0.13, np.array(_DARK))])


def umbrella_mesh(rng: np.random.Generator) -> Mesh:
    """Build a closed umbrella lying on its side along x, 0.75 m long."""
    colour = rng.uniform(0.01, 0.25, 3)
    cloth = _pillow((0.03, 0.0, 0.03), (0.28, 0.03, 0.03), 2.0, colour)
    stick = box((-0.40, -0.006, 0.024), (0.36, 0.006, 0.036), (0.3, 0.3, 0.3))
    crook = box((-0.42, -0.012, 0.018), (-0.30, 0.045, 0.042), (0.12, 0.06, 0.03))
    return joined([cloth, stick, crook])


def folded_coat_mesh(rng: np.random.Generator) -> Mesh:
    """Build a coat that lies folded, about 0.45 x 0.32 x 0.10 m."""
    colour = rng.uniform(0.015, 0.25, 3)
    low = _pillow((0.0, 0.0, 0.035), (0.23, 0.16, 0.035), 3.5, colour)
    high = _pillow((0.03, 0.02, 0.075), (0.18, 0.13, 0.028), 3.0, colour * 1.15)
    sleeve = _pillow((-0.05, -0.13, 0.085), (0.16, 0.05, 0.025), 2.5, colour * 0.85)
    return joined([low, high, sleeve])


def wrapper_mesh(rng: np.random.Generator) -> Mesh:
    """Build the crumpled wrapper of something eaten, about 6 cm across."""
    colour = rng.uniform(0.1, 0.6, 3)
    ball = _pillow((0.0, 0.0, 0.018), (0.032, 0.026, 0.018), 2.0, colour)
    crumpled = ball.vertices_m * (1 + rng.uniform(-0.18, 0.18, (len(ball.vertices_m), 1)).astype(np.float32))
    return Mesh(crumpled, ball.normals, ball.texture, ball.colour, ball.faces, ball.material)


def _pillow(
    centre_m: tuple[float, float, float],
    radii_m: tuple[float, float, float],
    exponent: float,
    colour: FloatArray,
) -> Mesh:
    """A superellipsoid of cloth (120 triangles)."""
    rings, columns = 6, 10
    across, upward = np.meshgrid(
        np.linspace(0, 2 * np.pi, columns + 1), np.linspace(-np.pi / 2, np.pi / 2, rings + 1)
    )

    def bent(values: FloatArray) -> FloatArray:
        return np.sign(values) * np.abs(values) ** (2 / exponent)

    unit = np.stack([bent(np.cos(upward)) * bent(np.cos(across)), bent(np.cos(upward)) * bent(np.sin(across)),
                     bent(np.sin(upward))], axis=-1).reshape(-1, 3)  # fmt: skip
    step = columns + 1
    corner = (np.arange(rings)[:, None] * step + np.arange(columns)).ravel()
    faces = np.concatenate([np.stack([corner, corner + 1, corner + step + 1], 1),
                            np.stack([corner, corner + step + 1, corner + step], 1)])  # fmt: skip
    normals = unit * np.abs(unit) ** (exponent - 2) if exponent > 2 else unit
    normals = normals / np.asarray(radii_m)
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-9)
    return single_material_mesh(unit * radii_m + centre_m, normals, faces, Material.CLOTH, colour=colour)


def _arch(half_width_m: float, y_m: float, foot_z_m: float, height_m: float, colour: FloatArray) -> Mesh:
    """A flat handle that bows upwards in the plane y."""
    angle = np.linspace(0, np.pi, 7)
    outer = np.stack([half_width_m * np.cos(angle), np.full(7, y_m), foot_z_m + height_m * np.sin(angle)], 1)
    inner = outer * [0.88, 1, 1] - np.stack([np.zeros(7), np.zeros(7), 0.02 * np.sin(angle)], 1)
    k = np.arange(6)
    faces = np.concatenate([np.stack([k, k + 1, k + 8], 1), np.stack([k, k + 8, k + 7], 1)])
    return single_material_mesh(
        np.concatenate([outer, inner]), (0.0, -1.0, 0.0), faces, Material.CLOTH, colour=colour
    )
