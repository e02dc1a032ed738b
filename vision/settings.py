"""Read `store.toml`: the cameras with their videos and calibration, the store map, the recording."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from cart_tracker.errors import CartTrackerError
from cart_tracker.observations import CameraId
from cart_tracker.store_map import StoreMap, store_map_from_toml
from vision.camera_model import Camera, camera_from_toml
from vision.errors import CalibrationError, SettingsError
from vision.providers import Provider

SHOPPER_MODEL = "shopper-pose"
HAND_MODEL = "product-looks"
SLOT_MODEL = "slot-changes"
WRIST_MODEL = "wrists"
MAX_CLOCK_OFFSET_S = 10.0  # what a constant delay may be; more is a wrong date, and no constant


@dataclass(frozen=True, slots=True)
class CameraSettings:
    """One camera of the store.

    Attributes:
        camera: Its calibration.
        video: Path of a file or folder, relative paths already resolved against `store.toml`; or, live, a
            stream's URL or the device of a USB camera ("/dev/video0").
        fps: Frames per second.
        ends_early: The camera is known to have died: its video may end before the others.
        clock_offset_s: Added to this camera's capture times; a walk test finds it.
    """

    camera: Camera
    video: str
    fps: float
    ends_early: bool = False
    clock_offset_s: float = 0.0

    @property
    def camera_id(self) -> CameraId:
        """Id of the camera, as in `store.toml`."""
        return self.camera.camera_id

    @property
    def is_live(self) -> bool:
        """Whether the video is a stream or a device, which have no end, and not a recording."""
        return is_url(self.video) or is_device(self.video)


@dataclass(frozen=True, slots=True)
class RecordingSettings:
    """What was recorded beside the videos; a live store has none.

    Attributes:
        start_s: Capture time of frame 0 of every camera, seconds since the epoch.
        gate_log: Accepted scans, one JSON object a line; None if the gate was not recorded.
    """

    start_s: float
    gate_log: Path | None


@dataclass(frozen=True, slots=True)
class VisionSettings:
    """How the cameras are looked at.

    Attributes:
        provider: What computes the networks.
        shopper_model: Name of the network that finds people, in `models/cards`.
        hand_model: Name of the network that reads hands: one that compares with enrolment pictures, or one
            that was trained on this store's products.
        slot_model: Name of the network that says what changed on a shelf.
        wrist_model: Name of the network that finds the wrists of people at shelves.
        motion_gate: Look with the network only at frames in which something moved; see `vision.motion_gate`.
    """

    provider: Provider = Provider.AUTO
    shopper_model: str = SHOPPER_MODEL
    hand_model: str = HAND_MODEL
    slot_model: str = SLOT_MODEL
    wrist_model: str = WRIST_MODEL
    motion_gate: bool = False


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """Everything an installed store knows about itself.

    Attributes:
        path: The `store.toml` it was read from.
        cameras: In the order of the file; observations of one time come in this order.
        recording: None when the cameras are live.
        gate_log: Where the gate of a live store appends the codes it accepts; None without a gate.
        checkout_url: Where visits of a live store go; None if nobody is charged.
        vision: How the cameras are looked at.
        confidence_path: What `walkout evaluate --calibrate` learned about this store; None where it has not.
    """

    path: Path
    cameras: tuple[CameraSettings, ...]
    store_map: StoreMap
    recording: RecordingSettings | None
    gate_log: Path | None = None
    checkout_url: str | None = None
    vision: VisionSettings = VisionSettings()
    confidence_path: Path | None = None

    @property
    def is_live(self) -> bool:
        """Whether the cameras are live; `read_settings` refuses a mixture."""
        return self.cameras[0].is_live


def read_settings(path: Path) -> StoreSettings:
    """Read and check a `store.toml`, or the one in the folder `path`.

    Raises:
        SettingsError: If it is missing, is not TOML, a camera lacks its calibration, two cameras share an
            id, or the planogram names an unknown product.
    """
    path = path / "store.toml" if path.is_dir() else path
    document = _read_toml(path)
    try:
        store_map = store_map_from_toml(document)
        cameras = tuple(_camera(entry, path.parent) for entry in document.get("cameras", ()))
        recording = _recording(document["recording"], path.parent) if "recording" in document else None
        gate_log = path.parent / str(document["gate"]["log"]) if "gate" in document else None
        checkout_url = str(document["checkout"]["url"]) if "checkout" in document else None
        vision = _vision(document.get("vision", {}))
        confidence = document.get("tracker", {}).get("confidence")
    except (CartTrackerError, CalibrationError) as error:
        raise SettingsError(f"{path}: {error}") from error
    except KeyError as error:
        raise SettingsError(f"{path}: {error.args[0]!r} is missing; add it") from error
    except (TypeError, ValueError, AttributeError) as error:
        raise SettingsError(f"{path}: {error}") from error
    _check_cameras(cameras, path)
    confidence_path = None if confidence is None else path.parent / str(confidence)
    return StoreSettings(path, cameras, store_map, recording, gate_log, checkout_url, vision, confidence_path)


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise SettingsError(
            f"{path} does not exist; give a store.toml or the folder of a recording"
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} cannot be read ({error})") from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path} is not valid TOML: {error}; correct that line") from error


def _camera(entry: Mapping[str, Any], folder: Path) -> CameraSettings:
    camera = camera_from_toml(entry)
    if "video" not in entry:
        raise ValueError(f"camera {camera.camera_id!r} has no video; give a file name or a stream URL")
    video = _video(entry["video"], folder)
    fps = float(entry["fps"])
    if not 0 < fps <= 1000:
        raise ValueError(f"camera {camera.camera_id!r}: fps is {fps}, expected a positive number")
    ends_early = entry.get("ends_early", False)
    if not isinstance(ends_early, bool):
        raise TypeError(f"camera {camera.camera_id!r}: ends_early is {ends_early!r}, give true or false")
    clock_offset_s = float(entry.get("clock_offset_s", 0.0))
    if not abs(clock_offset_s) <= MAX_CLOCK_OFFSET_S:
        raise ValueError(
            f"camera {camera.camera_id!r}: clock_offset_s is {clock_offset_s}, expected seconds within"
            f" {MAX_CLOCK_OFFSET_S:g}"
        )
    return CameraSettings(camera, video, fps, ends_early, clock_offset_s)


def is_url(video: str) -> bool:
    """Whether a camera's video is a network stream."""
    return "://" in video


