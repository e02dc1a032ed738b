from contextlib import suppress

import av
import cv2
import numpy as np

from vision.draw import Label, draw_people, draw_shelves, floor_plan, mosaic
from vision.keypoints import Keypoint
from vision.types import Tracklets, people_found
from vision.video_writer import VideoWriter

NOISE = np.random.default_rng(0).integers(0, 255, (480, 640, 3), np.uint8)


def person(head_seen):
    keypoints = np.zeros((1, 11, 3))
    keypoints[0, Keypoint.HEAD_TOP] = [300, 110, 0.9 * head_seen]
    keypoints[0, Keypoint.LEFT_SHOULDER] = [320, 150, 0.9 * head_seen]
    keypoints[0, Keypoint.RIGHT_SHOULDER] = [280, 150, 0.9 * head_seen]
    return Tracklets(
        np.array([3]), people_found(np.array([[250.0, 100, 350, 400]]), np.array([0.9]), keypoints)
    )


def test_a_head_at_the_edge_of_the_picture_does_not_break_drawing():
    tracklets = person(head_seen=True)
    tracklets.people.keypoints[..., :2] -= [300, 140]
    tracklets.people.xyxy[:] = [-20, -10, 60, 200]

    draw_people(NOISE.copy(), tracklets, {3: Label("shopper-1", (0, 0, 255))})


def test_a_lit_slot_is_outlined_in_its_colour(camera, store_map):
    image = np.zeros((480, 640, 3), np.uint8)

    draw_shelves(image, camera, store_map, {"milk": (0, 0, 255)})

    red = (image[..., 2] > 200) & (image[..., 0] < 50)
    corner = camera.project(np.array([[2.0, 4.5, 0.8]]))[0].round().astype(int)
    assert red[corner[1] - 2 : corner[1] + 3, corner[0] - 2 : corner[0] + 3].any()


def test_four_views_and_a_plan_make_a_picture_with_even_sides(store_map):
    plan = floor_plan(store_map, np.array([[3.0, 2.0], [np.nan, 0]]), [Label("a", (0, 0, 255))] * 2)

    picture = mosaic([NOISE] * 4, plan, "12.3 s")

    assert picture.shape[0] % 2 == picture.shape[1] % 2 == 0
    assert ((plan[..., 2] > 200) & (plan[..., 0] < 50)).any()


def test_a_video_is_complete_or_absent(tmp_path):
    pictures = [cv2.GaussianBlur(np.roll(NOISE, 5 * k, axis=1), (9, 9), 0) for k in range(5)]
    with VideoWriter(tmp_path / "whole.mp4", fps=10) as writer:
        for picture in pictures:
            writer.write(picture)
    with suppress(KeyboardInterrupt), VideoWriter(tmp_path / "broken.mp4", fps=10) as writer:
        writer.write(pictures[0])
        raise KeyboardInterrupt

    assert [path.name for path in tmp_path.iterdir()] == ["whole.mp4"]
    with av.open(str(tmp_path / "whole.mp4")) as video:
        stream = video.streams.video[0]
        assert (stream.codec_context.name, stream.frames, float(stream.average_rate)) == ("h264", 5, 10.0)


def detail(patch):
    return cv2.Laplacian(patch.astype(np.float32), cv2.CV_32F).std()
