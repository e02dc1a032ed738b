"""Cameras that gave nothing usable: what happened meanwhile was seen by fewer eyes, or by none."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from cart_tracker.observations import CameraHealthChanged, CameraId

# A reach lasts about a second, so a shorter gap does not hide one altogether.
MIN_OUTAGE_S = 1.0
KEPT_S = 86_400.0  # no visit lasts a day


@dataclass(frozen=True, slots=True)
class Outage:
    """One camera without usable pictures.

    Attributes:
        until_s: Its end; infinite while it lasts.
        reason: What the camera's health said.
    """

    camera_id: CameraId
    since_s: float
    until_s: float
    reason: str

    def during_s(self, since_s: float, until_s: float) -> float:
        """Seconds of it that lie between two times."""
        return max(0.0, min(self.until_s, until_s) - max(self.since_s, since_s))


@dataclass(slots=True)
class Outages:
    """Remembers when which camera was of no use, as its health tells."""

    _open: dict[CameraId, CameraHealthChanged] = field(default_factory=dict)
    _over: list[Outage] = field(default_factory=list)

    def changed(self, change: CameraHealthChanged) -> None:
        """Take in what was told about a camera, in order of time."""
        began = self._open.get(change.camera_id)
        if not change.is_usable:
            self._open.setdefault(change.camera_id, change)
        elif began is not None:
            del self._open[change.camera_id]
            self._over.append(Outage(change.camera_id, began.at_s, change.at_s, began.reason))
            self._over = [outage for outage in self._over if outage.until_s > change.at_s - KEPT_S]

    def doubt(self, since_s: float, until_s: float) -> str:
        """Say why a visit between two times cannot be trusted; empty if no camera was missing for long.

        Which shelves a camera alone could see is not known here, so every camera counts.
        """
        for outage in self._all():
            missed_s = outage.during_s(since_s, until_s)
            if missed_s >= MIN_OUTAGE_S:
                return f"camera {outage.camera_id} was missing for {missed_s:.0f} s: {outage.reason}"
        return ""

    def _all(self) -> Iterator[Outage]:
        yield from self._over
        for began in self._open.values():
            yield Outage(began.camera_id, began.at_s, float("inf"), began.reason)
