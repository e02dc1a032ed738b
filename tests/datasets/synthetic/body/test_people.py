from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datasets.synthetic.body.complexion import SKIN_TONES
from datasets.synthetic.body.people import MAX_HEIGHT_M, MIN_HEIGHT_M, Person, PersonWish
from datasets.synthetic.body.wardrobe import Bag, Pushed
from datasets.synthetic.pools import Pool
from datasets.synthetic.scene import BodyPose, FloatArray, Keypoint

metres = st.floats(-1.5, 1.5)
SIDE = np.array([[1.0], [-1.0]])


@cache
def someone() -> Person:
    return Person(Pool.DEV, 3)


@cache
def crowd() -> tuple[Person, ...]:
    return tuple(Person(Pool.DEV, seed) for seed in range(38))


@pytest.fixture(scope="module")
def person() -> Person:
    return someone()


def standing(
    person: Person,
    *,
    wrist_m: FloatArray | None = None,
    xy_m: tuple[float, float] = (0.0, 0.0),
    yaw_rad: float = 0.0,
    curl_rad: float = 0.3,
) -> BodyPose:
    ankles = np.concatenate(
        [SIDE * person.half_hip_width_m, [[0.0], [0.0]], [[person.ankle_height_m]] * 2], axis=1
    )
    hanging = person.rest_shoulder_m + SIDE * [0.08, 0.0, 0.0] - [0.0, 0.05, 0.95 * person.arm_reach_m]
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
        finger_curl_rad=np.full(2, curl_rad),
    )


def test_the_same_seed_gives_the_same_person() -> None:
    first, second = Person(Pool.DEV, 11), Person(Pool.DEV, 11)
    assert first.outfit == second.outfit
    assert first.looks == second.looks
    assert np.array_equal(first.body.vertices_m, second.body.vertices_m)
    assert np.array_equal(first.body.colour, second.body.colour)


def test_people_differ_in_height_clothes_and_hair() -> None:
    assert len({person.outfit.hair for person in crowd()}) >= 6
    assert len({person.looks.garment for person in crowd()}) >= 12
    assert len({person.outfit.layers[-1].cloth.colour for person in crowd()}) == len(crowd())
    assert all(MIN_HEIGHT_M <= person.height_m <= MAX_HEIGHT_M for person in crowd())


def test_a_dressed_person_is_cheap_to_draw() -> None:
    counts = [len(person.body.faces) for person in crowd()]
    assert max(counts) <= 7000
    assert np.mean(counts) < 6200


def test_looks_say_what_the_person_is() -> None:
    for person in crowd():
        assert person.looks.height_m == pytest.approx(person.height_m, abs=1e-3)
        assert person.looks.garment == person.outfit.cut
        assert person.looks.skin_tone in SKIN_TONES
        assert person.looks.is_masked == (person.outfit.mask is not None)
        assert not person.looks.is_staff


def test_a_child_is_smaller_than_a_grown_up_and_the_old_stoop() -> None:
    children = [Person(Pool.DEV, seed, PersonWish(age_years=(6, 9))) for seed in range(4)]
    old = [Person(Pool.DEV, seed, PersonWish(age_years=(76, 80))) for seed in range(4)]
    assert max(child.height_m for child in children) < 1.50
    assert max(child.arm_reach_m for child in children) < min(someone.arm_reach_m for someone in old)
    for one in old:
        joints = one.skeleton_only(standing(one))
        assert joints.keypoints_m[Keypoint.HEAD_TOP, 1] < one.skeleton.head_top_m[1] - 0.01


def test_ages_are_as_wished() -> None:
    for low, high in ((6, 12), (13, 17), (30, 40), (70, 80)):
        person = Person(Pool.DEV, low, PersonWish(age_years=(low, high)))
        assert low <= person.looks.age_years <= high


def test_staff_wear_the_colour_of_their_store() -> None:
    for seed in range(4):
        person = Person(Pool.DEV, seed, PersonWish(is_staff=True, uniform_rgb=(0.4, 0.02, 0.02)))
        worn = {person.outfit.apron, *(layer.cloth.colour for layer in person.outfit.layers)}
        assert person.looks.is_staff
        assert (0.4, 0.02, 0.02) in worn
        assert person.looks.garment in ("apron", "vest")


