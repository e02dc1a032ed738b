import numpy as np
import pytest

from datasets.synthetic.goods.artwork import HEIGHT_PX, WIDTH_PX, Panel, build_atlas, panel_uv
from datasets.synthetic.goods.products import CATALOGUE, Assortment


def test_the_catalogue_has_at_least_a_dozen_distinct_products() -> None:
    assert len(CATALOGUE) >= 12
    assert len({product.product_id for product in CATALOGUE}) == len(CATALOGUE)
    assert all(product.price_minor > 0 for product in CATALOGUE)


@pytest.mark.parametrize("index", range(len(CATALOGUE)))
def test_a_unit_fills_its_size_and_stands_on_its_base(index: int) -> None:
    mesh = Assortment(CATALOGUE).unit_mesh(index)
    width, depth, height = CATALOGUE[index].size_m
    extent = mesh.vertices_m.max(0) - mesh.vertices_m.min(0)
    assert extent == pytest.approx([width, depth, height], rel=0.1)
    assert mesh.vertices_m[:, 2].min() == pytest.approx(0.0, abs=1e-6)
    assert np.linalg.norm(mesh.normals, axis=1) == pytest.approx(1.0, abs=1e-3)
    assert (mesh.texture[:, :2] >= 0).all()
    assert (mesh.texture[:, :2] <= 1).all()


def test_panels_do_not_overlap_and_lie_inside_the_atlas() -> None:
    corners = []
    for panel in (*range(4 * len(CATALOGUE)), Panel.METAL, Panel.CARTON, Panel.ENTRANCE, Panel.poster(0)):
        low, high = panel_uv(panel, 0.0, 1.0), panel_uv(panel, 1.0, 0.0)
        assert 0 <= low[0] < high[0] <= 1
        assert 0 <= low[1] < high[1] <= 1
        corners.append((round(low[0] * WIDTH_PX), round(low[1] * HEIGHT_PX)))
    assert len(set(corners)) == len(corners)


def test_packages_look_different_from_each_other_and_posters_follow_the_seed() -> None:
    names, prices = tuple(p.name for p in CATALOGUE), tuple(p.price_minor for p in CATALOGUE)
    first, second = build_atlas(1, names, prices), build_atlas(2, names, prices)
    width, height = first.level_size[0]
    pictures = [atlas.texels[: width * height].reshape(height, width, 3) for atlas in (first, second)]
    fronts = []
    for index in range(len(CATALOGUE)):
        u, v = panel_uv(Panel.front(index), 0.5, 0.5)
        fronts.append(
            pictures[0][
                int(v * height) - 40 : int(v * height) + 40, int(u * width) - 40 : int(u * width) + 40
            ]
        )
    for index, front in enumerate(fronts):
        for other in fronts[index + 1 :]:
            assert np.abs(front - other).mean() > 0.02
    assert not np.array_equal(pictures[0], pictures[1])
