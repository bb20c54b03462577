"""Drawn people in front of drawn cameras, for pictures of calls: Chromium plays a YUV4MPEG2 file as its camera."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

SIZE: Final = (1280, 720)
FRAMES: Final = 2
SOFT: Final = 2
"""Drawn this many times larger, so that edges are smooth."""


@dataclass(frozen=True)
class Portrait:
    """Colours of somebody and of the room behind them."""

    wall: str
    window: str
    clothes: str
    collar: str
    skin: str
    shade: str
    hair: str
    long_hair: bool = False


DOCTOR: Final = Portrait("#c9d6d3", "#eef5f4", "#f4f7f8", "#3f7f8c", "#e0b190", "#cf9c79", "#4a2f25", long_hair=True)
PATIENT: Final = Portrait("#d9cbb4", "#f6ead2", "#5d7a99", "#4a6480", "#8a5a3c", "#774b31", "#2c2320")


def camera(portrait: Portrait, path: Path) -> Path:
    """Write the file for `--use-file-for-fake-video-capture`."""
    planes = _planes(_drawn(portrait))
    with path.open("wb") as file:
        file.write(b"YUV4MPEG2 W%d H%d F15:1 Ip A1:1 C420jpeg\n" % SIZE)
        for _ in range(FRAMES):
            file.write(b"FRAME\n" + planes)
    return path


def _planes(image: Image.Image) -> bytes:
    luma, blue, red = image.convert("YCbCr").split()
    half = (SIZE[0] // 2, SIZE[1] // 2)
    return b"".join(np.asarray(plane).tobytes() for plane in (luma, blue.resize(half), red.resize(half)))


def _drawn(one: Portrait) -> Image.Image:
    image = _room(one)
    draw = ImageDraw.Draw(image)

    def ellipse(x: int, y: int, rx: int, ry: int, colour: str) -> None:
        draw.ellipse([(x - rx) * SOFT, (y - ry) * SOFT, (x + rx) * SOFT, (y + ry) * SOFT], colour)

    if one.long_hair:
        ellipse(640, 345, 158, 205, one.hair)
    ellipse(640, 790, 330, 265, one.clothes)
    draw.polygon([(x * SOFT, y * SOFT) for x, y in ((560, 535), (720, 535), (640, 690))], one.collar)
    draw.rounded_rectangle([582 * SOFT, 430 * SOFT, 698 * SOFT, 580 * SOFT], 56 * SOFT, one.shade)
    ellipse(640, 330, 122, 152, one.skin)
    _face(draw, ellipse, one)
    return image.resize(SIZE, Image.Resampling.LANCZOS)


def _room(one: Portrait) -> Image.Image:
    image = Image.new("RGB", (SIZE[0] * SOFT, SIZE[1] * SOFT), one.wall)
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle([140 * SOFT, 60 * SOFT, 430 * SOFT, 430 * SOFT], 14 * SOFT, one.window)
    draw.rectangle([980 * SOFT, 150 * SOFT, 1180 * SOFT, 720 * SOFT], one.shade)
    for shelf, colour in enumerate((one.collar, one.hair, one.clothes)):
        top = 190 + shelf * 170
        draw.rectangle([1005 * SOFT, top * SOFT, 1155 * SOFT, (top + 110) * SOFT], colour)
    return image.filter(ImageFilter.GaussianBlur(22 * SOFT))


def _face(draw: ImageDraw.ImageDraw, ellipse: Callable[[int, int, int, int, str], None], one: Portrait) -> None:
    draw.pieslice([512 * SOFT, 160 * SOFT, 768 * SOFT, 430 * SOFT], 180, 360, one.hair)
    ellipse(640, 322, 104, 74, one.skin)
    for x in (594, 686):
        ellipse(x, 330, 9, 11, "#231a17")
        draw.arc([(x - 22) * SOFT, 292 * SOFT, (x + 22) * SOFT, 322 * SOFT], 200, 340, one.hair, 6 * SOFT)
    draw.arc([628 * SOFT, 340 * SOFT, 660 * SOFT, 374 * SOFT], 30, 150, one.shade, 6 * SOFT)
    draw.arc([590 * SOFT, 360 * SOFT, 690 * SOFT, 424 * SOFT], 25, 155, "#9c4b42", 7 * SOFT)
