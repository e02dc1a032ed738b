"""What a journal gets wrong, as statistics: of real vision to fit noise, of simulated vision to check it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
import numpy.typing as npt

from cart_tracker.observations import HandSeen, Observation, PeopleSeen, SlotChanged
from cart_tracker.store_map import StoreMap
from datasets.observation_simulator.bodies import EMPTY, Bodies, bodies_of
from datasets.observation_simulator.noise import Noise
from datasets.observation_simulator.sight import look
from datasets.observation_simulator.slots import changes_in
from datasets.recording import RecordingTruth
from vision.camera_model import Camera, CameraModel

FloatArray = npt.NDArray[np.float64]

MATCH_M = 0.8  # a detection further than this from every body is a ghost
PLAIN_SHARE = 0.8  # of a body in sight: plainly so
NOTICED_S = 20.0  # a change is noticed when the view is clear again


@dataclass(frozen=True, slots=True)
class JournalStatistics:
    """How right a journal is; NaN where there was nothing to count.

    Attributes:
        found_plain: Share of frames in which a body in plain sight is found.
        found_hidden: The same of a body that is half hidden.
        floor_m: Median distance of the floor point from the body.
        floor_chi2: Median squared distance in units of the claimed covariance; 1.39 for an honest one.
        floor_correlation: Of floor errors from frame to frame.
        ghosts_per_minute: Detections of nobody, of one camera.
        wrists_seen: Share of visible wrists of found bodies that are told.
        wrist_m: Median distance of the wrist from its ray.
        empty_right: Share of looks that tell full from empty rightly.
        product_right: Share of looks at full hands with the right product before all others.
        slot_recall: Share of changes of slots that somebody noticed.
        slot_false_per_minute: Changes told of slots in which nothing happened, of a camera.
    """

    found_plain: float
    found_hidden: float
    floor_m: float
    floor_chi2: float
    floor_correlation: float
    ghosts_per_minute: float
    wrists_seen: float
    wrist_m: float
    empty_right: float
    product_right: float
    slot_recall: float
    slot_false_per_minute: float


def measure(
    observations: Sequence[Observation],
    truth: RecordingTruth,
    store_map: StoreMap,
    cameras: Mapping[str, Camera],
) -> JournalStatistics:
    """Compare a journal with the truth of its recording."""
    bodies = bodies_of(truth, tuple(store_map.product_ids))
    counts = _Counts()
    for name, camera in cameras.items():
        if isinstance(camera, CameraModel):
            seen = [one for one in observations if isinstance(one, PeopleSeen) and one.camera_id == name]
            hands = [one for one in observations if isinstance(one, HandSeen) and one.camera_id == name]
            _count_camera(counts, camera, store_map, bodies, truth.fps, seen, hands)
    changed = [one for one in observations if isinstance(one, SlotChanged)]
    return counts.statistics(*_slot_counts(changed, truth), len(cameras) * truth.duration_s / 60.0)


def fitted(noise: Noise, real: JournalStatistics, simulated: JournalStatistics) -> Noise:
    """Move the noise one step towards what real vision gets wrong; simulate and measure again to check.

    Every number is scaled by how much larger the real error is; what cannot be compared stays as it is.
    """
    people, hands, slots = noise.people, noise.hands, noise.slots
    people = replace(
        people,
        miss=_scaled(people.miss, 1.0 - real.found_plain, 1.0 - simulated.found_plain),
        boldness=_scaled(people.boldness, np.sqrt(real.floor_chi2), np.sqrt(simulated.floor_chi2)),
        keypoint_px=_scaled(people.keypoint_px, real.floor_m, simulated.floor_m),
        ghosts_per_minute=_scaled(
            people.ghosts_per_minute, real.ghosts_per_minute, simulated.ghosts_per_minute
        ),
    )
    hands = replace(
        hands,
        wrist_px=_scaled(hands.wrist_px, real.wrist_m, simulated.wrist_m),
        wrist_miss=_scaled(hands.wrist_miss, 1.0 - real.wrists_seen, 1.0 - simulated.wrists_seen),
        empty_margin=_scaled(hands.empty_margin, 1.0 - simulated.empty_right, 1.0 - real.empty_right),
        lookalike_margin=_scaled(
            hands.lookalike_margin, 1.0 - simulated.product_right, 1.0 - real.product_right
        ),
    )
    slots = replace(
        slots,
        recall=min(1.0, _scaled(slots.recall, real.slot_recall, simulated.slot_recall)),
        false_per_stay=_scaled(
            slots.false_per_stay, real.slot_false_per_minute, simulated.slot_false_per_minute
        ),
    )
    return Noise(people, hands, slots)


def pooled(parts: Sequence[JournalStatistics]) -> JournalStatistics:
    """Mean of several recordings' statistics, leaving out what could not be counted."""
    names = [part.name for part in fields(JournalStatistics)]
    values = np.array([[getattr(part, name) for name in names] for part in parts], np.float64)
    means = [
        float(column[np.isfinite(column)].mean()) if np.isfinite(column).any() else float("nan")
        for column in values.T
    ]
    return JournalStatistics(*means)


