import numpy as np

from datasets.synthetic.picture.camera_sensor import develop, random_sensor, read_out, toned_picture

LINEAR = np.full((24, 32, 3), 0.3, dtype=np.float32)
NO_ROWS = np.zeros((24, 2), dtype=np.int64)


def test_noise_follows_from_the_moment() -> None:
    sensor = random_sensor(5, LINEAR)
    toned = toned_picture(sensor, LINEAR)
    assert np.array_equal(read_out(sensor, toned, 7), read_out(sensor, toned, 7))
    assert not np.array_equal(read_out(sensor, toned, 7), read_out(sensor, toned, 8))


def test_any_brightness_of_the_store_is_exposed_to_a_usable_picture() -> None:
    for seed, brightness in enumerate((0.02, 0.3, 4.0)):
        linear = np.full((24, 32, 3), brightness, dtype=np.float32)
        sensor = random_sensor(seed, linear)
        assert 70 < read_out(sensor, toned_picture(sensor, linear), 0).mean() < 210


def test_values_beyond_white_stay_white() -> None:
    linear = LINEAR.copy()
    linear[8:16, 8:16] = 50.0
    sensor = random_sensor(3, LINEAR)
    picture = read_out(sensor, toned_picture(sensor, linear), 0)
    assert picture[12, 12].min() > 230


def test_without_movers_and_shadows_the_empty_picture_is_developed() -> None:
    sensor = random_sensor(1, LINEAR)
    toned = toned_picture(sensor, LINEAR)
    out = np.empty_like(toned)
    empty = np.zeros((24, 32), dtype=np.float32)
    shade = np.ones((6, 8), dtype=np.float32)
    develop(toned, LINEAR, shade, NO_ROWS, np.zeros_like(LINEAR), empty, sensor.gain, sensor.tone, out)
    assert np.array_equal(out, toned)


def test_a_shadow_darkens_and_a_mover_covers() -> None:
    sensor = random_sensor(1, LINEAR)
    toned = toned_picture(sensor, LINEAR)
    out = np.empty_like(toned)
    rows = np.tile(np.array([[16, 32]]), (24, 1))
    coverage = np.ones((24, 32), dtype=np.float32)
    shade = np.full((6, 8), 0.5, dtype=np.float32)
    develop(toned, LINEAR, shade, rows, np.zeros_like(LINEAR), coverage, sensor.gain, sensor.tone, out)
    assert (out[:, :16] < toned[:, :16]).all()
    assert (out[:, 16:] < 1).all()
