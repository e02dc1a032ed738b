"""Writes recording folders: store.toml, videos, gate log, truth. The same input gives the same bytes."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

from cart_tracker.store_map import StoreMap
from datasets.recording import GateEvent
from datasets.truth_file import write_truth
from vision.camera_model import CameraModel

__all__ = [
    "RecordingVideo",
    "VideoQuality",
    "write_gate_log",
    "write_recording_toml",
    "write_store_toml",
    "write_truth",
]

_KEYFRAME_EVERY = 20
# Presentation times in ticks of this; 90 kHz is what MPEG transports count in.
_TICKS_PER_S = 90_000


@dataclass(frozen=True, slots=True)
class VideoQuality:
    """How hard a video is compressed: to a constant look, or to a bit rate as cameras do.

    Attributes:
        crf: x264's constant rate factor; 25 lets a can's print survive and many minutes fit.
        bit_rate: Bits per second; wins over `crf` where given.
    """

    crf: int = 25
    bit_rate: int | None = None


class RecordingVideo:
    """One camera's H.264 file with a time for every frame; use it as a context manager."""

    def __init__(
        self, path: Path, size_px: tuple[int, int], fps: int, quality: VideoQuality = VideoQuality()
    ) -> None:
        """Open the file; `fps` is nominal, frames are shown when `write` says."""
        self._last_ticks = -1
        self._container = av.open(str(path), "w", format="mp4")
        self._stream = self._container.add_stream("libx264", rate=Fraction(fps))
        self._stream.width, self._stream.height = size_px
        self._stream.pix_fmt = "yuv420p"
        self._stream.time_base = Fraction(1, _TICKS_PER_S)
        self._stream.codec_context.time_base = Fraction(1, _TICKS_PER_S)
        # One thread: with more, the bytes depend on the machine.
        self._stream.codec_context.thread_count = 1
        options: dict[str, object] = {"preset": "veryfast", "g": str(_KEYFRAME_EVERY), "threads": "1"}
        if quality.bit_rate is None:
            options["crf"] = str(quality.crf)
        else:
            self._stream.codec_context.bit_rate = quality.bit_rate
            # A second's worth of buffer, as network cameras keep.
            options |= {"maxrate": str(quality.bit_rate), "bufsize": str(quality.bit_rate)}
        self._stream.options = options

    def write(self, image: npt.NDArray[np.uint8], at_s: float) -> None:
        """Append a BGR picture `(h, w, 3)` that is shown `at_s` after the recording's start.

        Raises:
            ValueError: If it is not after the picture before it; the first is at 0 or later.
        """
        ticks = round(at_s * _TICKS_PER_S)
        if ticks <= self._last_ticks:
            raise ValueError(f"a frame at {at_s} s comes after one at {self._last_ticks / _TICKS_PER_S} s")
        self._last_ticks = ticks
        frame = av.VideoFrame.from_ndarray(image, format="bgr24")
        frame.pts, frame.time_base = ticks, Fraction(1, _TICKS_PER_S)
        self._container.mux(self._stream.encode(frame))

    def __enter__(self) -> "RecordingVideo":
        """Return the video."""
        return self

    def __exit__(self, *_: object) -> None:
        """Finish the file."""
        self._container.mux(self._stream.encode())
        self._container.close()


def write_store_toml(
    path: Path,
    store_map: StoreMap,
    cameras: Sequence[CameraModel],
    fps: int,
    start_s: float,
    ending_early: Collection[str] = (),
) -> None:
    """Write what an installed store knows, and where its recording is.

    Cameras `ending_early` are known to have died before the end.
    """
    lines = [
        "[store]",
        f"id = {_toml(store_map.store_id)}",
        f"name = {_toml(store_map.name)}",
        f"currency = {_toml(store_map.currency)}",
        *(
            f"{key} = {_toml(value)}"
            for key, value in (
                ("floor_xy_m", store_map.floor_xy_m),
                ("gate_xy_m", store_map.gate_xy_m),
                ("exit_xy_m", store_map.exit_xy_m),
                ("scanner_xy_m", store_map.scanner_xy_m),
            )
        ),
        "",
        "[recording]",
        'gate = "gate.jsonl"',
        f"start_at = {_toml(_iso(start_s))}",
        f"fps = {fps}",
    ]
    for product in store_map.products:
        lines += _table(
            "products",
            {
                "id": product.product_id,
                "name": product.name,
                "price_minor": product.price_minor,
                "size_m": product.size_m,
            },
        )
    for camera in cameras:
        lines += _table(
            "cameras",
            {
                "id": camera.camera_id,
                "video": f"{camera.camera_id}.mp4",
                "size_px": camera.size_px,
                "fps": fps,
                **({"ends_early": True} if camera.camera_id in ending_early else {}),
                "lens": camera.lens,
                "matrix": camera.matrix,
                "distortion": camera.distortion,
                "rotation": camera.rotation,
                "position_m": camera.position_m,
            },
        )
    for shelf in store_map.shelves:
        lines += _table(
            "shelves",
            {
                "id": shelf.shelf_id,
                "origin_xy_m": shelf.origin_xy_m,
                "along_xy": shelf.along_xy,
                "width_m": shelf.width_m,
                "depth_m": shelf.depth_m,
            },
        )
        for slot in shelf.slots:
            lines += _table(
                "shelves.slots",
                {
                    "id": slot.slot_id,
                    "product": slot.product_id,
                    "along_m": slot.along_m,
                    "height_m": slot.height_m,
                    "stock": slot.stock,
                },
            )
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_recording_toml(
    path: Path, scenario: str, seed: int, start_s: float, duration_s: float, fps: int, generator: str
) -> None:
    """Write which script a recording shows."""
    lines = [
        f"scenario = {_toml(scenario)}",
        f"seed = {seed}",
        f"start_at = {_toml(_iso(start_s))}",
        f"duration_s = {_toml(duration_s)}",
        f"fps = {fps}",
        f"generator = {_toml(generator)}",
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_gate_log(path: Path, events: Sequence[GateEvent]) -> None:
    """Write what the gate reported, one line per event."""
    lines = [json.dumps(_gate_entry(event)) for event in events]
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def _gate_entry(event: GateEvent) -> dict[str, object]:
    entry: dict[str, object] = {"kind": event.kind.value, "at_s": event.at_s, "gate_id": event.gate_id}
    return entry if event.shopper is None else {**entry, "shopper": event.shopper}


def _table(name: str, values: Mapping[str, object]) -> list[str]:
    return ["", f"[[{name}]]", *(f"{key} = {_toml(value)}" for key, value in values.items())]


def _toml(value: object) -> str:
    if isinstance(value, np.ndarray):
        value = np.round(value, 9).tolist()
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    if isinstance(value, (bool, str)):
        return json.dumps(value)
    if isinstance(value, float):
        return repr(round(float(value), 9))  # what is numpy's is a float, too, but writes itself otherwise
    return str(value)


def _iso(at_s: float) -> str:
    return datetime.fromtimestamp(at_s, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