class _Counts:
    """Everything counted so far, over cameras."""

    def __init__(self) -> None:
        self.found: list[tuple[float, bool]] = []
        self.floor: list[tuple[float, float]] = []
        self.pairs: list[tuple[float, float]] = []
        self.ghosts = 0
        self.wrists: list[bool] = []
        self.wrist_m: list[float] = []
        self.empty: list[bool] = []
        self.product: list[bool] = []

    def statistics(self, recall: float, false_changes: int, camera_minutes: float) -> JournalStatistics:
        """Return the shares."""
        share = np.array([one for one, _ in self.found])
        is_found = np.array([one for _, one in self.found], np.float64)
        floor = np.array(self.floor).reshape(-1, 2)
        pairs = np.array(self.pairs).reshape(-1, 2)
        correlation = float(np.corrcoef(pairs.T)[0, 1]) if len(pairs) > 2 else float("nan")
        return JournalStatistics(
            _mean(is_found[share >= PLAIN_SHARE]),
            _mean(is_found[(share > 0.2) & (share < PLAIN_SHARE)]),
            _median(floor[:, 0]),
            _median(floor[:, 1]),
            correlation,
            self.ghosts / camera_minutes,
            _mean(np.array(self.wrists, np.float64)),
            _median(np.array(self.wrist_m)),
            _mean(np.array(self.empty, np.float64)),
            _mean(np.array(self.product, np.float64)),
            recall,
            false_changes / camera_minutes,
        )


def _count_camera(
    counts: _Counts,
    camera: CameraModel,
    store_map: StoreMap,
    bodies: Bodies,
    fps: float,
    seen: Sequence[PeopleSeen],
    hands: Sequence[HandSeen],
) -> None:
    if not seen:
        return
    at_s = np.array([one.at_s for one in seen])
    ticks = np.clip(np.rint((at_s - bodies.at_s[0]) * fps).astype(np.int64), 0, len(bodies.at_s) - 1)
    sight = look(camera, store_map.shelves, bodies, ticks)
    owner: dict[tuple[float, int], tuple[int, int]] = {}
    last: dict[int, FloatArray] = {}
    for frame, (people, tick) in enumerate(zip(seen, ticks.tolist(), strict=True)):
        here = np.flatnonzero(bodies.is_present[tick])
        gap = np.linalg.norm(people.xy_m[:, None] - bodies.floor_m[tick, here][None], axis=2)
        taken: dict[int, int] = {}
        for row in np.argsort(gap.min(axis=1) if gap.size else np.empty(0)).tolist():
            column = int(np.argmin(gap[row]))
            if gap[row, column] > MATCH_M:
                counts.ghosts += int(gap[row].min() > 2 * MATCH_M)
            elif column not in taken:
                taken[column] = row
        counts.ghosts += len(people.xy_m) if len(here) == 0 else 0
        for column, body in enumerate(here.tolist()):
            counts.found.append((float(sight.share[frame, body]), column in taken))
            if column in taken:
                row = taken[column]
                owner[people.at_s, int(people.tracklet_id[row])] = (body, tick)
                _count_found(counts, camera, bodies, sight.wrist[frame, body], people, row, body, tick, last)
    for look_at in hands:
        known = owner.get((look_at.at_s, int(look_at.tracklet_id)))
        if known is not None:
            held = int(bodies.held[known[1], known[0], int(look_at.hand)])
            best = int(np.argmax(look_at.log_likelihood))
            counts.empty.append((best == 0) == (held == EMPTY))
            if held != EMPTY:
                counts.product.append(int(np.argmax(look_at.log_likelihood[1:])) == held)


def _count_found(
    counts: _Counts,
    camera: CameraModel,
    bodies: Bodies,
    is_wrist_visible: npt.NDArray[np.bool_],
    people: PeopleSeen,
    row: int,
    body: int,
    tick: int,
    last: dict[int, FloatArray],
) -> None:
    error = people.xy_m[row] - bodies.floor_m[tick, body]
    chi2 = float(error @ np.linalg.solve(people.cov_m2[row], error))
    counts.floor.append((float(np.linalg.norm(error)), chi2))
    if body in last:
        counts.pairs += [(float(before), float(now)) for before, now in zip(last[body], error, strict=True)]
    last[body] = error
    for hand in (0, 1):
        ray = people.wrist_direction[row, hand]
        is_told = bool(np.isfinite(ray).all())
        if is_wrist_visible[hand]:
            counts.wrists.append(is_told)
        if is_told and is_wrist_visible[hand]:
            offset = bodies.wrist_m[tick, body, hand] - camera.position_m
            counts.wrist_m.append(float(np.linalg.norm(offset - (offset @ ray) * ray)))


def _slot_counts(told: Sequence[SlotChanged], truth: RecordingTruth) -> tuple[float, int]:
    """Share of changes that somebody noticed, and how many told changes nothing explains."""
    happened = [
        (slot_id, change.at_s, change.units)
        for slot_id, changes in changes_in(truth).items()
        for change in changes
    ]
    moved = [(slot_id, at_s) for slot_id, at_s, units in happened if units != 0]
    noticed = [
        any(one.slot_id == slot_id and one.since_s - 1.0 <= at_s <= one.at_s + NOTICED_S for one in told)
        for slot_id, at_s in moved
    ]
    false = sum(
        not any(
            slot_id == one.slot_id and one.since_s - 1.0 <= at_s <= one.at_s + 1.0
            for slot_id, at_s, _ in happened
        )
        for one in told
    )
    return _mean(np.array(noticed, np.float64)), false


def _mean(values: FloatArray) -> float:
    return float(values.mean()) if len(values) else float("nan")


def _median(values: FloatArray) -> float:
    return float(np.median(values)) if len(values) else float("nan")


def _scaled(value: float, real: float, simulated: float) -> float:
    """Scale by how much larger the real error is, at most by two."""
    if not (np.isfinite(real) and np.isfinite(simulated)) or simulated <= 0.0:
        return value
    return value * float(np.clip(real / simulated, 0.5, 2.0))
