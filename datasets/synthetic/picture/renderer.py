"""Draw a synthetic store as its cameras see it, with exact truth.

The empty store is rendered once per camera. At every time, what moves is posed, shadowed and lit once for
all cameras; per camera only the windows around movers are drawn, and the rest of the picture is darkened
where movers cast shadows.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from datasets.synthetic.body.people import Person
from datasets.synthetic.goods.artwork import build_atlas
from datasets.synthetic.mesh import Mesh
from datasets.synthetic.picture.bake import SAMPLES, BakedCamera, bake_static_view
from datasets.synthetic.picture.camera_sensor import (
    CameraSensor,
    develop,
    random_sensor,
    read_out,
    toned_picture,
)
from datasets.synthetic.picture.lighting import MAP_HALF_TAN, StaticLight, lamps_of
from datasets.synthetic.picture.movers import Movers, light_state
from datasets.synthetic.picture.raster import fill_triangles, measure_window, merge_window
from datasets.synthetic.picture.shading import disc_taps, moving_shadow
from datasets.synthetic.picture.surface import shade_movers
from datasets.synthetic.scene import (
    Float32Array,
    FloatArray,
    IntArray,
    PersonTruth,
    RenderedFrame,
    SceneState,
    UnitTruth,
)
from datasets.synthetic.store.fixtures import build_room_mesh, draw_decor
from datasets.synthetic.store.layout_types import StoreLayout
from vision.camera_model import CameraModel

SHADOW_TAPS = disc_taps(8)
OWN_BODY_M = 0.12  # a joint lies inside its body: this much of the own body may be in front of a seen joint
OTHER_SURFACE_M = 0.03  # anything else in front by more than this hides a joint


class World:
    """A store with everything that does not move, and the people who may enter.

    Attributes:
        layout: Where things stand.
        people: Everybody who may appear in a `SceneState`.
        props: Everything a `PropPose` may point to.
        decor: Materials and lamp strength.
        atlas: Printed matter.
        mesh: What does not move.
        light: Static light.
    """

    def __init__(
        self, layout: StoreLayout, people: Sequence[Person], seed: int, props: Sequence[Mesh] = ()
    ) -> None:
        """Build the store (about 1.5 s); `seed` draws posters and lamp strengths."""
        self.layout = layout
        self.people = tuple(people)
        self.props = tuple(props)
        self.decor = draw_decor(layout.decor_seed)
        products = layout.assortment.products
        self.atlas = build_atlas(
            seed, tuple(sold.name for sold in products), tuple(sold.price_minor for sold in products)
        )
        self.mesh = build_room_mesh(layout)
        lamps = lamps_of(layout.lights, layout.room_size_m[2], self.decor, seed)
        self.light = StaticLight(self.mesh, self.atlas, lamps, layout.room_size_m)


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
        self._world = world
        self._views = [
            _CameraView(world, bake_camera(world, camera, sensor_seed + index), sensor_seed * 1009 + index)
            for index, camera in enumerate(cameras)
        ]

    def render(self, state: SceneState, with_truth: bool = True) -> tuple[RenderedFrame, ...]:
        """Draw one time for every camera, in their order; without truth, frames have no people and units."""
        movers = light_state(
            state, self._world.people, self._world.layout.assortment, self._world.props, self._world.light
        )
        return tuple(view.render(state, movers, with_truth) for view in self._views)


@dataclass(frozen=True, slots=True)
class _Drawn:
    """What drawing one mover into a picture found out; samples are half pixels.

    Attributes:
        window: Left, top, right, bottom in samples, inside the picture.
        amodal: `(4,)` box of all projected vertices, samples.
        covered: Samples that the mover covers if nothing is in front.
    """

    window: tuple[int, int, int, int]
    amodal: FloatArray
    covered: int


class _CameraView:
    """One camera's buffers; what a frame changes is put back afterwards."""

    def __init__(self, world: World, baked: BakedCamera, sensor_seed: int) -> None:
        self._world, self._baked = world, baked
        self._sensor: CameraSensor = random_sensor(sensor_seed, baked.linear)
        self._empty_toned = toned_picture(self._sensor, baked.linear)
        height, width = baked.linear.shape[:2]
        self._nearness = baked.nearness.copy()
        self._face_at = np.full(baked.nearness.shape, -1, dtype=np.int32)
        self._window_nearness = np.zeros(baked.nearness.size, dtype=np.float32)
        self._window_face = np.zeros(baked.nearness.size, dtype=np.int32)
        self._mover_linear = np.zeros((height, width, 3), dtype=np.float32)
        self._coverage = np.zeros((height, width), dtype=np.float32)
        self._toned = np.empty((height, width, 3), dtype=np.float32)

    def render(self, state: SceneState, movers: Movers | None, with_truth: bool) -> RenderedFrame:
        moment = round(state.at_s * 1000) & 0xFFFFFFFFFF
        if movers is None:
            return RenderedFrame(read_out(self._sensor, self._empty_toned, moment), (), ())
        screen = self._baked.lens.project(movers.vertices_m)
        drawn = [self._draw(movers, index, screen) for index in range(len(movers.first_face) - 1)]
        rows = self._rows(drawn)
        atlas = self._world.atlas
        shade_movers(
            self._face_at,
            rows,
            screen,
            movers.faces,
            movers.material,
            movers.pattern_of_face,
            movers.texture,
            movers.colour,
            movers.light,
            movers.patterns,
            atlas.texels,
            atlas.level_start,
            atlas.level_size,
            self._mover_linear,
            self._coverage,
        )
        develop(
            self._empty_toned,
            self._baked.linear,
            self._shade(movers),
            rows,
            self._mover_linear,
            self._coverage,
            self._sensor.gain,
            self._sensor.tone,
            self._toned,
        )
        image = read_out(self._sensor, self._toned, moment)
        people = self._people_truth(state, movers, drawn) if with_truth else ()
        units = self._units_truth(state, movers, drawn) if with_truth else ()
        for one in drawn:
            if one is not None:
                left, top, right, bottom = one.window
                self._face_at[top:bottom, left:right] = -1
                self._nearness[top:bottom, left:right] = self._baked.nearness[top:bottom, left:right]
        return RenderedFrame(image, people, units)

    def _draw(self, movers: Movers, index: int, screen: FloatArray) -> _Drawn | None:
        """Draw one mover by itself, then into the picture; None if it is outside."""
        own = screen[movers.first_vertex[index] : movers.first_vertex[index + 1]]
        seen = own[own[:, 2] > 0, :2]
        if len(seen) == 0:
            return None
        low, high = seen.min(0), seen.max(0)
        rows, columns = self._baked.nearness.shape
        left, top = max(int(low[0]) - 1, 0), max(int(low[1]) - 1, 0)
        right, bottom = min(int(high[0]) + 2, columns), min(int(high[1]) + 2, rows)
        if right <= left or bottom <= top:
            return None
        shape = (bottom - top, right - left)
        size = shape[0] * shape[1]
        nearness, face_at = (
            self._window_nearness[:size].reshape(shape),
            self._window_face[:size].reshape(shape),
        )
        nearness[:] = 0.0
        fill_triangles(
            screen,
            movers.faces,
            movers.first_face[index],
            movers.first_face[index + 1],
            left,
            top,
            nearness,
            face_at,
        )
        covered = merge_window(nearness, face_at, left, top, self._nearness, self._face_at)
        return _Drawn((left, top, right, bottom), np.concatenate([low, high]), covered)

    def _rows(self, drawn: Sequence[_Drawn | None]) -> IntArray:
        """Columns from and to of each pixel row that may hold a mover, `(h, 2)`."""
        rows = np.zeros((len(self._coverage), 2), dtype=np.int64)
        rows[:, 0] = self._coverage.shape[1]
        for one in drawn:
            if one is not None:
                left, top, right, bottom = one.window
                span = rows[top // SAMPLES : -(-bottom // SAMPLES)]
                np.minimum(span[:, 0], left // SAMPLES, out=span[:, 0])
                np.maximum(span[:, 1], -(-right // SAMPLES), out=span[:, 1])
        return rows

    def _shade(self, movers: Movers) -> Float32Array:
        """Coarse picture `(h/4, w/4)` of how much movers darken what is static."""
        factor = np.empty(len(self._baked.shadow_place_m), dtype=np.float32)
        moving_shadow(
            self._baked.shadow_place_m,
            self._baked.shadow_normal,
            self._baked.lamp_share,
            self._world.light.lamps.places,
            movers.shadow_maps,
            movers.occupied,
            MAP_HALF_TAN,
            SHADOW_TAPS,
            movers.occluders_m,
            factor,
        )
        coarse = factor.reshape(self._baked.shadow_shape)
        return cv2.GaussianBlur(coarse, (3, 3), 0.8).astype(np.float32, copy=False)

    def _visible(self, movers: Movers, index: int, one: _Drawn) -> tuple[float, FloatArray]:
        """Visible share of one mover and the box `(4,)` of its visible samples, pixels."""
        found = np.zeros(5, dtype=np.int64)
        measure_window(
            self._face_at, movers.first_face[index], movers.first_face[index + 1], np.array(one.window), found
        )
        box = found[1:] / SAMPLES if found[0] else np.zeros(4)
        return float(found[0] / max(one.covered, 1)), box

    def _people_truth(
        self, state: SceneState, movers: Movers, drawn: Sequence[_Drawn | None]
    ) -> tuple[PersonTruth, ...]:
        truths = []
        width, height = self._baked.camera.size_px
        for index, (person, _) in enumerate(state.people):
            one = drawn[index]
            if one is None:
                continue
            visibility, visible = self._visible(movers, index, one)
            amodal = one.amodal / SAMPLES
            inside = np.clip(amodal, 0, [width, height, width, height])
            area = max(float((amodal[2] - amodal[0]) * (amodal[3] - amodal[1])), 1e-9)
            kept = float((inside[2] - inside[0]) * (inside[3] - inside[1]))
            uv, seen = self._keypoints(movers, index)
            truths.append(PersonTruth(person, amodal, visible, visibility, 1.0 - kept / area, uv, seen))
        return tuple(truths)

    def _keypoints(self, movers: Movers, index: int) -> tuple[FloatArray, IntArray]:
        """Project a person's joints and test them against what the picture shows there."""
        joints = movers.posed[index].keypoints_m
        uv = self._baked.camera.project(joints)
        projected = self._baked.lens.project(joints)
        rows, columns = self._baked.nearness.shape
        seen = np.zeros(len(joints), dtype=np.int64)
        for row, (u, v, depth) in enumerate(projected):
            if depth <= 0 or not (0 <= u < columns and 0 <= v < rows):
                continue
            face = self._face_at[int(v), int(u)]
            is_own = movers.first_face[index] <= face < movers.first_face[index + 1]
            nearness = float(self._nearness[int(v), int(u)])
            in_front_m = depth - 1.0 / nearness if nearness > 0 else 0.0
            seen[row] = 2 if in_front_m < (OWN_BODY_M if is_own else OTHER_SURFACE_M) else 1
        return uv, seen

    def _units_truth(
        self, state: SceneState, movers: Movers, drawn: Sequence[_Drawn | None]
    ) -> tuple[UnitTruth, ...]:
        truths = []
        for index, unit in enumerate(state.moving_units, start=len(state.people)):
            one = drawn[index]
            if one is not None:
                visibility, visible = self._visible(movers, index, one)
                truths.append(UnitTruth(unit.unit_id, visible, visibility))
        return tuple(truths)
