"""A camera for tests: a real RTSP server behind a proxy that can do everything that goes wrong on a wire.

The server is `aio-rtsp-toolkit`'s; it plays a video file at the pace at which it was recorded and tells its
wall clock in RTCP sender reports. Who connects sees it from its start, with stamps from 0 as after a reboot;
or, once `film_from` was called, what is being filmed now, as of a camera that goes on while nobody looks.
"""

import asyncio
import logging
import shutil
import socket
import threading
import time
from collections.abc import Coroutine
from contextlib import suppress
from enum import Enum
from pathlib import Path
from typing import Any, Self

import aio_rtsp_toolkit.server as rtsp
import aio_sockets
import numpy as np

GOP_S = 1.0  # of videos that are filmed live: key frames come at least so often

_quiet = logging.getLogger("rtsp-server-of-tests")
_quiet.addHandler(logging.NullHandler())
_quiet.propagate = False
rtsp.logger = aio_sockets.aio_sockets.logger = _quiet


class Fault(Enum):
    """What the wire does."""

    NONE = "none"
    HOLD = "hold"  # nothing comes through; it floods in when the fault is over
    LOSE = "lose"  # nothing comes through, and on connections of that time it never will
    REFUSE = "refuse"  # nobody answers at the camera's address
    ACCEPT_AND_DIE = "accept and die"
    CORRUPT = "corrupt"


class _Session(rtsp.RtspServerSession):
    """A session that leaves out what was filmed before it began, but for the pictures that decoding needs."""

    is_playing = False

    async def _send_video_packet(
        self, state: Any, data: bytes, media_time: float, duration_seconds: float, is_keyframe: bool
    ) -> None:
        epoch_s = self.server.epoch_s
        if epoch_s is not None:
            is_past = (time.perf_counter() - epoch_s) / self.server.slow_motion - media_time > GOP_S
            if not self.is_playing and (is_past or not is_keyframe):
                return
            state.first_send_time = epoch_s
        self.is_playing = True
        await super()._send_video_packet(state, data, media_time, duration_seconds, is_keyframe)

    async def _sleep_until_media_time(self, state: Any, media_time: float) -> None:
        await super()._sleep_until_media_time(state, media_time * self.server.slow_motion)


class _Server(rtsp.RtspServer):
    """Plays from the file's start to everybody, or what is filmed now where `epoch_s` is set."""

    epoch_s: float | None = None
    slow_motion = 1.0

    async def _handle_client(self, sock: aio_sockets.TCPSocket) -> None:
        with suppress(ConnectionError):
            await _Session(self, sock).run()


class RtspCamera:
    """Serves one video at `url`; use as a context manager. Faults may be set at any time, from any thread."""

    def __init__(self, folder: Path, video: Path, *, is_endless: bool = True) -> None:
        """Serve `video` from a copy in `folder`, again and again or once."""
        folder.mkdir(parents=True)
        self._file = folder / "camera.mp4"
        self.show(video)
        self._server = _Server(str(folder), "127.0.0.1", _free_port())
        self._port = _free_port()
        self.url = f"rtsp://127.0.0.1:{self._port}/camera.mp4{'?play_count=0' if is_endless else ''}"
        self.connections = 0
        self._fault = Fault.NONE
        self._delay_s = 0.0
        self._listener: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._rng = np.random.default_rng(0)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="rtsp-camera", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._do(self._server.start())
        self._do(self._listen())
        return self

    def __exit__(self, *_: object) -> None:
        self._do(self._shut())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def show(self, video: Path) -> None:
        """Play another video to whoever connects from now on."""
        shutil.copyfile(video, self._file)

    def film_from(self, epoch_s: float, slow_motion: float = 1.0) -> None:
        """Film live: the video began at `epoch_s` of `time.perf_counter`. It has a key frame a second.

        In slow motion a second of the video takes longer, but its stamps are those of the video.
        """
        self._server.epoch_s = epoch_s
        self._server.slow_motion = slow_motion

    def fail(self, fault: Fault) -> None:
        """Let the wire do this from now on."""
        self._fault = fault
        if fault is Fault.REFUSE:
            self._do(self._hang_up())

    def mend(self) -> None:
        """Let the wire do its work again."""
        was_refusing = self._fault is Fault.REFUSE
        self._fault = Fault.NONE
        if was_refusing:
            self._do(self._listen())

    def delay(self, delay_s: float) -> None:
        """Keep everything back for so long from now on."""
        self._delay_s = delay_s

    def cut(self) -> None:
        """Break all connections, as a reboot does; new ones are accepted."""
        self._do(self._close_connections())

    def _do(self, work: Coroutine[Any, Any, Any]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _listen(self) -> None:
        self._listener = await asyncio.start_server(self._accept, "127.0.0.1", self._port)

    async def _hang_up(self) -> None:
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        await self._close_connections()

    async def _close_connections(self) -> None:
        for writer in list(self._writers):
            writer.transport.abort()
        self._writers.clear()

    async def _shut(self) -> None:
        self._fault = Fault.NONE
        await self._hang_up()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._server.close(), 2)
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        if self._fault is Fault.ACCEPT_AND_DIE:
            writer.transport.abort()
            return
        there_reader, there_writer = await asyncio.open_connection("127.0.0.1", self._server.port)
        self._writers |= {writer, there_writer}
        with suppress(ConnectionError):
            await asyncio.gather(
                self._pump(reader, there_writer, is_from_camera=False),
                self._pump(there_reader, writer, is_from_camera=True),
            )

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, is_from_camera: bool
    ) -> None:
        loop = asyncio.get_running_loop()
        is_lost = False
        while data := await reader.read(65536):
            while is_from_camera and self._fault is Fault.HOLD:
                await asyncio.sleep(0.01)
            is_lost |= is_from_camera and self._fault is Fault.LOSE
            if is_lost:
                continue
            if is_from_camera and self._fault is Fault.CORRUPT:
                data = self._corrupted(data)
            if is_from_camera and self._delay_s > 0:
                loop.call_later(self._delay_s, writer.write, data)
            else:
                writer.write(data)
                await writer.drain()
        writer.close()

    def _corrupted(self, data: bytes) -> bytes:
        """Turn bytes over deep inside large pieces, where pictures are and no lengths."""
        damaged = bytearray(data)
        if len(data) > 300:
            for place in self._rng.integers(200, min(len(data), 1200), 4):
                damaged[place] ^= 0x5A
        return bytes(damaged)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])
