"""EAN-13 barcodes.

Source: GS1 General Specifications, section 5.2 (EAN/UPC symbology): number sets A, B and C, quiet zones of 11
and 7 modules.
"""

import cv2
import numpy as np

from datasets.synthetic.goods.canvas import Box, Picture, rectangle
from datasets.synthetic.scene import Float32Array

MODULES = 113  # 95 and the quiet zones
_SET_A = [
    "0001101",
    "0011001",
    "0010011",
    "0111101",
    "0100011",
    "0110001",
    "0101111",
    "0111011",
    "0110111",
    "0001011",
]
# Which of the six digits on the left are from set B; their pattern is the first digit.
_FROM_B = ["000000", "001011", "001101", "001110", "010011", "011001", "011100", "010101", "010110", "011010"]


def ean13_modules(digits: str) -> Float32Array:
    """Return the symbol's modules `(113,)`, 1 for a bar, with quiet zones.

    Raises:
        ValueError: Unless there are 13 digits.
    """
    if len(digits) != 13 or not digits.isdigit():
        raise ValueError(f"{digits!r} are not 13 digits")
    bits = "101"
    for digit, from_b in zip(digits[1:7], _FROM_B[int(digits[0])], strict=True):
        code = _SET_A[int(digit)]
        # Set B is set C (A with bars and spaces swapped) read backwards.
        bits += _inverted(code)[::-1] if from_b == "1" else code
    bits += "01010" + "".join(_inverted(_SET_A[int(digit)]) for digit in digits[7:]) + "101"
    return np.array([0] * 11 + [int(bit) for bit in bits] + [0] * 7, dtype=np.float32)


def draw_barcode(picture: Picture, digits: str, box: Box) -> None:
    """Draw a symbol on white over a box: whole pixels a module if there is room, else grey."""
    rectangle(picture, box, (1.0, 1.0, 1.0))
    left, top, right, bottom = box.pixels(picture)
    width, height = right - left, bottom - top
    if width < 8 or height < 4:
        return
    pitch = width // MODULES
    if pitch:
        bars = np.repeat(ean13_modules(digits), pitch)
    else:
        bars = cv2.resize(ean13_modules(digits)[None], (width, 1), interpolation=cv2.INTER_AREA)[0]
    start = left + (width - len(bars)) // 2
    margin = max(1, height // 12)
    picture[top + margin : bottom - margin, start : start + len(bars)] = (1 - 0.95 * bars)[None, :, None]


def _inverted(code: str) -> str:
    return "".join("1" if bit == "0" else "0" for bit in code)
