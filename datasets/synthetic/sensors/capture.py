"""When every camera of a recording takes a frame, and what the frame claims about its time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from datasets.recording_truth import FaultTruth
from datasets.synthetic.play.faults import FaultKind
from datasets.synthetic.scene import FloatArray
from datasets.synthetic.sensors.clocks import CameraClock, random_clock
from datasets.synthetic.sensors.faults import CameraFault

LOSS = 0.002  # share of frames that a sound camera loses on its way through a shop's network


@dataclass(frozen=True, slots=True)
class Shot:
    """One frame in a camera's video; times from the start of the recording.

    Attributes:
        tick: Time step at which it comes.
        captured_s: When the light fell in, on the true clock; of a frozen picture, when that did.
        stamped_s: What the camera claims.
        is_frozen: It is the picture before it once more.
        is_knocked: The camera hangs elsewhere.
    """

    tick: int
    captured_s: float
    stamped_s: float
    is_frozen: bool = False
    is_knocked: bool = False


@dataclass(frozen=True, slots=True)
class CameraPlan:
    """Everything that becomes of one camera's frames.

    Attributes:
        shots: The frames in its video, in order of time. Both times rise, except that a frozen picture's
            true time stands still.
        lost_s: True times of single frames that were lost, by a fault or by bad luck.
    """

    shots: tuple[Shot, ...]
    lost_s: tuple[float, ...]

    @property
    def ends_s(self) -> float:
        """The stamp of the last frame."""
        return self.shots[-1].stamped_s


@dataclass(frozen=True, slots=True)
class Imperfections:
    """How far cameras without a fault are from perfect; the defaults are an ordinary installation's.

    Attributes:
        clocks: Clocks are a little off; without, stamps are true.
        loss: Share of frames lost one by one.
    """

    clocks: bool = True
    loss: float = LOSS


ORDINARY = Imperfections()
PERFECT = Imperfections(clocks=False, loss=0.0)


def plan_camera(
    ticks: int,
    fps: int,
    faults: Sequence[CameraFault],
    imperfections: Imperfections,
    rng: np.random.Generator,
) -> CameraPlan:
    """Decide on all frames of one camera.

    Args:
        ticks: Time steps of the recording.
        fps: Time steps per second.
        faults: This camera's.
        imperfections: What is wrong with every camera.
        rng: This camera's.
    """
    at_s = np.arange(ticks) / fps
    stamps, luck = _stamps(at_s, faults, imperfections, rng), rng.random(ticks)
    shots: list[Shot] = []
    lost: list[float] = []
    for tick in range(ticks):
        now = [fault for fault in faults if fault.holds_at(float(at_s[tick]))]
        kinds = {fault.kind for fault in now}
        # A camera that never showed anything would not be in the store's list.
        if shots and not _takes(tick, fps, now):
            continue
        loss = max([imperfections.loss, *(f.amount for f in now if f.kind is FaultKind.DROPPED)])
        if tick > 0 and luck[tick] < loss:
            lost.append(tick / fps)
            continue
        stamped = round(float(stamps[tick]), 4)
        # A clock that is set back repeats times; recorders leave such frames out.
        if stamped < 0 or (shots and stamped <= shots[-1].stamped_s):
            continue
        is_frozen = FaultKind.FROZEN in kinds and len(shots) > 0
        captured_s = shots[-1].captured_s if is_frozen else tick / fps
        shots.append(Shot(tick, captured_s, stamped, is_frozen, FaultKind.KNOCKED in kinds))
    return CameraPlan(tuple(shots), tuple(lost))


def _stamps(
    at_s: FloatArray, faults: Sequence[CameraFault], imperfections: Imperfections, rng: np.random.Generator
) -> FloatArray:
    clock = random_clock(rng) if imperfections.clocks else CameraClock(0.0, 0.0, 0.0)
    stamps = clock.stamps_s(at_s, rng)
    for fault in faults:
        if fault.kind is FaultKind.CLOCK_OFFSET:
            stamps = stamps + np.where([fault.holds_at(float(at)) for at in at_s], fault.amount, 0.0)
    return stamps


def _takes(tick: int, fps: int, faults: Sequence[CameraFault]) -> bool:
    """Whether the camera takes a picture at all."""
    return not any(
        fault.kind is FaultKind.DEAD
        or (fault.kind is FaultKind.LOW_RATE and not _is_taken(tick, fault.amount / fps))
        for fault in faults
    )


def _is_taken(tick: int, share: float) -> bool:
    """Spread a share of all frames evenly."""
    return int(np.floor((tick + 1) * share + 1e-9)) > int(np.floor(tick * share + 1e-9))


def fault_truths(
    faults: Sequence[CameraFault], plans: Mapping[str, CameraPlan], start_s: float
) -> tuple[FaultTruth, ...]:
    """Return what a recording's truth says of faults and lost frames, in order of time.

    Args:
        faults: All cameras'.
        plans: Camera to what became of its frames, in the order of the cameras' rows.
        start_s: Of the recording, seconds since the Unix epoch.
    """
    names = tuple(plans)
    truths = [
        FaultTruth(
            fault.kind.value,
            names[fault.camera],
            round(start_s + fault.from_s, 3),
            round(start_s + fault.to_s, 3),
            fault.detail,
        )
        for fault in faults
    ]
    for name, plan in plans.items():
        for lost_s in plan.lost_s:
            at_s = round(start_s + lost_s, 3)
            truths.append(FaultTruth(FaultKind.DROPPED.value, name, at_s, at_s, "one frame lost"))
    return tuple(sorted(truths, key=lambda truth: (truth.from_s, truth.camera_id or "", truth.kind)))
