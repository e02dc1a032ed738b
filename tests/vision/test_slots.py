from dataclasses import replace

import cv2
import numpy as np
import pytest

from models import zoo
from vision.camera_model import FloorCamera
from vision.inference import OnnxSession
from vision.settings import SLOT_MODEL
from vision.slot_evidence import SlotReader
from vision.slot_views import MARGIN_PX, UNIT_PLANE_M, shelf_views
from vision.slots import SlotWatcher
from vision.types import Frame

FPS = 4  # as often as slots are looked at
SENSOR_NOISE = np.random.default_rng(0).normal(0, 3, (2, 480, 640, 3)).astype(np.float32)
LABEL = (235, 240, 240)
NOBODY = np.empty((0, 4))


class Shop:
    """Draws a shelf with cartons through the camera and shows it to a watcher, frame by frame."""

    def __init__(self, camera, store_map):
        self.camera = camera
        self.shelf = store_map.shelves[0]
        self.watcher = SlotWatcher(camera, store_map)
        self.reader = SlotReader(OnnxSession(zoo.load(SLOT_MODEL).path))
        self.cartons = {(2 * k + 1) / 10: (40, 200, 90) if k < 5 else (190, 110, 90) for k in range(10)}
        self.light: float | np.ndarray = 1.0
        self.shadow = 1.0
        self.rod = False
        self.index = 0
        self.changes = []

    def picture(self):
        image = np.full((480, 640, 3), 120, np.uint8)
        self.fill(image, (0.0, 2.0), (0.8, 1.2), (60, 60, 60))
        for along, colour in self.cartons.items():
            self.fill(image, (along - 0.04, along + 0.04), (0.8, 1.0), colour)
            self.fill(image, (along - 0.03, along + 0.03), (0.84, 0.92), LABEL)
        if self.rod:
            self.fill(image, (0.3, 0.34), (0.4, 1.4), (230, 230, 230))
        shade = 1 - (1 - self.shadow) / (1 + np.exp((np.arange(640) - 300) / 12))
        light = np.ones(3) * self.light * shade[:, None]
        lit = cv2.multiply(image, np.broadcast_to(light, image.shape).astype(np.float32), dtype=cv2.CV_32F)
        return cv2.add(lit, SENSOR_NOISE[self.index % len(SENSOR_NOISE)], dtype=cv2.CV_8U)

    def fill(self, image, along, height, colour):
        local = np.array(
            [
                [a, UNIT_PLANE_M, z]
                for a, z in (
                    (along[0], height[0]),
                    (along[1], height[0]),
                    (along[1], height[1]),
                    (along[0], height[1]),
                )
            ]
        )
        outline = self.camera.project(self.shelf.to_store(local))
        cv2.fillPoly(image, [np.round(outline).astype(np.int32)], colour)

    def box(self, low, high):
        local = np.array([[a, i, z] for a in (low, high) for i in (-0.4, 0.2) for z in (0.0, 1.7)])
        corners = self.camera.project(self.shelf.to_store(local))
        return np.concatenate([corners.min(0), corners.max(0)])[None]

    def run(self, seconds, people=NOBODY):
        for _ in range(round(seconds * FPS)):
            frame = Frame(self.camera.camera_id, self.index / FPS, self.index, self.picture())
            self.changes += self.watcher.look(frame, people, self.reader)
            self.index += 1


def whole(view):
    rows, columns = view.seen.shape
    return slice(0, rows), slice(0, columns)


@pytest.fixture
def shop(camera, store_map):
    return Shop(camera, store_map)


def test_both_slots_are_seen_from_the_front_and_none_from_behind(camera, store_map):
    (view,) = shelf_views(camera, store_map)
    behind = FloorCamera(camera.camera_id, (640, 480), np.eye(3))

    assert [rectangle.slot_id for rectangle in view.slots] == ["milk", "rice"]
    assert shelf_views(behind, store_map) == ()


def test_a_camera_tells_which_slots_it_watches_and_how_much_it_notices_there(shop, camera, store_map):
    watched = shop.watcher.watched(7.0)
    farther = replace(camera, matrix=camera.matrix * [[0.4], [0.4], [1.0]])
    small = SlotWatcher(farther, store_map).watched(7.0)

    assert (watched.camera_id, watched.at_s) == (camera.camera_id, 7.0)
    assert watched.slot_id == ("milk", "rice")
    assert (watched.noticed > 0.9).all()
    assert (small.noticed < watched.noticed[: len(small.noticed)]).all()


def test_a_straightened_shelf_has_upright_edges_where_the_plan_says(shop, store_map):
    (view,) = shelf_views(shop.camera, store_map)
    shop.cartons = {0.5: (255, 255, 255)}

    picture = view.rectify(shop.picture(), whole(view))

    carton = np.flatnonzero(picture[view.slots[0].bottom - 15, :, 0] > 180)
    assert abs(carton.min() - MARGIN_PX - 46) <= 1
    assert abs(carton.max() - MARGIN_PX - 53) <= 1


