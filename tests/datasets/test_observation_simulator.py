import numpy as np
import pytest

from cart_tracker.observations import CameraId
from cart_tracker.store_map import Shelf, ShelfId, Slot, SlotId
from datasets.observation_simulator.bodies import EMPTY, Bodies
from datasets.observation_simulator.hands import Reader
from datasets.observation_simulator.measure import JournalStatistics, fitted, pooled
from datasets.observation_simulator.noise import ASSUMED, HandNoise, PeopleNoise
from datasets.observation_simulator.observe import camera_health
from datasets.observation_simulator.people import find
from datasets.observation_simulator.random_walks import lasting_normals, spells
from datasets.observation_simulator.sight import behind_shelves, look
from datasets.observation_simulator.slots import clear_spells
from vision.camera_model import CameraModel

EYE = np.array([2.0, 0.0, 2.5])
# Looks along +y and half down from over the wall y = 0.
CAMERA = CameraModel(
    CameraId("cam1"),
    (640, 480),
    np.array([[320.0, 0.0, 320.0], [0.0, 320.0, 240.0], [0.0, 0.0, 1.0]]),
    np.zeros(5),
    np.array([[1.0, 0.0, 0.0], [0.0, -0.6, -0.8], [0.0, 0.8, -0.6]]),
    EYE,
)
SLOTS = tuple(
    Slot(SlotId(f"s-{level}"), "milk", (0.0, 1.0), (low, low + 0.4), 4)
    for level, low in enumerate((0.4, 0.9, 1.4))
)
# Its front is the line y = 3 from x = 1.5 to 2.5; the shopper stands on the camera's side.
SHELF = Shelf(ShelfId("s"), (1.5, 3.0), (1.0, 0.0), 1.0, 0.4, SLOTS)


def bodies(*places: tuple[float, float], ticks: int = 1) -> Bodies:
    floor = np.tile(np.array(places, float), (ticks, 1, 1))
    head = np.concatenate([floor, np.full((*floor.shape[:2], 1), 1.75)], axis=2)
    hang = np.array([[-0.2, 0.0, -0.85], [0.2, 0.0, -0.85]])
    wrists = head[:, :, None] + hang
    held = np.full((*floor.shape[:2], 2), EMPTY, np.int64)
    names = tuple(f"shopper-{row + 1}" for row in range(len(places)))
    return Bodies(names, np.arange(ticks) / 10.0, floor, head, wrists, held, np.zeros_like(held))


def test_a_body_in_the_open_is_seen_and_one_behind_a_shelf_is_not():
    sight = look(CAMERA, (SHELF,), bodies((2.0, 2.0), (2.0, 4.2)), np.array([0]))

    assert sight.share[0, 0] == pytest.approx(1.0)
    assert sight.share[0, 1] < 0.5


def test_whoever_stands_before_somebody_hides_the_lower_part_of_them():
    alone = look(CAMERA, (), bodies((2.0, 4.0)), np.array([0])).share[0, 0]
    behind = look(CAMERA, (), bodies((2.0, 4.0), (2.0, 3.4)), np.array([0])).share[0, 0]

    assert behind < alone


def test_a_hand_in_a_shelf_is_seen_through_the_front_unless_a_board_is_between():
    near_front = np.array([2.0, 3.05, 1.6])
    deep_under_a_board = np.array([2.0, 3.35, 0.8])

    assert not behind_shelves(EYE, (SHELF,), near_front[None])[0]
    assert behind_shelves(EYE, (SHELF,), deep_under_a_board[None])[0]
    assert behind_shelves(np.array([2.0, 5.0, 2.5]), (SHELF,), near_front[None])[0]


