"""Posters and mannequins are learned and left out; people are not, however still they stand."""

import numpy as np

from vision.ghosts import GhostWatch
from vision.tracklets import TrackletFollower
from vision.types import Tracklets, no_detections, people_found

FPS = 10
POSTER = (100.0, 100.0, 160.0, 260.0)
MIDDLE = (400.0, 150.0, 470.0, 330.0)


class Watched:
    """Ghosts and tracklets of one camera, as the pipeline has them."""

    def __init__(self, seed=0):
        self._rng = np.random.default_rng(seed)
        self._ghosts = GhostWatch()
        self._follower = TrackletFollower()
        self._tracklets = Tracklets(np.empty(0, np.int64), no_detections())
        self.at_s = 0.0

    def see(self, *boxes, noise_px=0.5, stance=0.0):
        """Look at one frame; return which boxes were taken for ghosts."""
        people = detections(boxes, self._rng.normal(0, noise_px, (len(boxes), 4)), stance)
        is_ghost = self._ghosts.find(people, self._tracklets, self.at_s)
        self._tracklets = self._follower.follow(people.take(~is_ghost), self.at_s)
        self.at_s += 1 / FPS
        return is_ghost.tolist()

    def stay(self, seconds, *boxes, **more):
        return [self.see(*boxes, **more) for _ in range(round(seconds * FPS))][-1]

    def walk(self, start, end, *others, speed_px_s=80):
        """Move a box on a straight line, others staying."""
        start, end = np.array(start), np.array(end)
        steps = max(2, round(np.abs(end - start).max() / speed_px_s * FPS))
        return [self.see(start + (end - start) * k / steps, *others) for k in range(steps + 1)][-1]


def detections(boxes, jitter, stance=0.0):
    xyxy = np.array(boxes, float).reshape(-1, 4) + jitter
    size = xyxy[:, 2:] - xyxy[:, :2]
    body = np.stack([np.linspace(0.3 + stance, 0.7, 11), np.linspace(0.05, 0.95, 11)], axis=1)
    points = xyxy[:, None, :2] + body * size[:, None]
    keypoints = np.concatenate([points, np.full((len(xyxy), 11, 1), 0.8)], axis=2)
    return people_found(xyxy, np.full(len(xyxy), 0.7), keypoints)


def test_a_poster_is_left_out_after_twenty_seconds_and_not_before():
    watched = Watched()

    assert watched.stay(19, POSTER) == [False]
    assert watched.stay(2, POSTER) == [True]


def test_a_mannequin_that_is_found_every_third_frame_is_learned_too():
    watched = Watched()

    for _ in range(25 * FPS // 3):
        watched.see(POSTER)
        watched.see()
        last = watched.see()

    assert last == []
    assert watched.see(POSTER) == [True]


def test_somebody_who_walked_in_and_stands_still_for_minutes_is_no_ghost():
    watched = Watched()

    watched.walk((0, 150, 70, 330), MIDDLE)

    assert watched.stay(120, MIDDLE) == [False]


def test_nor_if_they_were_lost_for_a_while_and_have_another_tracklet():
    watched = Watched()
    watched.walk((0, 150, 70, 330), MIDDLE)
    watched.stay(5, MIDDLE)
    watched.stay(15)

    assert watched.stay(60, MIDDLE) == [False]


def test_somebody_before_a_poster_is_seen_and_the_poster_is_still_left_out_afterwards():
    watched = Watched()
    watched.stay(22, POSTER)

    assert watched.walk((300, 120, 380, 330), (90, 120, 170, 330)) == [False]
    assert watched.stay(30, (90, 120, 170, 330)) == [False]
    watched.walk((90, 120, 170, 330), (500, 120, 580, 330))
    assert watched.see(POSTER) == [True]


def test_shoppers_who_pass_a_mannequin_all_day_do_not_make_it_real():
    watched = Watched()

    for _ in range(8):
        watched.walk((0, 110, 70, 290), (560, 110, 630, 290), POSTER, speed_px_s=150)

    assert watched.see(POSTER) == [True]


def test_a_real_person_who_takes_a_ghosts_place_and_shape_ends_it():
    watched = Watched()
    watched.stay(22, POSTER)

    watched.walk((400, 100, 460, 260), POSTER, speed_px_s=40)

    assert watched.stay(30, POSTER) == [False]


def test_a_poster_taken_down_is_forgotten_in_time():
    watched = Watched()
    watched.stay(22, POSTER)

    watched.at_s += 601

    assert watched.see(POSTER) == [False]


def test_somebody_who_came_before_the_camera_did_and_shifts_about_is_no_ghost():
    watched, ghosts = Watched(), []

    for k in range(40 * FPS):
        away = 14 * np.sin(k / FPS)
        ghosts += watched.see(np.array(MIDDLE) + np.array([away, 0, away, 0]))

    assert not any(ghosts)
