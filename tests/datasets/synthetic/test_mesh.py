import numpy as np
import pytest

from datasets.synthetic.mesh import Material, box, joined, quad, subdivided, vertex_normals


def area_m2(mesh_vertices: np.ndarray, faces: np.ndarray) -> float:
    corners = mesh_vertices[faces].astype(float)
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    return float(np.linalg.norm(cross, axis=1).sum() / 2)


def test_a_box_has_its_surface_and_normals_that_point_outward() -> None:
    mesh = box((0, 0, 0), (1, 2, 3), (1, 1, 1))
    assert area_m2(mesh.vertices_m, mesh.faces) == pytest.approx(22.0)
    outward = ((mesh.vertices_m - [0.5, 1.0, 1.5]) * mesh.normals).sum(1)
    assert (outward > 0).all()


def test_subdividing_shortens_edges_and_keeps_the_surface() -> None:
    mesh = quad([[0, 0, 0], [2, 0, 0], [2, 1, 0], [0, 1, 0]], (0, 0, 1), Material.PLAIN)
    fine = subdivided(mesh, 0.3)
    corners = fine.vertices_m[fine.faces]
    assert np.linalg.norm(corners - corners[:, [1, 2, 0]], axis=2).max() <= 0.3
    assert area_m2(fine.vertices_m, fine.faces) == pytest.approx(2.0, rel=1e-5)
    assert len(fine.material) == len(fine.faces)


def test_joined_faces_point_at_their_own_vertices() -> None:
    low, high = box((0, 0, 0), (1, 1, 1), (1, 0, 0)), box((5, 5, 5), (6, 6, 6), (0, 1, 0))
    both = joined([low, high])
    second = both.vertices_m[both.faces[len(low.faces) :]]
    assert second.min() >= 5


def test_placing_turns_moves_and_leaves_the_original() -> None:
    mesh = box((0, 0, 0), (1, 0.1, 0.1), (1, 1, 1))
    turned = mesh.placed((2.0, 0.0, 1.0), np.pi / 2)
    assert turned.vertices_m.max(0) == pytest.approx([2.0, 1.0, 1.1], abs=1e-6)
    assert mesh.vertices_m.max() == 1.0


def test_vertex_normals_of_a_flat_patch_are_its_normal() -> None:
    mesh = quad([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], (0, 0, 1), Material.PLAIN)
    assert vertex_normals(mesh.vertices_m, mesh.faces) == pytest.approx(np.tile([0, 0, 1], (4, 1)))
