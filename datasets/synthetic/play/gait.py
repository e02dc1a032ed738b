"""Feet under a moving pelvis: planted while they carry, swinging in between, never sliding.

The whole way is known beforehand, so every footprint is put where the pelvis will be at the middle of
that foot's stance. Turning on the spot makes steps like walking does.
"""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d

from datasets.synthetic.play.routes import TICK_S
from datasets.synthetic.scene import FloatArray

# Share of a stride in which a foot carries, at comfortable speed (Perry, Gait Analysis, 1992, chapter 1).
STANCE = 0.62
# Length of a stride (two steps) over body height at comfortable speed.
STRIDE_OVER_HEIGHT = 0.72
# Turning by one radian makes as many steps as this many metres.
_TURN_M_PER_RAD = 0.28
# Phase in which both feet are on the floor: standing still happens here, or half a stride later.
_DOUBLE_SUPPORT = 0.06
_MOVING_M_S = 0.02
# Shifts of the pelvis that need no step.
_NO_STEP_M = 0.05
_SMOOTHING_S = 0.22
_MAX_TURN_RAD_S = 3.2
_FASTEST_M_S = 0.8


@dataclass(frozen=True, slots=True)
class GaitStyle:
    """How somebody walks.

    Attributes:
        stride_over_height: Length of a stride (two steps) over the body's height.
        arm_swing: Of the usual swing of the arms.
        sway_m: How far the pelvis goes to each side.
        toe_out_rad: How far each foot turns outward.
        stoop_rad: Forward lean of the spine at rest, on top of the body's own.
        pace: Factor on walking speed, and on how quickly hands do things.
    """

    stride_over_height: float = STRIDE_OVER_HEIGHT
    arm_swing: float = 1.0
    sway_m: float = 0.0
    toe_out_rad: float = 0.0
    stoop_rad: float = 0.0
    pace: float = 1.0


PLAIN_GAIT = GaitStyle()


def draw_gait(rng: np.random.Generator, age_years: float) -> GaitStyle:
    """Draw how somebody of an age walks.

    Speed and stride fall by about a fifth from 60 to 80; children make shorter, quicker steps (Bohannon and
    Williams Andrews, Physiotherapy 2011; Sutherland, Gait & Posture 1997).
    """
    old = float(np.clip((age_years - 60.0) / 20.0, 0.0, 1.0))
    young = float(np.clip((12.0 - age_years) / 6.0, 0.0, 1.0))
    return GaitStyle(
        stride_over_height=float(rng.normal(0.72, 0.035)) * (1 - 0.15 * old),
        arm_swing=float(rng.uniform(0.6, 1.3)) * (1 - 0.35 * old),
        sway_m=float(rng.uniform(0.008, 0.022)) * (1 + 0.3 * old),
        toe_out_rad=float(rng.uniform(0.02, 0.2)),
        stoop_rad=float(rng.uniform(-0.02, 0.04)) + 0.03 * old,
        pace=float(rng.uniform(0.9, 1.1)) * (1 - 0.22 * old) * (1 - 0.08 * young),
    )


@dataclass(frozen=True, slots=True, eq=False)
class Feet:
    """Both feet at one time, store frame; index 0 is the left foot.

    Attributes:
        xy_m: `(2, 2)` ankles over the floor.
        lift_m: `(2,)` ankles above where they are when the foot is flat.
        yaw_rad: `(2,)` heading.
        pitch_rad: `(2,)` positive lowers the toes.
    """

    xy_m: FloatArray
    lift_m: FloatArray
    yaw_rad: FloatArray
    pitch_rad: FloatArray


