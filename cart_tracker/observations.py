"""What the outside may tell the tracker, in metres and seconds: the vocabulary of the journal.

Cameras, scales or a simulator speak to the tracker through these types and nothing else. Bundles that
come many times a second are dataclasses of arrays; facts of the gate are dataclasses of scalars.
Time is `at_s`: seconds since the Unix epoch (UTC) on the store's clock, when the thing was seen.
"""

from dataclasses import dataclass, field
from enum import IntEnum
from typing import NewType

import numpy as np
import numpy.typing as npt

from cart_tracker.errors import ObservationError
from cart_tracker.store_map import SlotId

CameraId = NewType("CameraId", str)
TrackletId = NewType("TrackletId", int)
VisitId = NewType("VisitId", str)

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


class Hand(IntEnum):
    """Which hand of a person; also the index of the hand axis in arrays."""

    LEFT = 0
    RIGHT = 1


SHIFT_NATS = -1.0  # hands turn and push units less often than they take them


@dataclass(frozen=True, slots=True, eq=False)
class PeopleSeen:
    """Everybody one camera saw in one frame (also sent when nobody was seen).

    Attributes:
        camera_id: The camera.
        at_s: Capture time.
        tracklet_id: `(n,)` int64, a person followed in this camera; unique within the camera.
        score: `(n,)` detection score in [0, 1].
        xy_m: `(n, 2)` where the person stands on the floor.
        cov_m2: `(n, 2, 2)` covariance of `xy_m`.
        wrist_direction: `(n, 2, 3)` unit vectors from the camera through the left and right wrist;
            NaN where the wrist was not seen.
        wrist_sigma_rad: `(n, 2)` angular standard deviation of those rays; NaN where not seen.
        camera_xyz_m: `(3,)` where the rays start.
    """

    camera_id: CameraId
    at_s: float
    tracklet_id: IntArray
    score: FloatArray
    xy_m: FloatArray
    cov_m2: FloatArray
    wrist_direction: FloatArray
    wrist_sigma_rad: FloatArray
    camera_xyz_m: FloatArray

    def __post_init__(self) -> None:
        """Check shapes and finiteness.

        Raises:
            ObservationError: If a shape disagrees or a value that must be finite is not.
        """
        n = len(self.tracklet_id)
        for name, array, expected in (
            ("tracklet_id", self.tracklet_id, (n,)),
            ("score", self.score, (n,)),
            ("xy_m", self.xy_m, (n, 2)),
            ("cov_m2", self.cov_m2, (n, 2, 2)),
            ("wrist_direction", self.wrist_direction, (n, 2, 3)),
            ("wrist_sigma_rad", self.wrist_sigma_rad, (n, 2)),
            ("camera_xyz_m", self.camera_xyz_m, (3,)),
        ):
            if array.shape != expected:
                raise ObservationError(f"{name} has shape {array.shape}, expected {expected}")
        finite = np.isfinite(self.at_s) and all(
            np.isfinite(array).all() for array in (self.score, self.xy_m, self.cov_m2, self.camera_xyz_m)
        )
        if not finite:
            raise ObservationError(f"camera {self.camera_id!r} at {self.at_s}: a value is not finite")


@dataclass(frozen=True, slots=True, eq=False)
class HandSeen:
    """What one visible hand near a shelf seems to hold, in one frame of one camera.

    Attributes:
        log_likelihood: `(1 + n_products,)` natural log; column 0 is "empty", the others follow
            `StoreMap.product_ids`. Only differences matter.
        units_log_likelihood: `(3,)` natural log, of one, two, and three or more units, should it hold any;
            zeros where nothing was counted. Only differences matter.
    """

    camera_id: CameraId
    at_s: float
    tracklet_id: TrackletId
    hand: Hand
    log_likelihood: FloatArray
    units_log_likelihood: FloatArray = field(default_factory=lambda: np.zeros(3))

    def __post_init__(self) -> None:
        """Check the likelihoods.

        Raises:
            ObservationError: If they are not finite vectors.
        """
        if self.log_likelihood.ndim != 1 or not np.isfinite(self.log_likelihood).all():
            raise ObservationError(
                f"hand in camera {self.camera_id!r}: log_likelihood must be a finite vector"
            )
        if self.units_log_likelihood.shape != (3,) or not np.isfinite(self.units_log_likelihood).all():
            raise ObservationError(
                f"hand in camera {self.camera_id!r}: units_log_likelihood must be three finite numbers"
            )


