"""EBML elements (RFC 8794)."""

import struct
from collections.abc import Iterator
from typing import NamedTuple

Value = bytes | int | float | str


class Element(NamedTuple):
    """An element's id and the place of its data."""

    ident: int
    start: int
    end: int


def ident(number: int) -> bytes:
    """An element id as it is stored."""
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def size(number: int, width: int | None = None) -> bytes:
    """A data size in `width` bytes, or as few as possible (RFC 8794, 4)."""
    if width is None:
        width = 1
        while number >= (1 << (7 * width)) - 1:
            width += 1
    return ((1 << (7 * width)) | number).to_bytes(width, "big")


def element(number: int, value: Value) -> bytes:
    """A whole element; an int is stored unsigned, a float in 64 bits, a str in UTF-8."""
    if isinstance(value, int):
        value = value.to_bytes(max(1, (value.bit_length() + 7) // 8), "big")
    elif isinstance(value, float):
        value = struct.pack(">d", value)
    elif isinstance(value, str):
        value = value.encode()
    return ident(number) + size(len(value)) + value


def read_size(data: bytes, at: int) -> tuple[int, int]:
    """The data size at `at`, and the place behind it. Raises `ValueError`."""
    if at >= len(data) or not data[at]:
        raise ValueError("no data size")
    width = 9 - data[at].bit_length()
    number = int.from_bytes(data[at : at + width], "big") & ((1 << (7 * width)) - 1)
    return number, at + width


def elements(data: bytes, start: int = 0, end: int | None = None) -> Iterator[Element]:
    """The elements between two places. Raises `ValueError` where they do not fit."""
    end = len(data) if end is None else end
    at = start
    while at < end:
        width = 9 - data[at].bit_length()
        length, begins = read_size(data, at + width)
        if begins + length > end:
            raise ValueError("an element is longer than what holds it")
        yield Element(int.from_bytes(data[at : at + width], "big"), begins, begins + length)
        at = begins + length
