"""Who is worth a label in a picture, and how YOLO writes it: a line an object, shares of the picture."""

import numpy as np

from datasets.recording_truth import FloatArray

# Less of a body than this cannot be told from a shadow; nor can anything smaller.
LEAST_VISIBILITY = 0.15
LEAST_SIDE_PX = 14.0
# From this much of it on, the extent of the whole body can be guessed.
_AMODAL_FROM = 0.25


def label_box(
    visibility: float, visible_xyxy: FloatArray, amodal_xyxy: FloatArray, size_px: tuple[int, int]
) -> FloatArray:
    """Return the box `(4,)` to learn: the body inside the picture, or what is seen if that is little."""
    if visibility < _AMODAL_FROM:
        return visible_xyxy
    return np.clip(amodal_xyxy, 0, [*size_px, *size_px])


def is_worth_a_label(visibility: float, box_xyxy: FloatArray) -> bool:
    """Tell whether enough of somebody can be seen to be found."""
    return visibility >= LEAST_VISIBILITY and bool((box_xyxy[2:] - box_xyxy[:2]).min() >= LEAST_SIDE_PX)


def yolo_line(
    class_id: int, box_xyxy: FloatArray, size_px: tuple[int, int], keypoints: FloatArray | None = None
) -> str:
    """Write one object: class, centre and extent, then u, v and visibility of `(n, 3)` keypoints.

    Keypoints outside the picture are written as zeros.
    """
    size = np.array(size_px, dtype=np.float64)
    centre, extent = (box_xyxy[:2] + box_xyxy[2:]) / 2 / size, (box_xyxy[2:] - box_xyxy[:2]) / size
    words = [str(class_id), *(f"{value:.6f}" for value in (*centre, *extent))]
    for u, v, state in () if keypoints is None else keypoints:
        is_inside = state > 0 and 0 <= u <= size[0] and 0 <= v <= size[1]
        words += [f"{u / size[0]:.6f}", f"{v / size[1]:.6f}", str(int(state))] if is_inside else ["0"] * 3
    return " ".join(words)
