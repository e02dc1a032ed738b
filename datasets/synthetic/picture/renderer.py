"""Draw a synthetic store as its cameras see it, with exact truth.

The empty store is rendered once per camera. At every time, what moves is posed, shadowed and lit once for
all cameras; per camera only the windows around movers are drawn, and the rest of the picture is darkened
where movers cast shadows.
"""

from collections.abc import Mapping, Sequence

from datasets.synthetic.body.people import Person
from datasets.synthetic.goods.artwork import build_atlas
from datasets.synthetic.mesh import Mesh, see_through_faces
from datasets.synthetic.picture.bake import BakedCamera, bake_static_view
from datasets.synthetic.picture.camera_sensor import random_mains, random_sensor
from datasets.synthetic.picture.camera_view import CameraView, FrameWish
from datasets.synthetic.picture.canvas import Canvas
from datasets.synthetic.picture.exposure import Meter, random_meter
from datasets.synthetic.picture.lighting import StaticLight, lamps_of
from datasets.synthetic.picture.movers import light_state
from datasets.synthetic.scene import FloatArray, RenderedFrame, SceneState
from datasets.synthetic.store.fixtures import build_room_mesh, draw_decor
from datasets.synthetic.store.layout_types import StoreLayout
from vision.camera_model import CameraModel


class World:
    """A store with everything that does not move, and the people who may enter.

    Attributes:
        layout: Where things stand.
        people: Everybody who may appear in a `SceneState`.
        props: Everything a `PropPose` may point to.
        decor: Materials and lamp strength.
        atlas: Printed matter.
        mesh: What does not move.
        panes: Glass and wire that do not move; None if there is none.
        light: Static light.
        mains: How the lamps flicker.
    """

    def __init__(
        self, layout: StoreLayout, people: Sequence[Person], seed: int, props: Sequence[Mesh] = ()
    ) -> None:
        """Build the store (about 1.5 s); `seed` draws posters, lamp strengths and flicker."""
        self.layout = layout
        self.people = tuple(people)
        self.props = tuple(props)
        self.decor = draw_decor(layout.decor_seed)
        self.atlas = build_atlas(seed, layout.assortment)
        room = build_room_mesh(layout)
        is_pane = see_through_faces(room)
        self.mesh = room.with_faces(~is_pane) if is_pane.any() else room
        self.panes = room.with_faces(is_pane) if is_pane.any() else None
        lamps = lamps_of(layout.lights, layout.room_size_m[2], self.decor, seed)
        self.light = StaticLight(self.mesh, self.atlas, lamps, layout.room_size_m)
        self.mains = random_mains(seed)


def bake_camera(world: World, camera: CameraModel, seed: int) -> BakedCamera:
    """Render the empty store for one camera.

    Raises:
        ValueError: If the picture's width or height is not divisible by four.
    """
    return bake_static_view(world.mesh, world.atlas, world.light, world.decor, camera, seed)


class Renderer:
    """Draws states of one world for a set of cameras; the same arguments give the same bytes."""

    def __init__(self, world: World, cameras: Sequence[CameraModel], sensor_seed: int) -> None:
        """Bake all cameras and draw their sensors from `sensor_seed`."""
        self._world, self._sensor_seed = world, sensor_seed
        self._views: list[CameraView] = []
        self._meter_seeds: list[int] = []
        self._canvases: dict[tuple[int, int], Canvas] = {}
        self._first_of: dict[str, int] = {}
        for camera in cameras:
            self.hang(camera)

    def hang(self, camera: CameraModel) -> int:
        """Bake one more camera and return its row; an id that is there already is that camera elsewhere.

        Raises:
            ValueError: If the picture's width or height is not divisible by four.
        """
        row = len(self._views)
        same = self._first_of.setdefault(camera.camera_id, row)
        baked = bake_camera(self._world, camera, self._sensor_seed + row)
        seed = self._sensor_seed * 1009 + same
        sensor = random_sensor(seed, baked.linear, self._world.mains)
        if camera.size_px not in self._canvases:
            self._canvases[camera.size_px] = Canvas(camera.size_px)
        canvas = self._canvases[camera.size_px]
        self._views.append(CameraView(baked, self._world.atlas, self._world.light, sensor, canvas))
        self._meter_seeds.append(seed)
        return row

    def sharpness(self, row: int, xyz_m: FloatArray) -> float:
        """Return how many pixels a metre at a place `(3,)` takes; 0 where the camera does not see it."""
        return self._views[row].sharpness(xyz_m)

    def render(
        self,
        state: SceneState,
        with_truth: bool = True,
        *,
        with_masks: bool = False,
        earlier: SceneState | None = None,
    ) -> tuple[RenderedFrame, ...]:
        """Draw one time for every camera, in their order.

        Args:
            state: What is where in the middle of the exposure.
            with_truth: Tell what there is to see of people and moving units.
            with_masks: Tell their pixels, too.
            earlier: What was where a few hundredths of a second before: what moves is blurred then.
        """
        wish = FrameWish(with_truth=with_truth, with_masks=with_masks)
        return tuple(self.render_some(state, dict.fromkeys(range(len(self._views)), wish), earlier).values())

    def render_some(
        self, state: SceneState, wishes: Mapping[int, FrameWish], earlier: SceneState | None = None
    ) -> dict[int, RenderedFrame]:
        """Draw one time for some cameras: row of the camera to picture, in the order of the wishes."""
        world = self._world
        movers = light_state(
            state,
            world.people,
            world.layout.assortment,
            world.props,
            world.light,
            panes=world.panes,
            earlier=earlier,
        )
        return {row: self._views[row].render(state, movers, wish) for row, wish in wishes.items()}

    def meter(self, row: int) -> Meter:
        """Return the habits of a camera's automatic exposure, content with the empty store."""
        empty = self._views[row].render(SceneState(0.0, (), ()), None, FrameWish(with_truth=False))
        return random_meter(self._meter_seeds[row], empty.brightness)
