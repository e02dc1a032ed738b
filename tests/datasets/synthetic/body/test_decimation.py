import numpy as np

from datasets.synthetic.body.decimation import thin_out


def grid(size: int, height: float) -> tuple[np.ndarray, np.ndarray]:
    x, y = np.meshgrid(np.arange(size, dtype=float), np.arange(size, dtype=float))
    z = height * np.sin(x) * np.cos(y)
    corner = (np.arange(size - 1)[:, None] * size + np.arange(size - 1)).ravel()
    faces = np.concatenate(
        [
            np.stack([corner, corner + 1, corner + size + 1], 1),
            np.stack([corner, corner + size + 1, corner + size], 1),
        ]
    )
    return np.stack([x.ravel(), y.ravel(), z.ravel()], 1), faces.astype(np.int32)


def area(vertices: np.ndarray, faces: np.ndarray) -> float:
    corners = vertices[faces]
    return float(
        np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1).sum()
        / 2
    )


def test_a_flat_patch_keeps_its_outline_with_a_few_triangles() -> None:
    vertices, faces = grid(9, 0.0)
    thin = thin_out(vertices, faces, 1e-3)
    assert len(thin) <= 8
    assert abs(area(vertices, thin) - 64.0) < 1e-9


def test_a_wavy_patch_stays_as_it_is_when_no_error_is_allowed() -> None:
    vertices, faces = grid(7, 1.0)
    assert len(thin_out(vertices, faces, 1e-9)) == len(faces)


def test_more_error_leaves_fewer_triangles() -> None:
    vertices, faces = grid(9, 0.2)
    counts = [len(thin_out(vertices, faces, error)) for error in (0.05, 0.3, 1.0)]
    assert counts[0] > counts[1] > counts[2] > 0