@dataclass(frozen=True, slots=True)
class SlotLogLikelihood:
    """Natural log of P(pictures | what happened in a slot), up to a constant shared by the four.

    Attributes:
        nothing: Nothing in it moved: light, shadow, noise, or something before the shelf.
        shifted: Units were turned, pushed back or moved aside; it holds as many as before.
        taken: It holds fewer units than before.
        came: It holds more.
    """

    nothing: float
    shifted: float
    taken: float
    came: float

    @property
    def still(self) -> float:
        """That as many units stand there as before."""
        return max(self.nothing, self.shifted + SHIFT_NATS)

    @classmethod
    def of_ratio(cls, log_ratio: float, units: float) -> "SlotLogLikelihood":
        """Say as much as is known from moved against still, and a sign (0.0 for unknown)."""
        taken, came = (log_ratio if units * sign >= 0 else min(log_ratio, 0.0) for sign in (-1, 1))
        return cls(0.0, 0.0, taken, came)


@dataclass(frozen=True, slots=True)
class SlotChanged:
    """A slot looks different from when it was last seen with nobody in front of it.

    Attributes:
        at_s: First clear view after the change.
        since_s: Last clear view before it.
        slot_id: Where on the shelf.
        log_likelihood: What the two looks say about each thing that may have happened.
        units: Estimated change in units: negative when something left, positive when something came,
            0.0 when the sign is unknown.
    """

    camera_id: CameraId
    at_s: float
    since_s: float
    slot_id: SlotId
    log_likelihood: SlotLogLikelihood
    units: float

    @property
    def log_ratio(self) -> float:
        """Natural log of P(pictures | units left or came) / P(pictures | as many as before)."""
        told = self.log_likelihood
        return max(told.taken, told.came) - told.still


@dataclass(frozen=True, slots=True, eq=False)
class SlotsWatched:
    """How well one camera watches the shelves, told once when it begins.

    A slot that no camera names is watched by none: that no change of it is told says nothing.

    Attributes:
        slot_id: Slots that it sees, all others it does not.
        noticed: `(n,)` in [0, 1], the share of units coming or going that it notices.
    """

    camera_id: CameraId
    at_s: float
    slot_id: tuple[SlotId, ...]
    noticed: FloatArray

    def __post_init__(self) -> None:
        """Check the shares.

        Raises:
            ObservationError: If there is not one in [0, 1] for every slot.
        """
        is_share = (self.noticed >= 0) & (self.noticed <= 1)  # False for NaN
        if self.noticed.shape != (len(self.slot_id),) or not is_share.all():
            raise ObservationError(f"camera {self.camera_id!r}: noticed must be one share in [0, 1] a slot")


@dataclass(frozen=True, slots=True)
class GateScanned:
    """The gate accepted an entry code and opened for this visit."""

    at_s: float
    gate_id: str
    visit_id: VisitId


@dataclass(frozen=True, slots=True)
class GateCrossed:
    """Somebody went through a light barrier: of the gate or of the exit, which may be the same.

    Attributes:
        gate_id: Where; a gate at which codes are scanned or people come in is an entrance.
    """

    at_s: float
    gate_id: str
    is_inward: bool


@dataclass(frozen=True, slots=True)
class CameraHealthChanged:
    """A camera stopped or resumed giving usable frames."""

    at_s: float
    camera_id: CameraId
    is_usable: bool
    reason: str


Observation = (
    PeopleSeen | HandSeen | SlotChanged | SlotsWatched | GateScanned | GateCrossed | CameraHealthChanged
)
