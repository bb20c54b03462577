"""Where everybody is in the picture, and under which name. Pictures are planes of yuv420p as NumPy arrays."""

from dataclasses import dataclass
from math import ceil, sqrt
from typing import Any, Final

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Plane = NDArray[np.uint8]
BLACK: Final = 16
"""Luma (ITU-R BT.601, limited range)."""
GREY: Final = 40
WHITE: Final = 235
NEUTRAL: Final = 128
"""Chroma of everything without colour."""
MARGIN: Final = 4
FONTS: Final = ("DejaVuSans.ttf", "NotoSans-Regular.ttf", "LiberationSans-Regular.ttf")
"""The first that is installed; else the one that Pillow brings, which knows Latin letters only."""
LONGEST_NAME: Final = 40


@dataclass(frozen=True, slots=True)
class Cell:
    """A rectangle; everything even, as chroma has half the size."""

    x: int
    y: int
    width: int
    height: int


def cells(count: int, width: int, height: int) -> list[Cell]:
    """Equal cells in rows, the last row centred."""
    columns = ceil(sqrt(count))
    rows = ceil(count / columns)
    cell_width, cell_height = width // columns // 2 * 2, height // rows // 2 * 2
    places = []
    for number in range(count):
        row, column = divmod(number, columns)
        in_row = min(columns, count - row * columns)
        left = (width - in_row * cell_width) // 4 * 2
        places.append(
            Cell(left + column * cell_width, row * cell_height, cell_width - MARGIN, cell_height - MARGIN)
        )  # fmt: skip
    return places


class Canvas:
    """The whole picture, painted cell by cell."""

    def __init__(self, width: int, height: int) -> None:
        self.luma: Plane = np.full((height, width), BLACK, dtype=np.uint8)
        self.blue: Plane = np.full((height // 2, width // 2), NEUTRAL, dtype=np.uint8)
        self.red: Plane = np.full((height // 2, width // 2), NEUTRAL, dtype=np.uint8)

    def paint(self, cell: Cell, picture: "av.VideoFrame | None", label: Plane) -> None:
        """A picture as large as fits, its proportions kept; without one, an empty seat. The name stands below."""
        self._fill(cell)
        if picture is not None:
            self._place(cell, picture)
        height, width = label.shape
        y, x = cell.y + cell.height - height, cell.x
        self.luma[y : y + height, x : x + width] = label
        self.blue[y // 2 : (y + height) // 2, x // 2 : (x + width) // 2] = NEUTRAL
        self.red[y // 2 : (y + height) // 2, x // 2 : (x + width) // 2] = NEUTRAL

    def frame(self) -> "av.VideoFrame":
        """What an encoder takes."""
        packed = np.concatenate(
            [self.luma, self.blue.reshape(-1, self.luma.shape[1]), self.red.reshape(-1, self.luma.shape[1])]
        )  # fmt: skip
        return av.VideoFrame.from_ndarray(packed, format="yuv420p")

    def _fill(self, cell: Cell) -> None:
        self.luma[cell.y : cell.y + cell.height, cell.x : cell.x + cell.width] = GREY
        for plane in (self.blue, self.red):
            plane[
                cell.y // 2 : (cell.y + cell.height) // 2, cell.x // 2 : (cell.x + cell.width) // 2
            ] = NEUTRAL  # fmt: skip

    def _place(self, cell: Cell, picture: "av.VideoFrame") -> None:
        scale = min(cell.width / picture.width, cell.height / picture.height)
        width = max(2, round(picture.width * scale) // 2 * 2)
        height = max(2, round(picture.height * scale) // 2 * 2)
        planes: NDArray[Any] = picture.reformat(width=width, height=height, format="yuv420p").to_ndarray()
        x, y = cell.x + (cell.width - width) // 4 * 2, cell.y + (cell.height - height) // 4 * 2
        self.luma[y : y + height, x : x + width] = planes[:height]
        chroma = planes[height:].reshape(2, height // 2, width // 2)
        for plane, half in zip((self.blue, self.red), chroma, strict=True):
            plane[y // 2 : (y + height) // 2, x // 2 : (x + width) // 2] = half


def label(name: str, cell: Cell) -> Plane:
    """A name, white on dark, as luma: at most as wide as the cell."""
    size = max(12, cell.height // 20)
    font = _font(size)
    text = name[:LONGEST_NAME] or " "
    left, top, right, bottom = font.getbbox(text)
    width = min(cell.width, int(right - left) + 2 * size) // 2 * 2
    height = min(cell.height, int(bottom - top) + size) // 2 * 2
    image = Image.new("L", (width, height), BLACK)
    ImageDraw.Draw(image).text((size - left, size // 2 - top), text, fill=WHITE, font=font)
    return np.asarray(image, dtype=np.uint8)


def _font(size: int) -> "ImageFont.FreeTypeFont | ImageFont.ImageFont":
    for name in FONTS:
        try:
            return ImageFont.truetype(name, size)
        except OSError:
            continue
    return ImageFont.load_default(size)
