"""Tones of rendered pictures reach from nearly black to white, as those of real cameras do."""

import numpy as np

from datasets.synthetic.picture.tone import Finish, finish, random_tone

SHADES = np.repeat(np.linspace(0.02, 0.9, 48, dtype=np.float32)[None, :, None], 36, axis=0).repeat(3, axis=2)


def test_brighter_light_is_never_shown_darker_and_the_darkest_is_nearly_black() -> None:
    for seed in range(20):
        tone = random_tone(np.random.default_rng(seed), SHADES)
        assert (np.diff(tone) >= 0).all()
        assert tone[0] == 0.0
        assert tone[-1] > 240
        assert tone[int(np.sqrt(0.02) * 1024)] < 40


def test_a_store_without_anything_dark_stays_bright() -> None:
    tone = random_tone(np.random.default_rng(1), np.full_like(SHADES, 0.5))
    assert tone[int(np.sqrt(0.5) * 1024)] > 100


def test_local_contrast_raises_edges_and_leaves_even_areas() -> None:
    picture = np.full((32, 48, 3), 80.0, dtype=np.float32)
    picture[:, 24:] = 160.0
    finish(picture, Finish(local_contrast=0.5, local_size=0.03, saturation=1.0))
    assert picture[16, 22].max() < 75 < 79 < picture[16, 4].min()
    assert picture[16, 25].min() > 165


def test_saturation_spreads_colours_and_keeps_their_brightness() -> None:
    picture = np.tile(np.array([60.0, 100.0, 140.0], dtype=np.float32), (8, 8, 1))
    finish(picture, Finish(local_contrast=0.0, local_size=0.02, saturation=1.5))
    np.testing.assert_allclose(
        picture[4, 4] @ [0.114, 0.587, 0.299], 60 * 0.114 + 58.7 + 140 * 0.299, rtol=1e-4
    )
    assert np.ptp(picture[4, 4]) > 100
