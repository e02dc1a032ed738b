"""A video of a run: four views, the floor plan, and what happened last; nobody can be recognised."""

from collections import deque
from pathlib import Path

import cv2
import numpy as np

from cart_tracker.observations import CameraHealthChanged, CameraId, VisitId
from cart_tracker.visits import (
    CartChanged,
    CartLine,
    EventKind,
    EventRecognised,
    ShoppersMoved,
    TrackerOutput,
    VisitClosed,
)
from vision.camera_model import Camera, CameraModel
from vision.draw import INK, Label, colour_of, draw_people, draw_shelves, floor_plan, mosaic, write
from vision.privacy import hide_heads
from vision.settings import StoreSettings
from vision.types import FloatArray, Frame, Image, Tracklets
from vision.video_writer import VideoWriter
from walkout.checkout import Settlement
from walkout.figure_rows import money
from walkout.gate_log import GateScan
from walkout.screen import clock

_PLAN_PX = (480, 400)
_PANEL_PX = (480, 720)
_LINES = 9
_WAIST_M = 0.9
_LIT_S = 2.0  # how long a slot stays lit after its event


class AnnotatedVideo:
    """Draws every tick of a run into a video file.

    Hand `draw` to the run as `on_frame` and this object as a listener: frames of one tick are kept until
    the tracker has heard them.
    """

    def __init__(self, writer: VideoWriter, settings: StoreSettings) -> None:
        """Draw through `writer`."""
        self._writer = writer
        self._settings = settings
        self._views: dict[CameraId, tuple[Image, Tracklets]] = {}
        self._labels: dict[VisitId, Label] = {}
        self._moved: ShoppersMoved | None = None
        self._carts: dict[VisitId, tuple[CartLine, ...]] = {}
        self._said: deque[str] = deque(maxlen=_LINES)
        self._lit: dict[str, tuple[float, Label]] = {}
        self.poster: Image | None = None
        self._poster_people = 0

    def draw(self, frame: Frame, tracklets: Tracklets, heads_xyxy: FloatArray) -> None:
        """Keep one frame of the coming tick, its heads hidden."""
        picture = frame.image.copy()
        hide_heads(picture, heads_xyxy)
        self._views[frame.camera_id] = (picture, tracklets)

    def camera_changed(self, change: CameraHealthChanged) -> None:
        """Note what is wrong with a camera, or that it is well again."""
        self._said.append(f"{clock(change.at_s)} {change.camera_id}: {change.reason}")

    def ticked(self, at_s: float) -> None:
        """Draw the tick and forget its frames."""
        lit = {slot: label.colour for slot, (until_s, label) in self._lit.items() if at_s <= until_s}
        views, people = [], 0
        for camera in self._settings.cameras:
            picture, tracklets = self._views.get(camera.camera_id, (None, None))
            if picture is None or tracklets is None:
                width, height = camera.camera.size_px
                views.append(np.zeros((height, width, 3), np.uint8))
                continue
            people += len(tracklets)
            draw_shelves(picture, camera.camera, self._settings.store_map, lit)
            draw_people(picture, tracklets, self._names_in(camera.camera, tracklets))
            write(picture, str(camera.camera_id), (6, 18), INK)
            views.append(picture)
        self._views.clear()
        tick = mosaic(views, self._panel(), f"{self._settings.store_map.name}   {clock(at_s)} UTC")
        self._writer.write(tick)
        if lit and people > self._poster_people:
            self._poster_people, self.poster = people, tick

    def admitted(self, visit_id: str, scan: GateScan) -> None:
        """Give the visit a colour and its shopper's name."""
        self._labels[VisitId(visit_id)] = Label(scan.label, colour_of(len(self._labels)))
        self._said.append(f"{clock(scan.at_s)} {scan.label} comes in")

    def heard(self, output: TrackerOutput) -> None:
        """Remember what to draw."""
        if isinstance(output, ShoppersMoved):
            self._moved = output
        elif isinstance(output, CartChanged):
            self._carts[output.visit_id] = output.lines
        elif isinstance(output, EventRecognised):
            label = self._labels[output.visit_id]
            if output.slot_id is not None:
                self._lit[output.slot_id] = (output.hand_out_s + _LIT_S, label)
            if output.kind is not EventKind.TOUCH:
                verb = "takes" if output.kind is EventKind.PICK else "puts back"
                self._said.append(f"{clock(output.at_s)} {label.text} {verb} {output.product_id}")

    def settled(self, visit: VisitClosed, settlement: Settlement) -> None:
        """Say what was charged."""
        amount = money(settlement.charged_minor, self._settings.store_map.currency)
        self._said.append(
            f"{clock(visit.left_s)} {self._labels[visit.visit_id].text} leaves, {amount} charged"
        )
        self._carts.pop(visit.visit_id, None)

    def _names_in(self, camera: Camera, tracklets: Tracklets) -> dict[int, Label]:
        """Name the people of one view after the shopper whose place on the floor they stand on."""
        if self._moved is None or not isinstance(camera, CameraModel) or len(tracklets) == 0:
            return {}
        waist = np.column_stack([self._moved.xy_m, np.full(len(self._moved.xy_m), _WAIST_M)])
        names = {}
        for uv, visit_id in zip(camera.project(waist), self._moved.visit_id, strict=True):
            boxes = tracklets.people.xyxy
            inside = ((uv >= boxes[:, :2]) & (uv <= boxes[:, 2:])).all(axis=1)
            distance = np.linalg.norm((boxes[:, :2] + boxes[:, 2:]) / 2 - uv, axis=1)
            if visit_id is not None and inside.any():
                row = int(np.where(inside, distance, np.inf).argmin())
                names[int(tracklets.tracklet_id[row])] = self._labels[visit_id]
        return names

    def _panel(self) -> Image:
        xy_m, labels = np.empty((0, 2)), []
        if self._moved is not None:
            xy_m = self._moved.xy_m
            labels = [
                self._labels.get(visit_id, Label("?", INK)) if visit_id else Label("?", INK)
                for visit_id in self._moved.visit_id
            ]
        panel: Image = np.full((_PANEL_PX[1], _PANEL_PX[0], 3), 245, np.uint8)
        panel[: _PLAN_PX[1]] = floor_plan(self._settings.store_map, xy_m, labels, _PLAN_PX)
        y = _PLAN_PX[1] + 22
        for visit_id, lines in self._carts.items():
            label = self._labels[visit_id]
            cart = ", ".join(f"{line.quantity} {line.product_id}" for line in lines) or "empty"
            cv2.putText(
                panel,
                f"{label.text}: {cart}"[:64],
                (10, y),
                cv2.FONT_HERSHEY_SIMPLEX,
                0.42,
                label.colour,
                1,
                16,
            )
            y += 20
        y = max(y + 8, _PANEL_PX[1] - 20 * _LINES)
        for text in self._said:
            cv2.putText(panel, text, (10, y), cv2.FONT_HERSHEY_SIMPLEX, 0.42, INK, 1, cv2.LINE_AA)
            y += 20
        return panel


def save_poster(video: AnnotatedVideo, path: Path) -> None:
    """Save the busiest moment of the run as a picture, if there was one."""
    if video.poster is not None:
        cv2.imwrite(str(path), video.poster)
