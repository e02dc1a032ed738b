"""Small things that people bring and leave: own bag, wrapper, coat, umbrella; and a price label.

Every mesh stands on z = 0 at its own origin, its front towards -y; they are placed as props.
"""

import numpy as np

from datasets.synthetic.mesh import Material, Mesh, box, joined, single_material_mesh
from datasets.synthetic.scene import FloatArray

COAT_M = (0.36, 0.16, 0.30)  # `coat_mesh`: folded once, as it hangs over a hand or lies on a shelf
OPEN_UMBRELLA_M = (0.84, 0.84, 0.80)
FOLDED_UMBRELLA_M = (0.06, 0.06, 0.34)


def coat_mesh(colour: tuple[float, float, float]) -> Mesh:
    """Build a coat of a colour, folded, as large as `COAT_M`."""
    width, depth, height = COAT_M
    shade = np.array(colour)
    body = _pillow((0.0, 0.0, height / 2), (width / 2, depth / 2, height / 2), 3.0, shade)
    sleeve = _pillow(
        (0.0, -0.45 * depth, 0.55 * height), (0.42 * width, 0.03, 0.3 * height), 3.0, 0.85 * shade
    )
    return joined([body, sleeve])


def umbrella_mesh(rng: np.random.Generator) -> tuple[Mesh, Mesh]:
    """Build an umbrella twice, open and folded; the open one stands on its handle."""
    colour, ribs = rng.uniform(0.02, 0.4, 3), 8
    radius, _, height = OPEN_UMBRELLA_M
    angle = np.linspace(0, 2 * np.pi, ribs, endpoint=False)
    rings = [
        np.column_stack([share * radius / 2 * np.cos(angle), share * radius / 2 * np.sin(angle),
                         np.full(ribs, height - 0.16 * share**2)]) for share in (0.35, 0.7, 1.0)
    ]  # fmt: skip
    points = np.concatenate([[[0.0, 0.0, height]], *rings])
    following = (np.arange(ribs) + 1) % ribs
    faces = [np.stack([np.zeros(ribs, dtype=np.int64), 1 + np.arange(ribs), 1 + following], 1)]
    for ring in range(2):
        inner, outer = 1 + ring * ribs, 1 + (ring + 1) * ribs
        faces.append(np.stack([inner + np.arange(ribs), outer + np.arange(ribs), outer + following], 1))
        faces.append(np.stack([inner + np.arange(ribs), outer + following, inner + following], 1))
    normals = points * [1.0, 1.0, 0.0] + [0.0, 0.0, 0.35]
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    canopy = single_material_mesh(points, normals, np.concatenate(faces), Material.CLOTH, colour=colour)
    shaft = box((-0.008, -0.008, 0.0), (0.008, 0.008, height), (0.05, 0.05, 0.05))
    width, depth, length = FOLDED_UMBRELLA_M
    folded = _pillow((0.0, 0.0, length / 2), (width / 2, depth / 2, length / 2), 2.5, colour)
    return joined([canopy, shaft]), folded


def label_mesh() -> Mesh:
    """Build a price label, its middle at the origin, a bright sticker on white."""
    card = box((-0.035, -0.002, -0.0225), (0.035, 0.002, 0.0225), (0.72, 0.72, 0.7))
    return joined([card, box((-0.033, -0.003, -0.021), (0.033, -0.002, 0.004), (0.7, 0.5, 0.02))])


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
