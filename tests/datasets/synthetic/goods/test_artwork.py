import cv2
import numpy as np
import numpy.typing as npt
import pytest

from datasets.synthetic.goods.artwork import Atlas, build_atlas
from datasets.synthetic.goods.designs import ean13_of
from datasets.synthetic.goods.fronts import draw_front
from datasets.synthetic.goods.panels import HEIGHT_PX, WIDTH_PX, Panel, PanelRect, panel_rect, panel_uv
from datasets.synthetic.goods.products import MOST_PRODUCTS, Assortment, catalogue_of, draw_assortment
from datasets.synthetic.goods.wrapping import draw_side
from datasets.synthetic.pools import Pool

ASSORTMENT = draw_assortment(np.random.default_rng(4), Pool.DEV, 12)
SHARPEST_USE_PX_PER_M = 670  # a 1920 pixel wide camera of 60 degrees at 2.5 m


@pytest.fixture(scope="module")
def atlas() -> Atlas:
    return build_atlas(1, ASSORTMENT)


def page(atlas: Atlas) -> npt.NDArray[np.uint8]:
    width, height = atlas.level_size[0]
    return atlas.texels[: width * height].reshape(height, width, 3)


def cut(atlas: Atlas, rect: PanelRect) -> npt.NDArray[np.uint8]:
    return page(atlas)[rect.top : rect.top + rect.height, rect.left : rect.left + rect.width]


def read_barcode(picture: npt.NDArray[np.float32]) -> str:
    grey = cv2.cvtColor(np.round(255 * picture).astype(np.uint8), cv2.COLOR_RGB2GRAY)
    text, *_ = cv2.barcode.BarcodeDetector().detectAndDecode(grey)
    return str(text)


@pytest.mark.parametrize("pool", Pool)
@pytest.mark.parametrize("step", [8, pytest.param(1, marks=pytest.mark.slow)])
def test_barcodes_scan(pool: Pool, step: int) -> None:
    for product in catalogue_of(pool)[::step]:
        picture = draw_side(product.design, 900, 420)
        assert read_barcode(picture) == product.design.ean13
        assert 20 <= int(product.design.ean13[:2]) <= 29


def test_check_digits_are_those_of_the_standard() -> None:
    assert ean13_of(12345678901)[:12] == "212345678901"
    for number in (0, 7, 10**11 - 1):
        digits = [int(digit) for digit in ean13_of(number)]
        assert (sum(digits[0::2]) + 3 * sum(digits[1::2])) % 10 == 0
    with pytest.raises(ValueError, match="article number"):
        ean13_of(10**11)


def test_nothing_on_the_page_overlaps() -> None:
    owner = np.zeros((HEIGHT_PX // 32, WIDTH_PX // 32), dtype=np.int64)
    full = draw_assortment(np.random.default_rng(2), Pool.TRAIN, MOST_PRODUCTS)
    rects = [panel_rect(panel) for panel in range(Panel.COUNT)]
    rects += [rect for one in full.panels for rect in (one.front, one.side, one.top)]
    for rect in rects:
        assert rect.left % 32 == rect.top % 32 == rect.width % 32 == rect.height % 32 == 0
        assert rect.left + rect.width <= WIDTH_PX
        assert rect.top + rect.height <= HEIGHT_PX
        rows = slice(rect.top // 32, (rect.top + rect.height) // 32)
        owner[rows, rect.left // 32 : (rect.left + rect.width) // 32] += 1
    assert owner.max() == 1


@pytest.mark.parametrize("pool", Pool)
def test_the_largest_assortments_are_printed_sharply_enough(pool: Pool) -> None:
    for seed in range(4):
        count = min(MOST_PRODUCTS, len(catalogue_of(pool)))
        assortment = draw_assortment(np.random.default_rng(seed), pool, count)
        for product, panels in zip(assortment.products, assortment.panels, strict=True):
            assert panels.front.height / product.size_m[2] >= SHARPEST_USE_PX_PER_M


def test_an_atlas_is_small_and_the_same_seed_draws_the_same_bytes(atlas: Atlas) -> None:
    assert atlas.texels.nbytes <= 100e6
    assert np.array_equal(build_atlas(1, Assortment(ASSORTMENT.products)).texels, atlas.texels)


def test_packages_are_the_same_in_every_store_and_posters_are_not(atlas: Atlas) -> None:
    other = build_atlas(2, ASSORTMENT)
    for panels in ASSORTMENT.panels:
        assert np.array_equal(cut(other, panels.front), cut(atlas, panels.front))
    assert not np.array_equal(
        cut(other, panel_rect(Panel.poster(0))), cut(atlas, panel_rect(Panel.poster(0)))
    )


def test_flavours_look_alike_but_not_the_same() -> None:
    fronts = [draw_front(product.design, 96, 64) for product in catalogue_of(Pool.DEV)]
    families = [product.family for product in catalogue_of(Pool.DEV)]
    difference = np.array([[float(np.abs(a - b).mean()) for b in fronts] for a in fronts])
    same = np.array([[a == b for b in families] for a in families])
    off_diagonal = ~np.eye(len(fronts), dtype=bool)
    assert difference[off_diagonal].min() > 0.005
    assert difference[same & off_diagonal].mean() < 0.6 * difference[~same].mean()


def test_print_has_shading_and_detail_not_flat_colour() -> None:
    for product in catalogue_of(Pool.DEV)[::3]:
        front = np.round(255 * draw_front(product.design, 192, 128)).astype(np.uint8)
        colours = np.unique(front.reshape(-1, 3), axis=0)
        assert len(colours) > 1500


def test_every_panel_is_drawn(atlas: Atlas) -> None:
    for panel in range(MOST_PRODUCTS, Panel.COUNT):
        assert cut(atlas, panel_rect(panel)).std() > 2


def test_uv_runs_from_the_lower_left_of_a_panel() -> None:
    rect = panel_rect(Panel.DOOR)
    assert panel_uv(Panel.DOOR, 0.0, 1.0) < panel_uv(Panel.DOOR, 1.0, 1.0)
    left, bottom = panel_uv(Panel.DOOR, 0.0, 0.0)
    assert rect.left < left * WIDTH_PX < rect.left + 2
    assert rect.top + rect.height - 2 < bottom * HEIGHT_PX < rect.top + rect.height
    with pytest.raises(ValueError, match="panel"):
        panel_rect(Panel.COUNT)
