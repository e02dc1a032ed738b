"""A camera for tests: a real RTSP server behind a proxy that can do everything that goes wrong on a wire.

The server is `aio-rtsp-toolkit`'s; it plays a video file from its start to whoever connects, at the pace at
which it was recorded, stamps from 0, and tells its wall clock in RTCP sender reports.
"""

import asyncio
import logging
import shutil
import socket
import threading
from collections.abc import Coroutine
from contextlib import suppress
from enum import Enum
from pathlib import Path
from typing import Any, Self

import aio_rtsp_toolkit.server as rtsp
import aio_sockets
import numpy as np

_quiet = logging.getLogger("rtsp-server-of-tests")
_quiet.addHandler(logging.NullHandler())
_quiet.propagate = False
rtsp.logger = aio_sockets.aio_sockets.logger = _quiet


class Fault(Enum):
    """What the wire does."""

    NONE = "none"
    HOLD = "hold"  # nothing comes through; it floods in when the fault is over
    LOSE = "lose"  # nothing comes through, and it never will
    REFUSE = "refuse"  # nobody answers at the camera's address
    ACCEPT_AND_DIE = "accept and die"
    CORRUPT = "corrupt"


class RtspCamera:
    """Serves one video at `url`; use as a context manager. Faults may be set at any time, from any thread."""

    def __init__(self, folder: Path, video: Path, *, is_endless: bool = True) -> None:
        """Serve `video` from a copy in `folder`, again and again or once."""
        folder.mkdir(parents=True)
        self._file = folder / "camera.mp4"
        self.show(video)
        self._server = rtsp.RtspServer(str(folder), "127.0.0.1", _free_port())
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
        while data := await reader.read(65536):
            while is_from_camera and self._fault is Fault.HOLD:
                await asyncio.sleep(0.01)
            if is_from_camera and self._fault is Fault.LOSE:
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