def test_a_carton_taken_behind_somebody_is_noticed_in_its_slot_only(shop):
    shop.run(2.0)
    shop.run(1.0, people=shop.box(0.2, 0.9))
    del shop.cartons[0.5]
    shop.run(1.0, people=shop.box(0.2, 0.9))
    shop.run(2.0)

    (change,) = shop.changes
    assert change.slot_id == "milk"
    assert change.log_ratio > 1
    assert change.log_likelihood.taken > change.log_likelihood.came + 0.5
    assert change.units == -1.0
    assert change.since_s == pytest.approx(1.75)
    assert change.at_s == pytest.approx(4.0)


def test_a_carton_put_back_where_it_was_is_one_more(shop):
    colour = shop.cartons[0.5]
    shop.run(2.0)
    shop.cartons.pop(0.5)
    shop.run(1.0, people=shop.box(0.2, 0.9))
    shop.run(2.0)
    shop.cartons[0.5] = colour
    shop.run(1.0, people=shop.box(0.2, 0.9))
    shop.run(2.0)

    assert [(change.slot_id, change.units) for change in shop.changes] == [("milk", -1.0), ("milk", 1.0)]


def test_two_cartons_taken_at_once_are_two_units(shop):
    shop.run(2.0)
    del shop.cartons[0.5], shop.cartons[0.7]
    shop.run(1.0, people=shop.box(0.2, 0.9))
    shop.run(2.0)

    assert [(change.slot_id, change.units) for change in shop.changes] == [("milk", -2.0)]


def test_who_stays_before_one_end_of_a_slot_does_not_hide_the_other_end(shop):
    shop.run(2.0)
    shop.run(1.0, people=shop.box(0.0, 0.9))
    del shop.cartons[0.1]
    shop.run(1.0, people=shop.box(0.0, 0.9))
    shop.run(6.0, people=shop.box(0.75, 0.9))

    assert [(change.slot_id, change.units) for change in shop.changes] == [("milk", -1.0)]


def test_a_shadow_that_falls_on_half_a_shelf_is_no_sale(shop):
    shop.run(2.0)
    shop.shadow = 0.75
    shop.run(1.0, people=shop.box(0.2, 0.9))
    shop.run(2.0)

    assert shop.changes == []


def test_a_white_balance_that_drifts_is_no_sale(shop):
    shop.run(2.0)
    shop.light = np.array([1.12, 1.0, 0.9])
    shop.run(1.0, people=shop.box(0.2, 0.9))
    shop.run(2.0)

    assert shop.changes == []


def test_a_lens_that_goes_dark_and_comes_back_says_nothing(shop):
    shop.run(2.0)
    shop.light = 0.02
    shop.run(2.0, people=shop.box(0.2, 0.9))
    shop.run(2.0)
    shop.light = 1.0
    shop.run(2.0)

    assert shop.changes == []


def test_a_rod_across_the_boards_is_a_trolley_and_no_sale(shop):
    shop.run(2.0)
    shop.rod = True
    shop.run(1.0, people=shop.box(0.2, 0.9))
    shop.run(3.0)
    shop.rod = False
    shop.run(3.0)

    assert shop.changes == []


def test_somebody_who_only_stands_there_changes_nothing(shop):
    shop.run(2.0)
    shop.run(2.0, people=shop.box(0.2, 1.8))
    shop.run(2.0)

    assert shop.changes == []


def test_light_that_changes_meanwhile_is_not_a_sale(shop):
    shop.run(2.0)
    shop.light = 1.15
    shop.run(1.0, people=shop.box(0.2, 0.9))
    shop.run(2.0)

    assert shop.changes == []


def test_nothing_is_said_while_somebody_stands_in_front(shop):
    shop.run(2.0)
    del shop.cartons[0.5]
    shop.run(3.0, people=shop.box(0.2, 0.9))

    assert shop.changes == []


def test_what_happens_beside_the_plan_of_a_slot_is_not_its_change(shop):
    shop.run(2.0)
    del shop.cartons[1.1]
    shop.run(1.0, people=shop.box(0.2, 1.8))
    shop.run(2.0)

    assert [change.slot_id for change in shop.changes] == ["rice"]


def test_something_larger_than_any_product_is_no_sale(shop):
    shop.run(2.0)
    others = {along: colour for along, colour in shop.cartons.items() if along > 1.0}
    shop.cartons = dict.fromkeys(np.arange(0.04, 1.0, 0.08), (0, 200, 200)) | others
    shop.run(1.0, people=shop.box(0.0, 1.0))
    shop.run(2.0)

    assert shop.changes == []


def test_nothing_is_straightened_while_nobody_is_near(shop, monkeypatch):
    shop.run(3.0)
    looked = []
    rectify = type(shop.watcher._shelves[0].view).rectify
    monkeypatch.setattr(
        type(shop.watcher._shelves[0].view), "rectify", lambda *given: looked.append(1) or rectify(*given)
    )
    shop.run(4.0)

    assert len(looked) == 4  # once a second, for the light


def test_slots_behind_another_shelf_are_not_watched(camera, store_map):
    wall = store_map.shelves[0]
    tall = replace(wall.slots[0], slot_id="tall", height_m=(0.0, 2.4))
    gondola = replace(wall, shelf_id="gondola", origin_xy_m=(2.0, 3.0), slots=(tall,))
    hidden = replace(store_map, shelves=(wall, gondola))

    watched = [rectangle.slot_id for view in shelf_views(camera, hidden) for rectangle in view.slots]

    assert "milk" not in watched
