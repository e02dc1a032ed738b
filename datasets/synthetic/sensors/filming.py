"""Filming a script: every camera's frames into its video, and what each of them shows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from datasets.masks import PackedMask, pack_mask
from datasets.recording import FrameTruth, UnitInFrame
from datasets.recording_writer import RecordingVideo
from datasets.synthetic.goods.products import Assortment
from datasets.synthetic.picture.camera_view import FrameWish
from datasets.synthetic.picture.exposure import AutoExposure
from datasets.synthetic.picture.renderer import Renderer
from datasets.synthetic.play.acts import InHand
from datasets.synthetic.play.histories import UnitHistory
from datasets.synthetic.play.script import WorldScript
from datasets.synthetic.play.truth import people_in_frame, shopper_id
from datasets.synthetic.scene import InstanceMask, RenderedFrame, UnitTruth
from datasets.synthetic.sensors.capture import CameraPlan, Shot

SPEED_OVER_S = 0.02  # motion is measured over this before every frame: about a shutter's time
_HANDS = ("left", "right")

Progress = Callable[[int, int], None]


@dataclass(slots=True)
class CameraFilm:
    """What came of one camera.

    Attributes:
        frames: One per frame in the video.
        masks: One tuple per frame, if masks were asked for.
    """

    frames: list[FrameTruth] = field(default_factory=list)
    masks: list[tuple[PackedMask, ...]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Camera:
    """A camera while it films.

    Attributes:
        row: Of the renderer.
        knocked_row: Of the same camera where it hangs after a knock; None if nobody knocks it.
    """

    plan: CameraPlan
    row: int
    knocked_row: int | None
    video: RecordingVideo


def film(
    script: WorldScript,
    renderer: Renderer,
    cameras: Mapping[str, Camera],
    ticks: int,
    fps: int,
    start_s: float,
    *,
    with_masks: bool = False,
    progress: Progress | None = None,
) -> dict[str, CameraFilm]:
    """Render all frames in order of time.

    Args:
        script: What happens.
        renderer: Of the script's world.
        cameras: By id.
        ticks: Time steps of the recording.
        fps: Time steps per second.
        start_s: Of the recording, seconds since the Unix epoch.
        with_masks: Keep everybody's pixels.
        progress: Called with time steps done and in all.
    """
    films = {name: CameraFilm() for name in cameras}
    exposures = {name: AutoExposure(renderer.meter(camera.row)) for name, camera in cameras.items()}
    due = _by_tick(cameras)
    last: dict[str, RenderedFrame] = {}
    units = {unit.unit_id: unit for unit in script.moving_units}
    for tick in range(ticks):
        at_s = tick / fps
        taken = {name: shot for name, shot in due.get(tick, {}).items() if not shot.is_frozen}
        wishes = {
            _row(cameras[name], shot): FrameWish(exposures[name].gain_at(at_s), True, with_masks)
            for name, shot in taken.items()
        }
        if wishes:
            earlier = script.state_at(at_s - SPEED_OVER_S) if at_s > SPEED_OVER_S else None
            pictures = renderer.render_some(script.state_at(at_s), wishes, earlier)
            for name, shot in taken.items():
                last[name] = pictures[_row(cameras[name], shot)]
                exposures[name].see(last[name].brightness)
        for name, shot in due.get(tick, {}).items():
            _keep(films[name], last[name], shot, units, script.store.assortment, start_s, with_masks)
            cameras[name].video.write(last[name].image, shot.stamped_s)
        if progress is not None:
            progress(tick + 1, ticks)
    return films


def _by_tick(cameras: Mapping[str, Camera]) -> dict[int, dict[str, Shot]]:
    due: dict[int, dict[str, Shot]] = {}
    for name, camera in cameras.items():
        for shot in camera.plan.shots:
            due.setdefault(shot.tick, {})[name] = shot
    return due


def _row(camera: Camera, shot: Shot) -> int:
    return camera.knocked_row if shot.is_knocked and camera.knocked_row is not None else camera.row


def _keep(
    kept: CameraFilm,
    picture: RenderedFrame,
    shot: Shot,
    units: Mapping[int, UnitHistory],
    assortment: Assortment,
    start_s: float,
    with_masks: bool,
) -> None:
    seen = tuple(
        _unit(truth, units[truth.unit_id], assortment, shot.captured_s)
        for truth in picture.units
        if truth.visibility > 0
    )
    kept.frames.append(
        FrameTruth(
            round(start_s + shot.captured_s, 4),
            round(start_s + shot.stamped_s, 4),
            people_in_frame(picture.people),
            seen,
        )
    )
    if with_masks:
        kept.masks.append(_packed(picture.masks))


def _unit(truth: UnitTruth, unit: UnitHistory, assortment: Assortment, at_s: float) -> UnitInFrame:
    place = unit.place_at(at_s)
    holder = shopper_id(place.shopper) if isinstance(place, InHand) else None
    hand = _HANDS[place.hand] if isinstance(place, InHand) else None
    product_id = assortment[unit.product_index].product_id
    return UnitInFrame(truth.unit_id, product_id, holder, hand, truth.visible_xyxy, truth.visibility)


def _packed(masks: Sequence[InstanceMask]) -> tuple[PackedMask, ...]:
    return tuple(
        pack_mask(mask.pixels, None if mask.person is None else shopper_id(mask.person), mask.unit_id)
        for mask in masks
    )
