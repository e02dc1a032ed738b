from dataclasses import replace

import numpy as np
import pytest

from cart_tracker.observations import CameraId
from cart_tracker.store_map import ProductId, Shelf, ShelfId, Slot, SlotId
from datasets.synthetic.body.people import Person
from datasets.synthetic.goods.products import draw_assortment
from datasets.synthetic.mesh import Material, Mesh, joined, quad
from datasets.synthetic.picture.camera_view import FrameWish
from datasets.synthetic.picture.movers import light_state
from datasets.synthetic.picture.renderer import Renderer, World, bake_camera
from datasets.synthetic.pools import Pool
from datasets.synthetic.scene import BodyPose, Keypoint, PropPose, RenderedFrame, SceneState, UnitPose
from datasets.synthetic.store.layout_types import CeilingLight, FloorRectangle, Gate, StoreLayout
from vision.camera_model import CameraModel

SOLD = draw_assortment(np.random.default_rng(6), Pool.DEV, 16)
WIDTH, HEIGHT = 96, 72
DETERGENT = 14
DIP = 12


def tiny_store() -> StoreLayout:
    slot = Slot(SlotId("a"), ProductId(SOLD[0].product_id), (0.1, 0.6), (0.8, 1.2), 4)
    shelf = Shelf(ShelfId("wall"), (0.4, 2.6), (1.0, 0.0), 1.6, 0.35, (slot,))
    return StoreLayout(
        room_size_m=(3.0, 3.0, 2.6),
        assortment=SOLD,
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


def pane() -> Mesh:
    """A window that faces the camera, with a bar of wood above it."""
    across, up = np.array([0.65, 0.76, 0.0]), np.array([0.0, 0.0, 1.0])
    normal = np.array([0.76, -0.65, 0.0])
    corners = [-0.4 * across, 0.4 * across, 0.4 * across + 1.8 * up, -0.4 * across + 1.8 * up]
    bar = [corner + 1.8 * up for corner in (corners[0], corners[1])]
    bar += [bar[1] + 0.1 * up, bar[0] + 0.1 * up]
    return joined(
        [quad(corners, normal, Material.GLASS, colour=(0.4, 0.4, 0.4)), quad(bar, normal, Material.PLAIN)]
    )


@pytest.fixture(scope="module")
def world() -> World:
    return World(tiny_store(), [Person(Pool.DEV, 1), Person(Pool.DEV, 2)], seed=5, props=[pane()])


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
    assert truth.visibility > 0.995
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
    height_m = SOLD[DETERGENT].size_m[2]
    unit = UnitPose(7, DETERGENT, (1.3, 1.2, 1.0), 0.3)
    (truth,) = seen(renderer, SceneState(1.0, (), (unit,))).units
    middle = ceiling_camera().project(np.array([[1.3, 1.2, 1.0 + height_m / 2]]))[0]
    found = (truth.visible_xyxy[:2] + truth.visible_xyxy[2:]) / 2
    assert truth.visibility == 1.0
    assert found == pytest.approx(middle, abs=1.5)


def test_a_unit_inside_a_cupboard_of_shelf_boards_is_hidden(world: World, renderer: Renderer) -> None:
    below_the_board = UnitPose(8, DIP, (1.2, 2.93, 0.70), 0.0)
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


def walking(world: World, at_s: float, speed_m_s: float) -> SceneState:
    pose = standing(world.people[0], 1.2, 1.6)
    away = np.array([0.65, 0.76]) * speed_m_s * (at_s - 1.0)  # across the picture
    return SceneState(at_s, ((0, replace(pose, xy_m=pose.xy_m + away)),), ())


def test_what_moves_is_blurred_and_what_stands_is_not(world: World, renderer: Renderer) -> None:
    sharp = seen(renderer, walking(world, 1.0, 0.0)).image.astype(float)
    (standing_still,) = renderer.render(walking(world, 1.0, 0.0), earlier=walking(world, 0.98, 0.0))
    (running,) = renderer.render(walking(world, 1.0, 6.0), earlier=walking(world, 0.98, 6.0))
    assert np.array_equal(standing_still.image, sharp)
    u0, v0, u1, v1 = running.people[0].visible_xyxy.astype(int)
    body = (slice(v0 + 5, v1 - 5), slice(max(u0 - 3, 0), u1 + 3))
    steepest = [np.abs(np.diff(image[body], axis=1)).max() for image in (running.image.astype(float), sharp)]
    assert steepest[0] < 0.8 * steepest[1]


def test_truth_of_a_blurred_picture_is_that_of_the_middle_of_the_exposure(
    world: World, renderer: Renderer
) -> None:
    (middle,) = seen(renderer, walking(world, 1.0, 0.0)).people
    (blurred,) = renderer.render(walking(world, 1.0, 6.0), earlier=walking(world, 0.98, 6.0))[0].people
    assert np.array_equal(blurred.visible_xyxy, middle.visible_xyxy)
    assert np.array_equal(blurred.keypoint_visible, middle.keypoint_visible)


def before_glass(world: World) -> SceneState:
    """Somebody behind the pane, as the camera sees it."""
    person, window = standing(world.people[0], 1.2, 1.6), PropPose(0, (1.6, 1.2, 0.0), 0.0)
    return SceneState(1.0, ((0, person),), (), (window,))


def test_glass_veils_what_is_behind_but_truth_sees_through_it(world: World, renderer: Renderer) -> None:
    behind = before_glass(world)
    clear, veiled = seen(renderer, replace(behind, props=())), seen(renderer, behind)
    u, v = clear.people[0].keypoint_uv[Keypoint.LEFT_HIP].astype(int)
    changed = np.abs(veiled.image.astype(float) - clear.image)[v - 3 : v + 4, u - 3 : u + 4]
    assert 3 < changed.mean() < 60
    assert veiled.people[0].visibility > 0.9
    assert np.array_equal(veiled.people[0].keypoint_visible[3:9], clear.people[0].keypoint_visible[3:9])


def test_glass_casts_no_shadow_but_its_frame_does(world: World) -> None:
    state = SceneState(1.0, (), (), (PropPose(0, (1.6, 1.2, 0.0), 0.0),))
    movers = light_state(state, world.people, world.layout.assortment, world.props, world.light)
    assert movers is not None
    assert len(movers.faces) == 2
    assert len(movers.panes) == 2
    assert movers.shadow_maps.any()


def test_masks_are_the_visible_pixels(world: World, renderer: Renderer) -> None:
    unit = UnitPose(7, DETERGENT, (1.3, 1.2, 1.0), 0.3)
    (frame,) = renderer.render(crowd(world, units=(unit,)), with_masks=True)
    assert {(mask.person, mask.unit_id) for mask in frame.masks} == {(0, None), (1, None), (None, 7)}
    # Pixels on an edge belong to both sides.
    assert np.sum([mask.pixels for mask in frame.masks], axis=0).max() <= 2
    for truth in frame.people:
        (mask,) = (mask.pixels for mask in frame.masks if mask.person == truth.person)
        rows, columns = np.nonzero(mask)
        found = np.array([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1])
        assert (found[:2] >= truth.visible_xyxy[:2] - 1).all()
        assert (found[2:] <= truth.visible_xyxy[2:] + 1).all()
        assert truth.visible_xyxy == pytest.approx(found, abs=4.0)  # thin toes fill no pixel


def test_some_cameras_can_be_drawn_with_a_gain_of_their_own(world: World) -> None:
    elsewhere = replace(ceiling_camera(), camera_id=CameraId("cam2"))
    renderer = Renderer(world, [ceiling_camera(), elsewhere], sensor_seed=9)
    both = renderer.render(crowd(world))
    (second,) = renderer.render_some(crowd(world), {1: FrameWish()}).values()
    (brighter,) = renderer.render_some(crowd(world), {1: FrameWish(gain=1.5)}).values()
    assert np.array_equal(second.image, both[1].image)
    assert brighter.brightness > second.brightness + 5


def test_a_camera_that_hangs_elsewhere_keeps_its_sensor(world: World) -> None:
    moved = replace(ceiling_camera(), position_m=ceiling_camera().position_m - [0.4, 0.0, 0.0])
    renderer = Renderer(world, [ceiling_camera(), moved], sensor_seed=9)
    first, second = renderer.meter(0), renderer.meter(1)
    assert (first.settling_s, first.strength) == (second.settling_s, second.strength)
    images = [frame.image for frame in renderer.render(crowd(world))]
    assert not np.array_equal(*images)


def test_a_camera_knows_which_places_it_sees(renderer: Renderer) -> None:
    near, far, behind = ([1.3, 1.7, 0.9], [0.3, 2.5, 1.9], [2.9, 0.1, 2.5])
    assert renderer.sharpness(0, np.array(near)) > renderer.sharpness(0, np.array(far)) > 0
    assert renderer.sharpness(0, np.array(behind)) == 0
    assert renderer.sharpness(0, np.array([0.9, 2.95, 0.2])) == 0  # under the lowest board
