"""Small things that people bring and leave: own bag, wrapper.

Every mesh stands on z = 0 at its own origin, its front towards -y; they are placed as props.
"""

import numpy as np

from datasets.synthetic.mesh import Material, Mesh, joined, single_material_mesh
from datasets.synthetic.scene import FloatArray


def own_bag_mesh(rng: np.random.Generator) -> Mesh:
    """Build a bag that somebody puts down: a soft body, 0.24 to 0.34 m wide, with two handles."""
    width, depth, height = rng.uniform([0.24, 0.12, 0.20], [0.34, 0.18, 0.30])
    colour = rng.uniform(0.02, 0.45, 3)
    body = _pillow((0.0, 0.0, height / 2), (width / 2, depth / 2, height / 2), 4.0, colour)
    return joined(
        [body, *(_arch(width * 0.3, y, height, 0.12, colour * 0.7) for y in (-0.3 * depth, 0.3 * depth))]
    )


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