def test_who_carries_a_bag_in_the_hand_has_that_hand_bound() -> None:
    assert {person.outfit.bag for person in crowd()} == set(Bag)
    for person in crowd():
        assert (person.bag_hand == 0) == (person.outfit.bag == Bag.HAND_TOTE)


def test_who_pushes_has_both_hands_free_and_reaches_the_handle() -> None:
    for seed, pushes in enumerate((Pushed.TROLLEY, Pushed.PRAM, Pushed.TROLLEY, Pushed.PRAM)):
        person = Person(Pool.DEV, seed, PersonWish(age_years=(20, 60), pushes=pushes))
        assert person.bag_hand is None
        assert person.push_hands_m is not None
        joints = person.skeleton_only(standing(person, wrist_m=person.push_hands_m))
        assert joints.wrist_m == pytest.approx(person.push_hands_m, abs=0.02)


def test_who_sits_in_a_wheelchair_is_on_its_seat_with_the_feet_on_the_rests() -> None:
    for seed in range(4):
        person = Person(Pool.DEV, seed, PersonWish(age_years=(20, 80), pushes=Pushed.WHEELCHAIR))
        assert person.is_seated
        assert person.seated is not None
        seated = person.seated
        pose = BodyPose(
            xy_m=np.zeros(2),
            yaw_rad=0.0,
            ankle_m=seated.ankle_m,
            foot_yaw_pitch_rad=np.zeros((2, 2)),
            pelvis_drop_m=seated.pelvis_drop_m,
            lean_rad=0.0,
            twist_rad=0.0,
            wrist_m=seated.wrist_m,
            head_yaw_pitch_rad=np.zeros(2),
            finger_curl_rad=np.full(2, 0.4),
        )
        joints = person.skeleton_only(pose)
        hips = joints.keypoints_m[[Keypoint.LEFT_HIP, Keypoint.RIGHT_HIP], 2]
        assert hips == pytest.approx(seated.seat_height_m + 0.11, abs=0.03)
        ankles = joints.keypoints_m[[Keypoint.LEFT_ANKLE, Keypoint.RIGHT_ANKLE]]
        assert ankles == pytest.approx(seated.ankle_m, abs=0.07)
        knees = joints.bone_head_m[[person.skeleton.bone[f"lowerleg01.{side}"] for side in "LR"]]
        assert (knees[:, 1] < -0.25).all()
        assert (knees[:, 2] > 0.4).all()


def test_a_standing_person_is_as_tall_as_they_are(person: Person) -> None:
    posed = person.posed(standing(person))
    assert posed.keypoints_m[Keypoint.HEAD_TOP, 2] == pytest.approx(person.height_m, abs=0.05)
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


def test_a_shoulder_rises_with_its_arm_and_comes_forward_with_a_reach(person: Person) -> None:
    def shoulder(away_m: tuple[float, float, float]) -> FloatArray:
        wrists = person.rest_shoulder_m + np.array(away_m)
        joints = person.skeleton_only(standing(person, wrist_m=wrists))
        place: FloatArray = joints.keypoints_m[Keypoint.LEFT_SHOULDER]
        return place

    hanging, raised, ahead = shoulder((0, 0, -0.5)), shoulder((0, -0.1, 0.6)), shoulder((0, -0.6, 0))
    assert raised[2] > hanging[2] + 0.03
    assert ahead[1] < hanging[1] - 0.02


def test_fingers_of_a_relaxed_hand_lie_side_by_side(person: Person) -> None:
    joints = person.skeleton_only(standing(person, curl_rad=0.0))
    tips = [joints.bone_head_m[person.skeleton.bone[f"finger{k}-3.L"]] for k in (2, 3, 4, 5)]
    gaps = np.linalg.norm(np.diff(tips, axis=0), axis=1)
    at_rest = [person.skeleton.head_m[person.skeleton.bone[f"finger{k}-3.L"]] for k in (2, 3, 4, 5)]
    assert gaps.sum() < 0.9 * np.linalg.norm(np.diff(at_rest, axis=0), axis=1).sum()


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
