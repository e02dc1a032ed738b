from pathlib import Path

import numpy as np
import pytest

from cart_tracker.store_map import ProductId, Shelf, ShelfId, Slot, SlotId
from datasets.errors import RecordingError
from datasets.scale_readings import FloatArray, ScaleReadings, read_scales, scales_path, write_scales
from datasets.synthetic.sensors.scales import RATE_HZ, HandInside, Load, plates_of, slot_under, weigh

DURATION_S = 30.0


def shelf() -> Shelf:
    """Two boards with three slots each."""
    slots = tuple(
        Slot(SlotId(f"s{row}{column}"), ProductId("p"), (0.4 * column, 0.4 * column + 0.3), (z, z + 0.4), 4)
        for row, z in enumerate((0.4, 0.9))
        for column in range(3)
    )
    return Shelf(ShelfId("wall"), (0.0, 2.0), (1.0, 0.0), 1.2, 0.4, slots)


def weighed(loads: list[Load], hands: list[HandInside] | None = None, seed: int = 1) -> ScaleReadings:
    return weigh([shelf()], loads, hands or [], DURATION_S, 1000.0, np.random.default_rng(seed))


def around(readings: ScaleReadings, slot: str, at_s: float) -> float:
    """Mean of one plate over a second."""
    column = [plate.slot_ids for plate in readings.plates].index((slot,))
    chosen = np.abs(readings.at_s - 1000.0 - at_s) < 0.5
    return float(readings.grams[chosen, column].mean())


def test_every_slot_lies_on_one_plate() -> None:
    plates = plates_of([shelf()])
    assert sorted(slot for plate in plates for slot in plate.slot_ids) == sorted(
        slot.slot_id for slot in shelf().slots
    )
    assert len({plate.plate_id for plate in plates}) == 6


def test_a_pick_and_a_put_back_are_seen_on_the_scale() -> None:
    loads = [Load("s01", -60.0, 10.0, 500.0), Load("s01", 20.0, 99.0, 500.0)]
    readings = weighed(loads)
    full, empty, again = (around(readings, "s01", at_s) for at_s in (8.0, 15.0, 25.0))
    assert full - empty == pytest.approx(500, abs=70)
    assert again - empty == pytest.approx(500, abs=70)


def test_a_few_per_cent_spill_over_to_neighbours_on_the_same_board_only() -> None:
    alone, loaded = weighed([]), weighed([Load("s01", 10.0, 99.0, 5000.0)])
    for slot, expected in (("s00", (40, 260)), ("s02", (40, 260)), ("s11", (-2, 2))):
        spilt = around(loaded, slot, 20.0) - around(alone, slot, 20.0)
        assert expected[0] < spilt < expected[1]


def test_readings_come_sixty_times_a_second_with_noise() -> None:
    readings = weighed([])
    assert len(readings.at_s) == DURATION_S * RATE_HZ
    assert readings.at_s[0] == 1000.0
    assert 2 < np.diff(readings.grams, axis=0).std() / np.sqrt(2) < 11


def test_hands_press_on_some_plates_while_they_are_inside() -> None:
    hands = [HandInside("s12", 2.0 + 3 * k, 3.5 + 3 * k) for k in range(9)]
    difference: FloatArray = weighed([], hands).grams.astype(float) - weighed([]).grams
    column = [plate.slot_ids for plate in plates_of([shelf()])].index(("s12",))
    assert difference[:, column].max() > 30
    assert (difference[: int(1.9 * RATE_HZ)] == 0).all()


def test_readings_survive_being_written_and_read(tmp_path: Path) -> None:
    (tmp_path / "store.toml").write_text("[store]\n")
    readings = weighed([Load("s00", -60.0, 99.0, 300.0)])
    write_scales(tmp_path, readings)
    again = read_scales(tmp_path)
    assert again is not None
    assert again.plates == readings.plates
    assert np.array_equal(again.grams, readings.grams)
    assert np.array_equal(again.at_s, readings.at_s)
    assert (tmp_path / "store.toml").read_text().count("[[scales]]") == 6


def test_a_recording_without_scales_has_none_and_a_damaged_file_is_named(tmp_path: Path) -> None:
    assert read_scales(tmp_path) is None
    scales_path(tmp_path).write_bytes(b"PK nonsense")
    with pytest.raises(RecordingError, match=r"scales .*scales\.npz are damaged"):
        read_scales(tmp_path)


def test_a_thing_on_a_board_lies_on_the_nearest_slot() -> None:
    shelves = [shelf()]
    assert slot_under(shelves, np.array([0.33, 2.2, 0.41])) == "s00"
    assert slot_under(shelves, np.array([0.6, 2.2, 0.9])) == "s11"
    assert slot_under(shelves, np.array([0.6, 2.2, 0.0])) is None
    assert slot_under(shelves, np.array([0.6, 1.0, 0.4])) is None
