"""What is printed: the tags that lie on the floor, and the ChArUco board that is waved at a camera."""

from dataclasses import dataclass
from enum import StrEnum

import cv2
import cv2.aruco
import numpy as np

from vision.types import FloatArray, Image

# A tag needs one cell of white around it; this and that fit the short side of A3 (297 mm) with a printer's
# margin.
TAG_SIDE_M = 0.22
BOARD_SQUARES = (7, 5)
SQUARE_M = 0.040
MARKER_SHARE = 0.75  # of a square's side; what OpenCV's own examples use


class TagFamily(StrEnum):
    """Which tags are printed."""

    APRILTAG_36H11 = "apriltag-36h11"
    ARUCO_4X4 = "aruco-4x4"

    @property
    def dictionary(self) -> cv2.aruco.Dictionary:
        """OpenCV's table of codes."""
        return cv2.aruco.getPredefinedDictionary(
            cv2.aruco.DICT_APRILTAG_36H11 if self is TagFamily.APRILTAG_36H11 else cv2.aruco.DICT_4X4_50
        )

    @property
    def tag_count(self) -> int:
        """How many different tags there are."""
        return len(self.dictionary.bytesList)

    @property
    def cells(self) -> int:
        """Cells along a side, the black border included."""
        return int(self.dictionary.markerSize) + 2

    def picture(self, tag_id: int, cell_px: int = 1) -> Image:
        """Draw a tag `(n, n)` grey, upright as on the sheet, without the white around it."""
        side = self.cells * cell_px
        return np.asarray(cv2.aruco.generateImageMarker(self.dictionary, tag_id, side), np.uint8)


def tag_corners_m(side_m: float) -> FloatArray:
    """Corners `(4, 2)` of a tag about its middle, metres: as the detector lists them, y away from the reader.

    Upper left, upper right, lower right, lower left of the upright sheet seen from above.
    """
    half = side_m / 2
    return np.array([[-half, half], [half, half], [half, -half], [-half, -half]])


@dataclass(frozen=True, slots=True)
class CharucoBoard:
    """A chessboard with a marker in every white square, so that part of it is enough.

    Attributes:
        squares: Columns and rows.
        square_m: Side of a square as printed.
    """

    squares: tuple[int, int] = BOARD_SQUARES
    square_m: float = SQUARE_M

    @property
    def opencv(self) -> cv2.aruco.CharucoBoard:
        """OpenCV's board."""
        dictionary = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_5X5_100)
        return cv2.aruco.CharucoBoard(self.squares, self.square_m, MARKER_SHARE * self.square_m, dictionary)

    @property
    def size_m(self) -> tuple[float, float]:
        """Width and height of the pattern."""
        return self.squares[0] * self.square_m, self.squares[1] * self.square_m

    def picture(self, square_px: int) -> Image:
        """Draw the board `(rows, columns)` grey without a margin."""
        size = (self.squares[0] * square_px, self.squares[1] * square_px)
        return np.asarray(self.opencv.generateImage(size, marginSize=0, borderBits=1), np.uint8)
