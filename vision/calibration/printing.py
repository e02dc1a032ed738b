"""`walkout calibrate sheets`: a PDF in true scale, one A3 sheet per tag, and the ChArUco board on A4."""

from pathlib import Path

import numpy as np
from fpdf import FPDF

from vision.calibration.targets import TAG_SIDE_M, CharucoBoard, TagFamily
from vision.errors import CalibrationError

_A3_MM, _A4_MM = (420.0, 297.0), (297.0, 210.0)
_RULER_MM = 200.0
_CROSS_MM = 12.0
_HINT = "Print at 100 % (no 'fit to page'). Check: this line is 200 mm long."


def write_sheets(
    path: Path, count: int, family: TagFamily, side_m: float = TAG_SIDE_M, first: int = 0
) -> None:
    """Write `count` tag sheets, numbered from `first`.

    Raises:
        CalibrationError: If there are not so many tags, or a tag with its white border is larger than A3.
    """
    if not 1 <= count <= family.tag_count - first or first < 0:
        raise CalibrationError(f"{family} has tags 0 to {family.tag_count - 1}; ask for sheets within that")
    cell_mm = 1000 * side_m / family.cells
    if 1000 * side_m + 2 * cell_mm > _A3_MM[1] or side_m < 0.05:
        most = 0.297 * family.cells / (family.cells + 2)
        raise CalibrationError(
            f"a tag of {1000 * side_m:.0f} mm; give 50 to {1000 * most:.0f} mm, to fit on A3"
        )
    pdf = FPDF(orientation="landscape", unit="mm", format="A3")
    pdf.set_auto_page_break(False)
    for tag_id in range(first, first + count):
        pdf.add_page()
        _tag(pdf, tag_id, family, 1000 * side_m)
        _captions(pdf, tag_id, family, side_m)
    pdf.output(str(path))


def write_board(path: Path, board: CharucoBoard) -> None:
    """Write the ChArUco board.

    Raises:
        CalibrationError: If it is larger than A3.
    """
    width, height = (1000 * side for side in board.size_m)
    fits_a4 = width <= _A4_MM[0] - 10 and height <= _A4_MM[1] - 8
    page = _A4_MM if fits_a4 else _A3_MM
    if width > page[0] - 10 or height > page[1] - 8:
        raise CalibrationError(
            f"a board of {width:.0f} x {height:.0f} mm does not fit on A3; take smaller squares"
        )
    pdf = FPDF(orientation="landscape", unit="mm", format="A4" if fits_a4 else "A3")
    pdf.set_auto_page_break(False)
    pdf.add_page()
    left, top = (page[0] - width) / 2, (page[1] - height) / 2
    # A marker has seven cells in three quarters of a square: 28 pixels a square make every edge a whole
    # number.
    pixels = board.picture(28) == 0
    _runs(pdf, pixels, left, top, 1000 * board.square_m / 28)
    pdf.set_font("helvetica", size=7)
    squares = "x".join(str(n) for n in board.squares)
    pdf.text(
        left,
        page[1] - 1.5,
        f"walkout ChArUco {squares}, squares of {1000 * board.square_m:g} mm: print at 100 %, glue flat",
    )
    pdf.output(str(path))


def _tag(pdf: FPDF, tag_id: int, family: TagFamily, side_mm: float) -> None:
    left, top = (_A3_MM[0] - side_mm) / 2, (_A3_MM[1] - side_mm) / 2
    _runs(pdf, family.picture(tag_id) == 0, left, top, side_mm / family.cells)


def _runs(
    pdf: FPDF, black: np.ndarray[tuple[int, ...], np.dtype[np.bool_]], left: float, top: float, cell: float
) -> None:
    """Fill black cells as one rectangle per run along a row; rows overlap by a hair."""
    pdf.set_fill_color(0)
    hair = 0.02
    for row, cells in enumerate(black):
        edges = np.flatnonzero(np.diff(np.concatenate([[False], cells, [False]]).astype(np.int8)))
        for start, end in edges.reshape(-1, 2).tolist():
            below = hair if row + 1 < len(black) and black[row + 1, start:end].all() else 0.0
            pdf.rect(left + start * cell, top + row * cell, (end - start) * cell, cell + below, style="F")


def _captions(pdf: FPDF, tag_id: int, family: TagFamily, side_m: float) -> None:
    pdf.set_font("helvetica", style="B", size=40)
    pdf.text(14, 24, f"{tag_id}")
    pdf.set_font("helvetica", size=9)
    pdf.text(14, 32, f"walkout {family}, tag of {1000 * side_m:g} mm")
    ruler_y = _A3_MM[1] - 22
    pdf.text(14, ruler_y - 4, _HINT)
    pdf.line(14, ruler_y, 14 + _RULER_MM, ruler_y)
    for x in (14, 14 + _RULER_MM):
        pdf.line(x, ruler_y - 2, x, ruler_y + 2)
    # Marks on the paper's edges point to the tag's middle, from which tapes measure.
    middle_x, middle_y = _A3_MM[0] / 2, _A3_MM[1] / 2
    for x in (6.0, _A3_MM[0] - 6.0 - _CROSS_MM):
        pdf.line(x, middle_y, x + _CROSS_MM, middle_y)
    for y in (4.0, _A3_MM[1] - 4.0 - _CROSS_MM):
        pdf.line(middle_x, y, middle_x, y + _CROSS_MM)
