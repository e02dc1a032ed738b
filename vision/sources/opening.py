"""Open what `store.toml` names as a camera's video."""

from collections.abc import Sequence
from pathlib import Path

from vision.errors import SourceError
from vision.settings import CameraSettings, StoreSettings
from vision.sources.picture_folder import PICTURE_SUFFIXES, PictureFolderSource
from vision.sources.protocol import RecordedSource
from vision.sources.video_file import VideoFileSource
from vision.sources.video_folder import VideoFolderSource

# Recorders stop their cameras one after the other; more than this is a file that was cut short.
MAX_END_DIFFERENCE_S = 2.0


def open_sources(settings: StoreSettings) -> tuple[RecordedSource, ...]:
    """Open and check the recordings of all cameras, in the order of the settings.

    Raises:
        SourceError: If one is unusable or live, or ends well before the others.
    """
    start_s = settings.recording.start_s if settings.recording else 0.0
    sources = tuple(_open_recorded(camera, start_s) for camera in settings.cameras)
    _check_ends(sources)
    return sources


def _open_recorded(camera: CameraSettings, start_s: float) -> RecordedSource:
    if camera.is_live:
        raise SourceError(
            f"camera {camera.camera_id!r}: {camera.video} is live and cannot be played back; watch it with"
            " 'walkout run', or record it to a file and name that"
        )
    start_s += camera.clock_offset_s
    folder = Path(camera.video)
    if not folder.is_dir():
        return VideoFileSource(camera, start_s)
    if any(entry.suffix.lower() in PICTURE_SUFFIXES for entry in folder.iterdir()):
        return PictureFolderSource(camera, start_s)
    return VideoFolderSource(camera, start_s)


def _check_ends(sources: Sequence[RecordedSource]) -> None:
    longest = max(sources, key=lambda source: source.duration_s)
    for source in sources:
        if longest.duration_s - source.duration_s > MAX_END_DIFFERENCE_S and not source.ends_early:
            raise SourceError(
                f"camera {source.camera_id!r}: video {source.path} is truncated: it has"
                f" {source.frame_count} frames ({source.duration_s:.1f} s), camera"
                f" {longest.camera_id!r} has {longest.frame_count} ({longest.duration_s:.1f} s);"
                " copy it again from the recorder"
            )