def is_device(video: str) -> bool:
    """Whether a camera's video is a device of this computer, such as a USB camera."""
    return video.startswith("/dev/")


def _video(entry: object, folder: Path) -> str:
    """Return a URL or device as it is, number `n` as the n-th USB camera, else a path beside `store.toml`."""
    if isinstance(entry, int) and not isinstance(entry, bool):
        return f"/dev/video{entry}"
    video = str(entry)
    return video if is_url(video) else str(folder / video)


def _recording(section: Mapping[str, Any], folder: Path) -> RecordingSettings:
    start = section["start_at"]
    started = start if isinstance(start, datetime) else datetime.fromisoformat(str(start))
    if started.tzinfo is None:
        raise ValueError(f"[recording] start_at is {start}, which has no time zone; end it with Z")
    gate = section.get("gate")
    return RecordingSettings(started.timestamp(), folder / str(gate) if gate else None)


def _vision(section: Mapping[str, Any]) -> VisionSettings:
    provider, motion_gate = section.get("provider", Provider.AUTO), section.get("motion_gate", False)
    if provider not in list(Provider):
        known = ", ".join(repr(str(one)) for one in Provider)
        raise ValueError(f"[vision] provider is {provider!r}; give one of {known}")
    if not isinstance(motion_gate, bool):
        raise TypeError(f"[vision] motion_gate is {motion_gate!r}, give true or false")
    shopper_model = str(section.get("shopper_model", SHOPPER_MODEL))
    hand_model = str(section.get("hand_model", HAND_MODEL))
    slot_model = str(section.get("slot_model", SLOT_MODEL))
    wrist_model = str(section.get("wrist_model", WRIST_MODEL))
    return VisionSettings(Provider(provider), shopper_model, hand_model, slot_model, wrist_model, motion_gate)


def _check_cameras(cameras: tuple[CameraSettings, ...], path: Path) -> None:
    if not cameras:
        raise SettingsError(f"{path}: no [[cameras]]; add at least one")
    ids = [camera.camera_id for camera in cameras]
    for camera_id in ids:
        if ids.count(camera_id) > 1:
            raise SettingsError(f"{path}: two cameras are called {camera_id!r}; give each its own id")
    live = [camera.camera_id for camera in cameras if camera.is_live]
    if live and len(live) < len(cameras):
        raise SettingsError(
            f"{path}: {', '.join(live)} is live and other cameras are recordings; give all of one kind"
        )
