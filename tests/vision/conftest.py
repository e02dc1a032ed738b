import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path

import av
import numpy as np
import pytest

from cart_tracker.observations import CameraId
from cart_tracker.store_map import StoreMap, store_map_from_toml
from vision.camera_model import CameraModel
from vision.types import Image

STORE_TOML = """
[store]
id = "corner"
name = "Corner"
currency = "EUR"
floor_xy_m = [[0, 0], [6, 0], [6, 5], [0, 5]]
gate_xy_m = [[0, 0], [1, 0], [1, 1], [0, 1]]
exit_xy_m = [[5, 0], [6, 0], [6, 1], [5, 1]]
scanner_xy_m = [0.5, 0.2]

[recording]
gate = "gate.jsonl"
start_at = "2026-05-04T09:00:00Z"
fps = 10

[[products]]
id = "MILK"
name = "Milk"
price_minor = 129
size_m = [0.08, 0.08, 0.2]

[[products]]
id = "RICE"
name = "Rice"
price_minor = 219
size_m = [0.1, 0.06, 0.15]

[[shelves]]
id = "wall"
origin_xy_m = [2.0, 4.5]
along_xy = [1.0, 0.0]
width_m = 2.0
depth_m = 0.4

[[shelves.slots]]
id = "milk"
product = "MILK"
along_m = [0.0, 1.0]
height_m = [0.8, 1.2]
stock = 6

[[shelves.slots]]
id = "rice"
product = "RICE"
along_m = [1.0, 2.0]
height_m = [0.8, 1.2]
stock = 6
"""

CAMERA_TOML = """
[[cameras]]
id = "{camera_id}"
video = "{video}"
size_px = [640, 480]
fps = 10
matrix = [[500.0, 0.0, 320.0], [0.0, 500.0, 240.0], [0.0, 0.0, 1.0]]
distortion = [-0.1, 0.01, 0.0, 0.0, 0.0]
rotation = [[1.0, 0.0, 0.0], [0.0, -0.6, -0.8], [0.0, 0.8, -0.6]]
position_m = [3.0, 1.0, 2.8]
"""


@pytest.fixture
def store_map() -> StoreMap:
    return store_map_from_toml(tomllib.loads(STORE_TOML))


@pytest.fixture
def camera() -> CameraModel:
    """Hangs at 2.8 m and looks along +y, 37 degrees down."""
    return camera_looking_down(np.array([3.0, 1.0, 2.8]))


def camera_looking_down(position_m: np.ndarray) -> CameraModel:
    return CameraModel(
        CameraId("cam1"),
        (640, 480),
        np.array([[500.0, 0, 320], [0, 500, 240], [0, 0, 1]]),
        np.array([-0.1, 0.01, 0.0, 0.0, 0.0]),
        np.array([[1.0, 0, 0], [0, -0.6, -0.8], [0, 0.8, -0.6]]),
        position_m,
    )


WriteVideo = Callable[[Path, Sequence[Image]], Path]


@pytest.fixture
def write_video() -> WriteVideo:
    def write(path: Path, images: Sequence[Image], fps: int = 10) -> Path:
        with av.open(str(path), "w", options={"movflags": "faststart"}) as container:
            stream = container.add_stream("libx264", rate=fps)
            stream.height, stream.width = images[0].shape[:2]
            stream.pix_fmt = "yuv420p"
            stream.options = {"preset": "ultrafast", "g": "20"}
            for image in images:
                container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="bgr24")))
            container.mux(stream.encode())
        return path

    return write


@pytest.fixture
def recording(tmp_path: Path, write_video: WriteVideo) -> Path:
    """A folder with two cameras of 12 frames each; frame k of camera c is a flat grey of 20 * c + 10 * k."""
    return make_recording(tmp_path / "recording", write_video)


def make_recording(folder: Path, write_video: WriteVideo, frames: int = 12) -> Path:
    folder.mkdir()
    text = STORE_TOML
    for number in (1, 2):
        images = [np.full((480, 640, 3), 20 * number + 10 * k, np.uint8) for k in range(frames)]
        write_video(folder / f"cam{number}.mp4", images)
        text += CAMERA_TOML.format(camera_id=f"cam{number}", video=f"cam{number}.mp4")
    (folder / "store.toml").write_text(text)
    (folder / "gate.jsonl").write_text("")
    return folder
