from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datasets.synthetic.body.people import MAX_HEIGHT_M, MIN_HEIGHT_M, Person
from datasets.synthetic.pools import Pool
from datasets.synthetic.scene import BodyPose, FloatArray, Keypoint

metres = st.floats(-1.5, 1.5)


@cache
def someone() -> Person:
    return Person(Pool.DEV, 3)


@pytest.fixture(scope="module")
def person() -> Person:
    return someone()


def standing(
    person: Person,
    *,
    wrist_m: FloatArray | None = None,
    xy_m: tuple[float, float] = (0.0, 0.0),
    yaw_rad: float = 0.0,
) -> BodyPose:
    side = np.array([[1.0], [-1.0]])
    ankles = np.concatenate(
        [side * person.half_hip_width_m, [[0.0], [0.0]], [[person.ankle_height_m]] * 2], axis=1
    )
    hanging = person.rest_shoulder_m + side * [0.08, 0.0, 0.0] - [0.0, 0.05, 0.95 * person.arm_reach_m]
    return BodyPose(
        xy_m=np.array(xy_m),
        yaw_rad=yaw_rad,
        ankle_m=ankles,
        foot_yaw_pitch_rad=np.zeros((2, 2)),
        pelvis_drop_m=0.02,
        lean_rad=0.0,
        twist_rad=0.0,
        wrist_m=hanging if wrist_m is None else wrist_m,
        head_yaw_pitch_rad=np.zeros(2),
        finger_curl_rad=np.array([0.3, 0.3]),
    )


def test_the_same_seed_gives_the_same_person() -> None:
    first, second = Person(Pool.DEV, 11), Person(Pool.DEV, 11)
    assert first.outfit == second.outfit
    assert np.array_equal(first.body.vertices_m, second.body.vertices_m)


def test_people_differ_in_height_clothes_and_hair() -> None:
    crowd = [Person(Pool.DEV, seed) for seed in range(12)]
    assert len({person.outfit.hair for person in crowd}) >= 3
    assert len({person.outfit.top_colour for person in crowd}) == 12
    assert all(MIN_HEIGHT_M <= person.height_m <= MAX_HEIGHT_M for person in crowd)


def test_a_dressed_person_is_cheap_to_draw() -> None:
    assert all(len(Person(Pool.DEV, seed).body.faces) < 7000 for seed in range(6))


def test_a_standing_person_is_as_tall_as_they_are(person: Person) -> None:
    posed = person.posed(standing(person))
    assert posed.keypoints_m[Keypoint.HEAD_TOP, 2] == pytest.approx(person.height_m, abs=0.04)
    assert posed.vertices_m[:, 2].min() == pytest.approx(0.0, abs=0.03)


def test_left_is_the_persons_left_whichever_way_they_face(person: Person) -> None:
    for yaw in (0.0, 1.0, 3.0):
        keypoints = person.skeleton_only(standing(person, yaw_rad=yaw)).keypoints_m
        across = keypoints[Keypoint.LEFT_SHOULDER] - keypoints[Keypoint.RIGHT_SHOULDER]
        assert across[:2] @ [np.cos(yaw), np.sin(yaw)] > 0.2


def test_a_wrist_within_reach_is_exactly_where_it_was_asked_to_be(person: Person) -> None:
    target = person.rest_shoulder_m + np.array([0.0, -0.35, -0.1])
    joints = person.skeleton_only(standing(person, wrist_m=target, xy_m=(2.0, 1.0)))
    assert joints.wrist_m == pytest.approx(target + np.array([2.0, 1.0, 0.0]), abs=0.01)


@settings(max_examples=60, deadline=None)
@given(st.tuples(metres, metres, st.floats(0.0, 2.5)))
def test_no_wrist_is_further_from_its_shoulder_than_the_arm_is_long(
    target: tuple[float, float, float],
) -> None:
    person = someone()
    joints = person.skeleton_only(standing(person, wrist_m=np.array([target, target])))
    shoulders = joints.keypoints_m[[Keypoint.LEFT_SHOULDER, Keypoint.RIGHT_SHOULDER]]
    assert np.isfinite(joints.keypoints_m).all()
    assert (np.linalg.norm(joints.wrist_m - shoulders, axis=1) <= person.arm_reach_m + 1e-6).all()


def test_feet_stay_where_they_are_planted_when_the_pelvis_sinks(person: Person) -> None:
    pose = standing(person)
    ankles = person.skeleton_only(pose).keypoints_m[[Keypoint.LEFT_ANKLE, Keypoint.RIGHT_ANKLE]]
    assert ankles == pytest.approx(pose.ankle_m, abs=0.01)


def test_the_palm_lies_a_hand_beyond_the_wrist_and_faces_inward(person: Person) -> None:
    joints = person.skeleton_only(standing(person))
    assert np.linalg.norm(joints.palm_m - joints.wrist_m, axis=1) == pytest.approx([0.08, 0.08], abs=0.03)
    assert joints.palm_normal[0, 0] < -0.4 < 0.4 < joints.palm_normal[1, 0]


def test_the_surface_follows_the_joints(person: Person) -> None:
    posed = person.posed(standing(person, wrist_m=person.rest_shoulder_m + np.array([0.0, -0.4, 0.1])))
    for wrist in posed.wrist_m:
        assert np.linalg.norm(posed.vertices_m - wrist, axis=1).min() < 0.06
    assert np.linalg.norm(posed.normals, axis=1).max() == pytest.approx(1.0, abs=1e-3)
