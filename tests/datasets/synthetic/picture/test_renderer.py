import numpy as np
import pytest

from cart_tracker.observations import CameraId
from cart_tracker.store_map import ProductId, Shelf, ShelfId, Slot, SlotId
from datasets.synthetic.body.people import Person
from datasets.synthetic.goods.products import CATALOGUE, Assortment
from datasets.synthetic.picture.movers import light_state
from datasets.synthetic.picture.renderer import Renderer, World, bake_camera
from datasets.synthetic.pools import Pool
from datasets.synthetic.scene import BodyPose, Keypoint, RenderedFrame, SceneState, UnitPose
from datasets.synthetic.store.layout_types import CeilingLight, FloorRectangle, Gate, StoreLayout
from vision.camera_model import CameraModel

WIDTH, HEIGHT = 96, 72
DETERGENT = 14


def tiny_store() -> StoreLayout:
    slot = Slot(SlotId("a"), ProductId(CATALOGUE[0].product_id), (0.1, 0.6), (0.8, 1.2), 4)
    shelf = Shelf(ShelfId("wall"), (0.4, 2.6), (1.0, 0.0), 1.6, 0.35, (slot,))
    return StoreLayout(
        room_size_m=(3.0, 3.0, 2.6),
        assortment=Assortment(CATALOGUE),
        shelves=(shelf,),
        gate=Gate(FloorRectangle((0.2, 0.1), (0.8, 0.5)), ((0.1, 0.6), (0.9, 0.6))),
        exit_post_xy_m=(),
        lights=(CeilingLight((1.0, 1.5)), CeilingLight((2.2, 1.5))),
        clutter=(),
        static_units=(UnitPose(1, 0, (0.6, 2.75, 0.8), 0.0),),
        decor_seed=4,
    )


def ceiling_camera() -> CameraModel:
    position = np.array([2.7, 0.3, 2.4])
    forward = np.array([1.3, 1.7, 0.9]) - position
    forward /= np.linalg.norm(forward)
    right = np.cross(forward, [0.0, 0.0, 1.0])
    right /= np.linalg.norm(right)
    matrix = np.array([[60.0, 0.0, 48.0], [0.0, 60.0, 36.0], [0.0, 0.0, 1.0]])
    rotation = np.stack([right, np.cross(forward, right), forward])
    return CameraModel(
        CameraId("cam1"),
        (WIDTH, HEIGHT),
        matrix,
        np.array([-0.2, 0.04, 0.001, -0.001, 0.0]),
        rotation,
        position,
    )


def standing(person: Person, x: float, y: float) -> BodyPose:
    side = np.array([[1.0], [-1.0]])
    return BodyPose(
        xy_m=np.array([x, y]),
        yaw_rad=0.86,  # towards the camera
        ankle_m=np.concatenate([side * 0.1, [[0.0], [0.0]], [[person.ankle_height_m]] * 2], axis=1),
        foot_yaw_pitch_rad=np.zeros((2, 2)),
        pelvis_drop_m=0.02,
        lean_rad=0.0,
        twist_rad=0.0,
        wrist_m=person.rest_shoulder_m + side * [0.25, 0.0, 0.0] - [0.0, 0.3, 0.25],
        head_yaw_pitch_rad=np.zeros(2),
        finger_curl_rad=np.array([0.3, 0.3]),
    )


@pytest.fixture(scope="module")
def world() -> World:
    return World(tiny_store(), [Person(Pool.DEV, 1), Person(Pool.DEV, 2)], seed=5)


@pytest.fixture(scope="module")
def renderer(world: World) -> Renderer:
    return Renderer(world, [ceiling_camera()], sensor_seed=9)


def crowd(world: World, at_s: float = 1.0, units: tuple[UnitPose, ...] = ()) -> SceneState:
    people = ((0, standing(world.people[0], 1.2, 1.6)), (1, standing(world.people[1], 0.7, 2.1)))
    return SceneState(at_s, people, units)


def seen(renderer: Renderer, state: SceneState) -> RenderedFrame:
    (frame,) = renderer.render(state)
    return frame


def test_the_same_seed_gives_the_same_bytes_whatever_was_drawn_before(
    world: World, renderer: Renderer
) -> None:
    state = crowd(world)
    first = seen(renderer, state)
    seen(renderer, crowd(world, at_s=2.0, units=(UnitPose(9, 0, (1.5, 1.0, 1.0), 0.0),)))
    again = seen(renderer, state)
    fresh = seen(Renderer(world, [ceiling_camera()], sensor_seed=9), state)
    assert np.array_equal(first.image, again.image)
    assert np.array_equal(first.image, fresh.image)


def test_noise_changes_from_frame_to_frame(world: World, renderer: Renderer) -> None:
    first, second = seen(renderer, crowd(world, 1.0)), seen(renderer, crowd(world, 1.1))
    assert not np.array_equal(first.image, second.image)


def test_a_picture_is_neither_black_nor_burnt_out(world: World, renderer: Renderer) -> None:
    image = seen(renderer, crowd(world)).image
    assert image.shape == (HEIGHT, WIDTH, 3)
    assert 60 < image.mean() < 200
    assert image.std() > 15


