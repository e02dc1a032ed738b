"""One camera's pictures: movers over the empty store, blurred where they move, read out by its sensor."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from datasets.synthetic.goods.artwork import Atlas
from datasets.synthetic.picture.bake import SAMPLES, BakedCamera
from datasets.synthetic.picture.camera_sensor import CameraSensor, Development, Layers
from datasets.synthetic.picture.canvas import Canvas, Drawn, Window
from datasets.synthetic.picture.frame_truth import instance_masks, people_truth, units_truth
from datasets.synthetic.picture.lighting import MAP_HALF_TAN, StaticLight
from datasets.synthetic.picture.movers import Movers
from datasets.synthetic.picture.panes import lay_panes
from datasets.synthetic.picture.raster import fill_triangles, merge_window
from datasets.synthetic.picture.shading import disc_taps, moving_shadow
from datasets.synthetic.picture.surface import mix_rows, shade_movers
from datasets.synthetic.scene import Float32Array, FloatArray, IntArray, RenderedFrame, SceneState

SHADOW_TAPS = disc_taps(8)
HIDDEN_FROM_M = 0.25  # a place between goods on a shelf counts as seen if its shelf's front is
BLUR_FROM_PX = 1.0  # what moves less than this during the exposure is drawn once
# Bodies block bounced light, too; their few spheres catch part of that, so shadows came out too weak. By eye.
SHADOW_DEPTH = 1.35
PASSES = 3  # the exposure in parts otherwise: before its middle, there, after


@dataclass(frozen=True, slots=True)
class FrameWish:
    """What a picture shall come with.

    Attributes:
        gain: Of the automatic exposure; 1 suits the empty store.
        with_truth: Boxes, visibility and keypoints.
        with_masks: The pixels of every person and unit.
    """

    gain: float = 1.0
    with_truth: bool = True
    with_masks: bool = False


class CameraView:
    """Draws one camera's pictures on a canvas that it may share with other cameras of its size."""

    def __init__(
        self, baked: BakedCamera, atlas: Atlas, light: StaticLight, sensor: CameraSensor, canvas: Canvas
    ) -> None:
        """Expose the empty store."""
        self._baked, self._atlas, self._light, self._canvas = baked, atlas, light, canvas
        self._development = Development(sensor, baked.linear)

    def render(self, state: SceneState, movers: Movers | None, wish: FrameWish) -> RenderedFrame:
        """Draw one time."""
        canvas, nothing = self._canvas, np.zeros((len(self._canvas.coverage), 2), dtype=np.int64)
        if movers is None:
            shade = np.ones(self._baked.shadow_shape, dtype=np.float32)
            return self._developed(state.at_s, wish.gain, shade, nothing, nothing)
        screens = self._screens(movers)
        blurred = _blurred(movers, screens)
        traces = [window for screen in screens for window in self._windows(movers, blurred, screen)]
        drawn = self._draw_middle(movers, screens[0], blurred, traces)
        veil_rows = lay_panes(movers, screens[0], canvas) if len(movers.panes) else nothing
        rows = canvas.rows_of([*(one.window for one in drawn if one is not None), *traces])
        self._shade(movers, screens[0], rows, canvas.linear, canvas.coverage)
        people = people_truth(state, movers, drawn, canvas, self._baked) if wish.with_truth else ()
        units = units_truth(state, movers, drawn, canvas) if wish.with_truth else ()
        masks = instance_masks(state, movers, drawn, canvas) if wish.with_masks else ()
        if blurred:
            self._blur(movers, screens[1:], blurred, traces)
        frame = self._developed(state.at_s, wish.gain, self._shadows(movers), rows, veil_rows)
        return RenderedFrame(frame.image, people, units, frame.brightness, masks)

    def sharpness(self, xyz_m: FloatArray) -> float:
        """Return how many pixels a metre at a place `(3,)` of the empty store takes, 0 if it is not seen."""
        baked = self._baked
        u, v, depth = baked.lens.project(xyz_m[None])[0]
        rows, columns = baked.nearness.shape
        if depth <= 0 or not (0 <= u < columns and 0 <= v < rows):
            return 0.0
        nearness = float(baked.nearness[int(v), int(u)])
        is_hidden = nearness > 0 and depth - 1 / nearness > HIDDEN_FROM_M
        return 0.0 if is_hidden else float(baked.camera.matrix[0, 0] / depth)

    def _developed(
        self, at_s: float, gain: float, shade: Float32Array, rows: IntArray, veil_rows: IntArray
    ) -> RenderedFrame:
        canvas = self._canvas
        layers = Layers(
            rows,
            canvas.linear,
            canvas.coverage,
            veil_rows,
            canvas.veil_linear,
            canvas.veil_share,
            canvas.toned,
        )
        image = self._development.photograph(at_s, gain, shade, layers)
        return RenderedFrame(image, (), (), float(np.mean(cv2.mean(image)[:3])))

    def _screens(self, movers: Movers) -> tuple[FloatArray, ...]:
        """Project the middle of the exposure, and its first and last third if anything moves."""
        lens = self._baked.lens
        middle = lens.project(movers.vertices_m)
        if movers.speed_m_s is None:
            return (middle,)
        step = movers.speed_m_s * np.float32(self._development.sensor.shutter_s / PASSES)
        return middle, lens.project(movers.vertices_m - step), lens.project(movers.vertices_m + step)

    def _draw_middle(
        self, movers: Movers, screen: FloatArray, blurred: Sequence[int], traces: Sequence[Window]
    ) -> tuple[Drawn | None, ...]:
        """Draw everything as it is in the middle of the exposure; last what is blurred, inside `traces`."""
        canvas = self._canvas
        np.copyto(canvas.nearness, self._baked.nearness)
        canvas.face_at.fill(-1)
        late = set(blurred)
        indices = range(len(movers.first_face) - 1)
        drawn = {index: self._draw(movers, index, screen) for index in indices if index not in late}
        if blurred:
            for window in traces:
                canvas.still_nearness[window.slices] = canvas.nearness[window.slices]
                canvas.still_face_at[window.slices] = canvas.face_at[window.slices]
            drawn |= {index: self._draw(movers, index, screen) for index in blurred}
        return tuple(drawn[index] for index in indices)

    def _draw(self, movers: Movers, index: int, screen: FloatArray) -> Drawn | None:
        """Draw one mover by itself, then into the picture; None if it is outside."""
        own = screen[movers.first_vertex[index] : movers.first_vertex[index + 1]]
        seen = own[own[:, 2] > 0, :2]
        first, last = movers.first_face[index], movers.first_face[index + 1]
        window = self._canvas.window_of(seen) if last > first else None
        if window is None:
            return None
        nearness, face_at = self._canvas.scratch(window)
        fill_triangles(screen, movers.faces, first, last, window.left, window.top, nearness, face_at)
        covered = merge_window(
            nearness, face_at, window.left, window.top, self._canvas.nearness, self._canvas.face_at
        )
        return Drawn(window, np.concatenate([seen.min(0), seen.max(0)]), covered)

    def _blur(
        self, movers: Movers, screens: Sequence[FloatArray], blurred: Sequence[int], traces: Sequence[Window]
    ) -> None:
        """Mix in the other parts of the exposure, in which what is blurred lies inside `traces`."""
        canvas = self._canvas
        rows = canvas.rows_of(traces)
        for done, screen in enumerate(screens, start=1):
            for window in traces:
                canvas.nearness[window.slices] = canvas.still_nearness[window.slices]
                canvas.face_at[window.slices] = canvas.still_face_at[window.slices]
            for index in blurred:
                self._draw(movers, index, screen)
            self._shade(movers, screen, rows, canvas.pass_linear, canvas.pass_coverage)
            keep = done / (done + 1)
            mix_rows(rows, keep, canvas.linear, canvas.coverage, canvas.pass_linear, canvas.pass_coverage)

    def _windows(self, movers: Movers, indices: Iterable[int], screen: FloatArray) -> list[Window]:
        windows = []
        for index in indices:
            own = screen[movers.first_vertex[index] : movers.first_vertex[index + 1]]
            window = self._canvas.window_of(own[own[:, 2] > 0, :2])
            if window is not None:
                windows.append(window)
        return windows

    def _shade(
        self,
        movers: Movers,
        screen: FloatArray,
        rows: IntArray,
        linear: Float32Array,
        coverage: Float32Array,
    ) -> None:
        shade_movers(
            self._canvas.face_at,
            rows,
            screen,
            movers.faces,
            movers.material,
            movers.pattern_of_face,
            movers.texture,
            movers.colour,
            movers.light,
            movers.patterns,
            self._atlas.texels,
            self._atlas.level_start,
            self._atlas.level_size,
            linear,
            coverage,
        )

    def _shadows(self, movers: Movers) -> Float32Array:
        """Coarse picture `(h/k, w/k)` of how much movers darken what is static."""
        baked = self._baked
        factor = np.empty(len(baked.shadow_place_m), dtype=np.float32)
        moving_shadow(
            baked.shadow_place_m,
            baked.shadow_normal,
            baked.lamp_share,
            self._light.lamps.places,
            movers.shadow_maps,
            movers.occupied,
            MAP_HALF_TAN,
            SHADOW_TAPS,
            movers.occluders_m,
            factor,
        )
        coarse = (factor**SHADOW_DEPTH).reshape(baked.shadow_shape)
        return cv2.GaussianBlur(coarse, (3, 3), 0.8).astype(np.float32, copy=False)


def _blurred(movers: Movers, screens: Sequence[FloatArray]) -> tuple[int, ...]:
    """Return the movers that go far enough during the exposure to leave a trace."""
    if len(screens) == 1:
        return ()
    first, last = screens[1], screens[2]
    way = np.abs(last[:, :2] - first[:, :2]).max(1) * ((first[:, 2] > 0) & (last[:, 2] > 0))
    # From the middle of the first part to that of the last is not the whole exposure.
    far = BLUR_FROM_PX * SAMPLES * (PASSES - 1) / PASSES
    starts = movers.first_vertex
    return tuple(
        index
        for index in range(len(starts) - 1)
        if starts[index + 1] > starts[index] and float(way[starts[index] : starts[index + 1]].max()) >= far
    )
