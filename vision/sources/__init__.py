"""Where frames come from: one protocol, `FrameSource`, and everything a camera can be behind it.

Recorded: `video_file`, `video_folder` (a recorder's pieces, one after the other), `picture_folder`; all are
checked before the first frame is used, so that a bad one is noticed before anything is written. Live:
`live_camera` reads a USB camera or a network stream in a thread of its own and always has the newest frame;
`stream` opens streams, `backoff` says when to try again. `opening` chooses by what `store.toml` says.
"""

from vision.sources.opening import open_sources
from vision.sources.protocol import FrameSource, RecordedSource

__all__ = ["FrameSource", "RecordedSource", "open_sources"]
