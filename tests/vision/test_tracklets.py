import numpy as np

from vision.tracklets import FORGET_AFTER_S, TrackletFollower
from vision.types import no_detections, people_found

FRAME_S = 0.1


def people(*rows):
    """Build detections from (x, y, score): boxes of 60 x 150 with that upper left corner."""
    corners = np.array([row[:2] for row in rows], float).reshape(-1, 2)
    n = len(rows)
    return people_found(
        np.concatenate([corners, corners + np.array([60.0, 150.0])], axis=1),
        np.array([row[2] for row in rows], float),
        np.zeros((n, 11, 3)),
    )


def followed(frames):
    follower = TrackletFollower()
    return [follower.follow(frame, index * FRAME_S) for index, frame in enumerate(frames)]


def test_one_frame_alone_is_not_shown_yet():
    first, second = followed([people((100, 100, 0.9))] * 2)

    assert (len(first), len(second)) == (0, 1)


def test_two_people_passing_each_other_keep_their_ids():
    frames = [people((100 + 20 * k, 100, 0.9), (500 - 20 * k, 140, 0.9)) for k in range(21)]

    seen = followed(frames)

    rightwards = {int(tick.tracklet_id[tick.people.xyxy[:, 1] == 100][0]) for tick in seen[1:]}
    leftwards = {int(tick.tracklet_id[tick.people.xyxy[:, 1] == 140][0]) for tick in seen[1:]}
    assert (len(rightwards), len(leftwards)) == (1, 1)
    assert rightwards != leftwards


def test_a_gap_of_a_second_does_not_change_an_id():
    frames = [people((100, 100, 0.9))] * 3 + [no_detections()] * 9 + [people((104, 100, 0.9))]

    seen = followed(frames)

    assert seen[-1].tracklet_id.tolist() == seen[2].tracklet_id.tolist()


def test_somebody_missing_is_expected_further_along_their_way():
    follower = TrackletFollower()
    for index in range(5):
        follower.follow(people((100 + 10 * index, 100, 0.9)), index * FRAME_S)

    follower.follow(no_detections(), 0.5)

    np.testing.assert_allclose(follower.missing_xyxy(0.5), [[150, 100, 210, 250]], atol=3)


def test_a_longer_absence_gives_a_new_id():
    absence = round(FORGET_AFTER_S / FRAME_S) + 2
    frames = [people((100, 100, 0.9))] * 3 + [no_detections()] * absence + [people((100, 100, 0.9))] * 2

    seen = followed(frames)

    assert seen[-1].tracklet_id.tolist() != seen[2].tracklet_id.tolist()


def test_a_weak_detection_carries_a_known_person_but_starts_nobody():
    known = followed([people((100, 100, 0.9))] * 2 + [people((100, 100, 0.2))])
    unknown = followed([people((100, 100, 0.2))] * 5)

    assert len(known[-1]) == 1
    assert all(len(tick) == 0 for tick in unknown)


def test_a_running_person_is_not_lost():
    seen = followed([people((20 + 45 * k, 100, 0.9)) for k in range(12)])

    assert {int(number) for tick in seen for number in tick.tracklet_id} == {1}


def test_a_person_appearing_beside_another_gets_an_own_id():
    frames = [people((100, 100, 0.9))] * 3 + [people((100, 100, 0.9), (165, 100, 0.9))] * 2

    assert followed(frames)[-1].tracklet_id.tolist() == [1, 2]