def test_floor_errors_are_as_large_as_claimed():
    crowd = bodies((1.5, 2.0), (2.5, 2.5), ticks=600)
    ticks = np.arange(600)
    sight = look(CAMERA, (), crowd, ticks)
    rng = np.random.default_rng(1)
    found = find(CAMERA, crowd, ticks, crowd.at_s, sight, PeopleNoise(correlation=0.0), rng)
    error = found.xy_m - crowd.floor_m
    chi2 = np.einsum("tpi,tpij,tpj->tp", error, np.linalg.inv(found.cov_m2), error)

    assert found.is_found.mean() == pytest.approx(0.97, abs=0.02)
    assert chi2.mean() == pytest.approx(2.0, abs=0.2)


def test_luck_lasts_as_long_as_asked():
    rng = np.random.default_rng(2)
    walk = lasting_normals(rng, (4000, 1), 0.8)[:, 0]
    held = spells(rng, (4000, 1), 0.2, 5.0)[:, 0]

    assert walk.std() == pytest.approx(1.0, abs=0.1)
    assert np.corrcoef(walk[:-1], walk[1:])[0, 1] == pytest.approx(0.8, abs=0.03)
    assert held.mean() == pytest.approx(0.2, abs=0.04)


def test_most_looks_at_hands_are_right_and_sure_ones_more_often():
    reader = Reader(60, HandNoise(constant=0.0), np.random.default_rng(3))
    told = np.array([reader.read(0, 0, 3) for _ in range(600)])
    sure, right = np.exp(told.max(axis=1)), told.argmax(axis=1) == 4

    assert 0.6 < right.mean() < 0.85
    assert right[sure > 0.8].mean() > right[sure < 0.6].mean() + 0.15


def test_only_clear_times_that_last_count():
    at_s = np.arange(40) / 10.0
    covered = np.zeros(40, bool)
    covered[10:20] = covered[24:30] = True

    assert clear_spells(covered, at_s) == [(0.0, pytest.approx(0.9)), (3.0, pytest.approx(3.9))]


def test_a_camera_that_stops_or_stands_still_is_said_to_be_of_no_use():
    stamps = np.arange(0.0, 10.0, 0.1)
    dead = stamps[(stamps < 3.0) | (stamps >= 6.0)]
    frozen = np.where((stamps >= 2.0) & (stamps < 5.0), 2.0, stamps)

    told = [(one.at_s, one.is_usable) for one in camera_health(CameraId("cam1"), dead, dead, 10.0)]
    (still, again) = camera_health(CameraId("cam1"), frozen, stamps, 10.0)

    assert told == [(pytest.approx(3.9), False), (pytest.approx(6.0), True)]
    assert (still.reason, again.is_usable) == ("the picture stands still", True)
    assert list(camera_health(CameraId("cam1"), stamps, stamps, 10.0)) == []


def statistics(**changes: float) -> JournalStatistics:
    plain = dict.fromkeys(JournalStatistics.__dataclass_fields__, 0.5)
    return JournalStatistics(**(plain | changes))


def test_noise_moves_towards_what_real_vision_gets_wrong_and_stays_where_nothing_can_be_compared():
    worse = fitted(ASSUMED, statistics(ghosts_per_minute=0.8, slot_recall=float("nan")), statistics())

    assert worse.people.ghosts_per_minute == pytest.approx(1.6 * ASSUMED.people.ghosts_per_minute)
    assert worse.slots.recall == ASSUMED.slots.recall
    assert fitted(ASSUMED, statistics(), statistics()) == ASSUMED


def test_statistics_of_recordings_are_pooled_without_what_could_not_be_counted():
    both = pooled([statistics(wrist_m=0.02), statistics(wrist_m=float("nan"))])

    assert both.wrist_m == pytest.approx(0.02)


def test_the_same_truth_gives_the_same_people():
    crowd, ticks = bodies((1.5, 2.0), ticks=50), np.arange(50)
    sight = look(CAMERA, (SHELF,), crowd, ticks)
    first, second = (
        find(CAMERA, crowd, ticks, crowd.at_s, sight, PeopleNoise(), np.random.default_rng(7)) for _ in "12"
    )

    assert np.array_equal(first.xy_m, second.xy_m)
    assert np.array_equal(first.tracklet, second.tracklet)