class PelvisTrack:
    """Where a person's pelvis and feet are over a stretch of time.

    Attributes:
        start_s: Time of the first sample.
        end_s: Time of the last sample.
    """

    def __init__(
        self,
        start_s: float,
        xy_m: FloatArray,
        yaw_rad: FloatArray,
        height_m: float,
        foot_offset_m: float,
        style: GaitStyle = PLAIN_GAIT,
    ) -> None:
        """Plan the footprints of a track with one sample every `TICK_S`.

        Args:
            start_s: Time of the first sample.
            xy_m: `(n, 2)` of the pelvis, already smooth.
            yaw_rad: `(n,)` heading, unwrapped.
            height_m: Height of the body.
            foot_offset_m: Sideways distance of an ankle from the pelvis.
            style: How this one walks.
        """
        self.start_s = start_s
        self.end_s = start_s + (len(xy_m) - 1) * TICK_S
        self._xy_m = xy_m
        self._yaw_rad = yaw_rad
        self._foot_offset_m = foot_offset_m
        effort = np.hypot(*np.gradient(xy_m, axis=0).T) + _TURN_M_PER_RAD * np.abs(np.gradient(yaw_rad))
        self._speed_m_s = gaussian_filter1d(np.hypot(*np.gradient(xy_m, axis=0).T) / TICK_S, 2.0)
        self._phase, self._stops = _phases(effort, style.stride_over_height * height_m)
        self._prints = (self._footprints(0.0), self._footprints(0.5))

    def xy_m(self, at_s: float) -> FloatArray:
        """Return the pelvis `(2,)` over the floor."""
        return np.array([self._at(at_s, self._xy_m[:, 0]), self._at(at_s, self._xy_m[:, 1])])

    def yaw_rad(self, at_s: float) -> float:
        """Return the heading."""
        return self._at(at_s, self._yaw_rad)

    def stride_phase(self, at_s: float) -> float:
        """Return strides since the start; the left foot lands at whole numbers."""
        return self._at(at_s, self._phase)

    def briskness(self, at_s: float) -> float:
        """Return 0 for standing to 1 for walking at ordinary speed or faster."""
        return min(1.0, self._at(at_s, self._speed_m_s) / _FASTEST_M_S)

    def feet(self, at_s: float) -> Feet:
        """Return where both feet are."""
        phase, brisk = self.stride_phase(at_s), self.briskness(at_s)
        left = self._foot(phase, self._prints[0], brisk)
        right = self._foot(phase + 0.5, self._prints[1], brisk)
        xy_m, lift_m, yaw_rad, pitch_rad = (
            np.array(pair, dtype=np.float64) for pair in zip(left, right, strict=True)
        )
        return Feet(xy_m, lift_m, yaw_rad, pitch_rad)

    def _foot(self, phase: float, prints: FloatArray, brisk: float) -> tuple[FloatArray, float, float, float]:
        step = int(np.floor(phase))
        within = phase - step
        here = prints[step]
        if within < STANCE:
            heel_off = _ease((within - 0.42) / 0.2) * brisk
            landing = 0.25 * (1 - _ease(within / 0.1)) * brisk
            return here[:2], 0.045 * heel_off, here[2], 0.55 * heel_off - landing
        there = prints[step + 1]
        swing = (within - STANCE) / (1 - STANCE)
        share = _ease(swing)
        lift = (0.045 * (1 - swing)) * brisk + (0.035 + 0.05 * brisk) * np.sin(np.pi * swing)
        pitch = (0.55 * (1 - swing) - 0.25 * swing) * brisk
        where = here + (there - here) * share
        return where[:2], float(lift), float(where[2]), float(pitch)

    def _footprints(self, lead: float) -> FloatArray:
        """Return `(strides + 2, 3)` x, y, yaw of each footprint of the foot that leads by `lead`."""
        side = self._foot_offset_m if lead == 0.0 else -self._foot_offset_m
        prints = []
        for step in range(int(self._phase[-1] + lead) + 3):
            landing = step - lead
            standing = self._stops[(self._stops >= landing) & (self._stops <= landing + STANCE)]
            middle = standing[0] if len(standing) else landing + STANCE / 2
            at = np.interp(
                middle, self._phase + np.arange(len(self._phase)) * 1e-9, np.arange(len(self._phase))
            )
            xy = np.array([np.interp(at, np.arange(len(self._xy_m)), self._xy_m[:, axis]) for axis in (0, 1)])
            yaw = float(np.interp(at, np.arange(len(self._yaw_rad)), self._yaw_rad))
            left = np.array([np.cos(yaw), np.sin(yaw)])
            prints.append([*(xy + side * left), yaw])
        return np.array(prints)

    def _at(self, at_s: float, samples: FloatArray) -> float:
        position = min(max((at_s - self.start_s) / TICK_S, 0.0), len(samples) - 1.0)
        below = int(position)
        if below == len(samples) - 1:
            return float(samples[below])
        share = position - below
        return float(samples[below] * (1 - share) + samples[below + 1] * share)


def smooth_walk(xy_m: FloatArray) -> FloatArray:
    """Round the corners and ease the starts and stops of a track `(n, 2)` of one point per tick."""
    smooth: FloatArray = gaussian_filter1d(xy_m, _SMOOTHING_S / TICK_S, axis=0, mode="nearest", truncate=3.5)
    return smooth


def headings(xy_m: FloatArray, facing_rad: FloatArray) -> FloatArray:
    """Return `(n,)` unwrapped headings along a smooth track.

    Args:
        xy_m: `(n, 2)` one point per tick.
        facing_rad: `(n,)` where to look while standing; NaN for "as you came".
    """
    step = np.gradient(xy_m, axis=0)
    speed = np.hypot(*step.T) / TICK_S
    walking = np.arctan2(step[:, 0], -step[:, 1])
    wanted = np.where(speed > 0.25, walking, np.where(np.isfinite(facing_rad), facing_rad, np.nan))
    wanted = _filled(wanted)
    turned = np.empty(len(wanted))
    turned[0] = wanted[0]
    limit = _MAX_TURN_RAD_S * TICK_S
    for i in range(1, len(wanted)):
        error = (wanted[i] - turned[i - 1] + np.pi) % (2 * np.pi) - np.pi
        turned[i] = turned[i - 1] + min(max(error, -limit), limit)
    smooth: FloatArray = gaussian_filter1d(turned, 3.0, mode="nearest", truncate=3.0)
    return smooth


def _filled(values: FloatArray) -> FloatArray:
    """Carry the last known value forward, and the first one back."""
    known = np.flatnonzero(np.isfinite(values))
    if len(known) == 0:
        return np.zeros(len(values))
    index = np.searchsorted(known, np.arange(len(values)), side="right") - 1
    return np.asarray(values[known[np.maximum(index, 0)]])


def _phases(effort_m: FloatArray, stride_m: float) -> tuple[FloatArray, FloatArray]:
    """Turn effort per tick into strides so that every stop has both feet on the floor.

    Returns:
        `(n,)` strides since the start, and the phases `(stops,)` at which the person stands.
    """
    moving = effort_m > _MOVING_M_S * TICK_S
    phase = np.empty(len(effort_m))
    now, stops, i = _DOUBLE_SUPPORT, [_DOUBLE_SUPPORT], 0
    while i < len(effort_m):
        j = i
        while j < len(effort_m) and moving[j] == moving[i]:
            j += 1
        if moving[i]:
            done = np.cumsum(effort_m[i:j])
            if done[-1] < _NO_STEP_M:
                phase[i:j] = now
                i = j
                continue
            strides = max(2, round(2 * done[-1] / stride_m)) / 2
            phase[i:j] = now + strides * done / done[-1]
            now += strides
            stops.append(now)
        else:
            phase[i:j] = now
        i = j
    return phase, np.array(stops)


def _ease(share: float) -> float:
    x = min(max(share, 0.0), 1.0)
    return x * x * (3 - 2 * x)
