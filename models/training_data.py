"""What a training folder holds: pictures with people, and crops around hands.

DIR/data.yaml                          description, see `PoseData`
DIR/images/{train,val}/*.jpg           rendered frames
DIR/labels/{train,val}/*.txt           YOLO pose labels, v = 2 seen, 1 hidden, 0 outside the picture
DIR/hands/{train,val}/CLASS/*.jpg      crops around hands
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

from models.errors import TrainingDataError

KEYPOINTS = (
    "head_top",
    "left_shoulder",
    "right_shoulder",
    "left_elbow",
    "right_elbow",
    "left_wrist",
    "right_wrist",
    "left_hip",
    "right_hip",
    "left_ankle",
    "right_ankle",
)
# A wrist is also an object of its own, a small square around it: regressed from a whole person, wrists stayed
# 20 pixels off after 24,000 pictures, while a small box is found where it is. Hands have no keypoints.
CLASSES = ("person", "hand")
# How far a joint may be off before it counts as wrong, as a share of the person's size. Near COCO's figures
# (0.026 to 0.107): rendered joints are exact, but with half of these the loss is flat where a short training
# begins.
_SIGMAS = (0.07, 0.08, 0.08, 0.09, 0.09, 0.09, 0.09, 0.10, 0.10, 0.09, 0.09)


@dataclass(frozen=True, slots=True)
class TrainingFolder:
    """A training folder that has what training needs."""

    path: Path

    def pictures(self, split: str) -> list[Path]:
        """List the frames of `train` or `val`, in a fixed order.

        Raises:
            TrainingDataError: If there are none, or one has no label file.
        """
        found = sorted((self.path / "images" / split).glob("*.jpg"))
        if not found:
            raise TrainingDataError(
                f"no pictures in {self.path / 'images' / split}; run 'walkout simulate' for a training set"
            )
        for picture in found:
            if not self.label(picture).is_file():
                raise TrainingDataError(
                    f"{picture} has no label file {self.label(picture)}; make the training set again"
                )
        return found

    def label(self, picture: Path) -> Path:
        """Name the label file of one of `pictures`."""
        return self.path / "labels" / picture.parent.name / f"{picture.stem}.txt"

    def description(self) -> str:
        """Return what the maker of the folder wrote about it, on one line."""
        path = self.path / "ABOUT.txt"
        return " ".join(path.read_text(encoding="utf-8").split()) if path.is_file() else "rendered frames"


def write_pose_yaml(folder: TrainingFolder, target: Path) -> None:
    """Write the description of the pictures that ultralytics reads, with absolute paths."""
    swapped = [KEYPOINTS.index(mirrored(name)) for name in KEYPOINTS]
    target.write_text(
        f"path: {folder.path.resolve()}\ntrain: images/train\nval: images/val\nnames:\n"
        + "".join(f"  {number}: {name}\n" for number, name in enumerate(CLASSES))
        + f"kpt_shape: [{len(KEYPOINTS)}, 3]\nflip_idx: {swapped}\nkpt_oks_sigmas: {list(_SIGMAS)}\n",
        encoding="utf-8",
    )


def a_few(paths: list[Path], count: int, seed: int) -> list[Path]:
    """Draw `count` paths (or all, if there are fewer) without replacement."""
    return random.Random(seed).sample(paths, min(count, len(paths)))  # noqa: S311  # no secret


def mirrored(name: str) -> str:
    """Return the name of the other side's keypoint; the same of what has no side."""
    for side, other in (("left", "right"), ("right", "left")):
        if name.startswith(side):
            return other + name.removeprefix(side)
    return name