def test_visible_boxes_lie_inside_amodal_boxes_and_the_picture(world: World, renderer: Renderer) -> None:
    people = seen(renderer, crowd(world)).people
    assert len(people) == 2
    for truth in people:
        low, high = truth.visible_xyxy[:2], truth.visible_xyxy[2:]
        assert (low >= np.maximum(truth.amodal_xyxy[:2] - 1, 0)).all()
        assert (high <= np.minimum(truth.amodal_xyxy[2:] + 1, [WIDTH, HEIGHT])).all()
        assert 0 < truth.visibility <= 1
        assert 0 <= truth.truncation < 1


def test_a_person_alone_is_wholly_visible(world: World, renderer: Renderer) -> None:
    (truth,) = seen(renderer, SceneState(1.0, crowd(world).people[:1], ())).people
    assert truth.visibility == 1.0
    assert truth.truncation == 0.0
    assert truth.visible_xyxy == pytest.approx(truth.amodal_xyxy, abs=1.0)


def test_seen_wrists_lie_on_pixels_that_the_body_changed(world: World, renderer: Renderer) -> None:
    empty = seen(renderer, SceneState(1.0, (), ())).image.astype(float)
    frame = seen(renderer, SceneState(1.0, crowd(world).people[:1], ()))
    changed = np.abs(frame.image.astype(float) - empty).max(2) > 12
    truth = frame.people[0]
    for wrist in (Keypoint.LEFT_WRIST, Keypoint.RIGHT_WRIST):
        u, v = truth.keypoint_uv[wrist].astype(int)
        assert truth.keypoint_visible[wrist] == 2
        assert changed[v - 1 : v + 2, u - 1 : u + 2].any()


def test_keypoints_outside_the_picture_are_marked_absent(world: World, renderer: Renderer) -> None:
    near_camera = SceneState(1.0, ((0, standing(world.people[0], 2.6, 0.5)),), ())
    for truth in seen(renderer, near_camera).people:
        inside = ((truth.keypoint_uv >= 0) & (truth.keypoint_uv < [WIDTH, HEIGHT])).all(1)
        assert not truth.keypoint_visible[~inside].any()
        assert truth.truncation > 0.3


def test_a_unit_is_drawn_where_the_camera_projects_it(world: World, renderer: Renderer) -> None:
    height_m = CATALOGUE[DETERGENT].size_m[2]
    unit = UnitPose(7, DETERGENT, (1.3, 1.2, 1.0), 0.3)
    (truth,) = seen(renderer, SceneState(1.0, (), (unit,))).units
    middle = ceiling_camera().project(np.array([[1.3, 1.2, 1.0 + height_m / 2]]))[0]
    found = (truth.visible_xyxy[:2] + truth.visible_xyxy[2:]) / 2
    assert truth.visibility == 1.0
    assert found == pytest.approx(middle, abs=1.5)


def test_a_unit_inside_a_cupboard_of_shelf_boards_is_hidden(world: World, renderer: Renderer) -> None:
    below_the_board = UnitPose(8, 7, (1.2, 2.93, 0.70), 0.0)
    (truth,) = seen(renderer, SceneState(1.0, (), (below_the_board,))).units
    assert truth.visibility == 0.0
    assert not truth.visible_xyxy.any()


def test_a_shopper_darkens_the_floor_beside_them(world: World, renderer: Renderer) -> None:
    empty = seen(renderer, SceneState(1.0, (), ())).image.astype(float)
    frame = seen(renderer, SceneState(1.0, crowd(world).people[:1], ()))
    ankle = frame.people[0].keypoint_uv[Keypoint.RIGHT_ANKLE]
    u, v = (ankle + np.array([0, 3])).astype(int)
    beside = (slice(v, v + 3), slice(u - 8, u + 9))
    assert frame.image[beside].mean() < empty[beside].mean() - 3


def test_a_unit_at_rest_is_as_bright_as_its_neighbour_that_never_moves(
    world: World, renderer: Renderer
) -> None:
    frame = seen(renderer, SceneState(1.0, (), (UnitPose(9, 0, (0.75, 2.75, 0.8), 0.0),))).image.astype(float)
    camera = ceiling_camera()
    brightness = []
    for x in (0.6, 0.75):
        u, v = camera.project(np.array([[x, 2.75, 0.86]]))[0].astype(int)
        brightness.append(frame[v - 1 : v + 2, u - 1 : u + 2].mean())
    assert brightness[1] == pytest.approx(brightness[0], rel=0.35)


def test_what_faces_away_from_all_lamps_is_lit_by_the_room(world: World) -> None:
    movers = light_state(crowd(world), world.people, world.layout.assortment, world.props, world.light)
    assert movers is not None
    normals = np.concatenate([posed.normals for posed in movers.posed])
    facing_down = normals[:, 2] < -0.8
    assert (movers.light[facing_down] > 0.004).mean() > 0.95


def test_pictures_without_truth_are_the_same_pictures(world: World, renderer: Renderer) -> None:
    with_truth = seen(renderer, crowd(world))
    (without,) = renderer.render(crowd(world), with_truth=False)
    assert np.array_equal(with_truth.image, without.image)
    assert without.people == ()


def test_a_picture_size_that_cannot_be_divided_is_refused(world: World) -> None:
    camera = ceiling_camera()
    odd = CameraModel(
        CameraId("odd"), (95, 72), camera.matrix, camera.distortion, camera.rotation, camera.position_m
    )
    with pytest.raises(ValueError, match="camera 'odd' is 95x72"):
        bake_camera(world, odd, seed=0)
