from dataclasses import replace

import numpy as np
import numpy.typing as npt

from datasets.synthetic.picture.camera_sensor import (
    CameraSensor,
    Development,
    Layers,
    Mains,
    random_mains,
    random_sensor,
)
from datasets.synthetic.scene import Float32Array

HEIGHT, WIDTH = 24, 32
LINEAR = np.full((HEIGHT, WIDTH, 3), 0.3, dtype=np.float32)
BRIGHT = np.ones((6, 8), dtype=np.float32)
STEADY = Mains(100.0, 0.0, 0.0)
QUIET = {"noise": 0.0, "row_noise": 0.0}


def layers(covered: tuple[int, int] = (0, 0), veiled: tuple[int, int] = (0, 0), share: float = 0.0) -> Layers:
    """Movers that cover some columns, and a veil over some."""
    rows, veil_rows = np.tile(np.array([covered]), (HEIGHT, 1)), np.tile(np.array([veiled]), (HEIGHT, 1))
    return Layers(
        rows,
        np.zeros_like(LINEAR),
        np.ones((HEIGHT, WIDTH), dtype=np.float32),
        veil_rows,
        np.zeros_like(LINEAR),
        np.full((HEIGHT, WIDTH), share, dtype=np.float32),
        np.zeros_like(LINEAR),
    )


def taken(
    sensor: CameraSensor,
    at_s: float = 0.0,
    gain: float = 1.0,
    shade: Float32Array = BRIGHT,
    over: Layers | None = None,
    linear: Float32Array = LINEAR,
) -> npt.NDArray[np.float64]:
    picture = Development(sensor, linear).photograph(at_s, gain, shade, over or layers())
    return picture.astype(np.float64)


def test_noise_follows_from_the_moment() -> None:
    sensor = random_sensor(5, LINEAR, STEADY)
    assert np.array_equal(taken(sensor, 0.7), taken(sensor, 0.7))
    assert not np.array_equal(taken(sensor, 0.7), taken(sensor, 0.8))


def test_any_brightness_of_the_store_is_exposed_to_a_usable_picture() -> None:
    for seed, brightness in enumerate((0.02, 0.3, 4.0)):
        linear = np.full((HEIGHT, WIDTH, 3), brightness, dtype=np.float32)
        assert 70 < taken(random_sensor(seed, linear, STEADY), linear=linear).mean() < 210


def test_values_beyond_white_stay_white() -> None:
    linear = LINEAR.copy()
    linear[8:16, 8:16] = 50.0
    assert taken(random_sensor(3, LINEAR, STEADY), linear=linear)[12, 12].min() > 230


def test_a_shadow_darkens_a_mover_covers_and_a_veil_takes_its_share() -> None:
    sensor = replace(random_sensor(1, LINEAR, STEADY), **QUIET)
    empty = taken(sensor)[2:-2]
    shaded = taken(sensor, shade=BRIGHT / 2, over=layers(covered=(16, 32)))[2:-2]
    veiled = taken(sensor, over=layers(veiled=(16, 32), share=0.3))[2:-2]
    assert (shaded[:, 2:14] < empty[:, 2:14]).all()
    assert (shaded[:, 18:30] < 2).all()
    assert np.array_equal(veiled[:, 2:14], empty[:, 2:14])
    assert (veiled[:, 18:30] < empty[:, 18:30]).all()


def test_a_gain_brightens_and_makes_noise_louder() -> None:
    sensor = random_sensor(2, LINEAR, STEADY)
    plain, amplified = taken(sensor), taken(sensor, gain=1.6)
    assert amplified.mean() > plain.mean() + 10
    quiet = replace(sensor, **QUIET)
    assert (amplified - taken(quiet, gain=1.6)).std() > (plain - taken(quiet)).std()


def test_lamps_that_flicker_leave_bands_unless_the_shutter_fits_whole_periods() -> None:
    flickering = Mains(100.0, 0.35, 1.0)
    for seed in range(12):
        sensor = replace(random_sensor(seed, LINEAR, flickering), **QUIET, vignette=LINEAR[..., 0])
        means = taken(sensor)[2:-2, 8:-8].mean((1, 2))
        whole = abs(sensor.shutter_s * 100.0 - round(sensor.shutter_s * 100.0)) < 0.05
        assert (np.ptp(means) < 1.5) == whole


def test_white_balance_wanders() -> None:
    sensor = replace(random_sensor(8, LINEAR, STEADY), **QUIET)
    ratio = [np.divide(*taken(sensor, at_s)[2:-2, 2:-2].mean((0, 1))[[2, 0]]) for at_s in range(0, 90, 10)]
    assert 0.002 < np.ptp(ratio) < 0.1


def test_rows_share_some_noise() -> None:
    sensor = replace(random_sensor(4, LINEAR, STEADY), row_noise=2.0)
    deviation = taken(sensor) - taken(replace(sensor, **QUIET))
    pure = taken(replace(sensor, row_noise=0.0)) - taken(replace(sensor, **QUIET))
    assert deviation.mean((1, 2)).std() > 3 * pure.mean((1, 2)).std()


def test_most_stores_do_not_flicker_visibly() -> None:
    assert 0.5 < np.mean([random_mains(seed).depth < 0.06 for seed in range(200)]) < 0.9
