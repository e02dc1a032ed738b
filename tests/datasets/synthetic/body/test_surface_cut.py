import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasets.synthetic.body.surface_cut import SurfaceCut

SIZE = 6
X, Y = (axis.ravel() for axis in np.meshgrid(np.arange(SIZE, dtype=float), np.arange(SIZE, dtype=float)))
PLACE = np.stack([X, Y, np.zeros(SIZE * SIZE)], axis=1).astype(np.float32)
CORNER = (np.arange(SIZE - 1)[:, None] * SIZE + np.arange(SIZE - 1)).ravel()
FACES = np.concatenate(
    [
        np.stack([CORNER, CORNER + 1, CORNER + SIZE + 1], 1),
        np.stack([CORNER, CORNER + SIZE + 1, CORNER + SIZE], 1),
    ]
).astype(np.int32)


@given(st.floats(0.05, 4.95), st.floats(-1, 1))
def test_what_is_left_has_the_area_on_the_inner_side_of_the_line(line: float, tilt: float) -> None:
    field = X + tilt * (Y - 2.5) - line
    cut = SurfaceCut.along(FACES, field)
    place = cut.blended(PLACE)
    corners = place[cut.faces].astype(float)
    area = np.abs(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])[:, 2]).sum() / 2
    across = np.linspace(0, 5, 20001)
    expected = np.clip(5 - (line - tilt * (across - 2.5)), 0, 5).mean() * 5
    assert area == pytest.approx(expected, abs=2e-3)


def test_nothing_is_left_where_nothing_is_inside() -> None:
    assert len(SurfaceCut.along(FACES, np.full(len(X), -1.0)).faces) == 0


def test_a_surface_that_is_all_inside_is_left_as_it_is() -> None:
    cut = SurfaceCut.along(FACES, np.ones(len(X)))
    assert len(cut.faces) == len(FACES)
    assert cut.blended(PLACE) == pytest.approx(PLACE)
