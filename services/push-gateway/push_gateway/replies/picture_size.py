"""Reads how many pixels a picture has from its headers, in a bounded number of pieces. Decodes nothing."""

import math
import struct
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, BinaryIO, Final

MOST_PIECES = 200_000
"""A GIF of 24 MB has half as many blocks."""
_FRAME_MARKERS: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_MARKERS_ALONE: Final = frozenset((0x00, 0x01, *range(0xD0, 0xD8)))
_SCAN: Final = 0xDA
_END: Final = 0xD9
_OS2_HEADER: Final = 12

Sides = tuple[int, int]


class DamagedError(ValueError):
    """The headers cannot be read, or are in too many pieces."""


class EndError(DamagedError):
    """The file ends too early."""


class _Pieces:
    """A file of which small pieces are read, not too many."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file, self.size = file, size
        self._left = MOST_PIECES

    def read(self, form: str, offset: int) -> tuple[Any, ...]:
        """Return the fields of a `struct` format."""
        self._left -= 1
        if self._left < 0:
            raise DamagedError("too many pieces")
        length = struct.calcsize(form)
        if offset + length > self.size:
            raise EndError("the file ends too early")
        self._file.seek(offset)
        return struct.unpack(form, self._file.read(length))


def sides_of(file: BinaryIO, size: int, content_type: str) -> Sides:
    """Return width and height, of the largest where there are several; raises DamagedError."""
    width, height = _READERS[content_type](_Pieces(file, size))
    if width <= 0 or height <= 0:
        raise DamagedError("no pixels")
    return width, height


def _png(pieces: _Pieces) -> Sides:
    kind, width, height = pieces.read(">4sII", 12)
    if kind != b"IHDR":
        raise DamagedError("no header")
    return width, height


def _bmp(pieces: _Pieces) -> Sides:
    (header,) = pieces.read("<I", 14)
    width, height = pieces.read("<HH" if header == _OS2_HEADER else "<ii", 18)
    return width, abs(height)  # negative: the lines run from the top down


def _jpeg(pieces: _Pieces) -> Sides:
    offset = 2
    while True:
        first, marker, length = pieces.read(">BBH", offset)
        if first != 0xFF or marker == 0xFF:
            offset += 1  # what fills the space between two segments
        elif marker in _MARKERS_ALONE:
            offset += 2
        elif marker in _FRAME_MARKERS:
            height, width = pieces.read(">HH", offset + 5)
            return width, height
        elif marker in (_SCAN, _END) or length < 2:
            raise DamagedError("no frame header")
        else:
            offset += 2 + length


def _gif(pieces: _Pieces) -> Sides:
    """Return the largest of the screen and the frames, which can lie beyond it."""
    width, height, flags = pieces.read("<HHB", 6)
    frames: list[Sides] = []
    with suppress(EndError):  # the frames of a cut file count
        frames.extend(_gif_frames(pieces, 13 + _colours(flags)))
    if not frames:
        raise DamagedError("no frame")
    frames.append((width, height))
    return max(frames, key=_area)


def _gif_frames(pieces: _Pieces, offset: int) -> Iterator[Sides]:
    while True:
        (kind,) = pieces.read("<c", offset)
        if kind == b"\x2c":
            width, height, flags = pieces.read("<HHB", offset + 5)
            yield width, height
            offset += 11 + _colours(flags)
        elif kind == b"\x21":
            offset += 2
        elif kind == b";":
            return
        else:
            offset += 1  # what fills the space between two blocks
            continue
        length = 1
        while length:
            (length,) = pieces.read("<B", offset)
            offset += 1 + length


def _colours(flags: int) -> int:
    """Return the size of a colour table in bytes."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _heic(pieces: _Pieces) -> Sides:
    """Return the largest of the items: picture, tiles, thumbnail."""
    start, end = _content(pieces, b"meta", 0, pieces.size)
    start, end = _content(pieces, b"iprp", start + 4, end)
    start, end = _content(pieces, b"ipco", start, end)
    boxes = _boxes(pieces, start, end)
    extents = [pieces.read(">II", begin + 4) for kind, begin, _ in boxes if kind == b"ispe"]
    width, height = max(extents, key=_area, default=(0, 0))
    return width, height


def _content(pieces: _Pieces, wanted: bytes, start: int, end: int) -> tuple[int, int]:
    for kind, begin, until in _boxes(pieces, start, end):
        if kind == wanted:
            return begin, until
    raise DamagedError("a box is missing")


def _boxes(pieces: _Pieces, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield the kind of each box, and where its content begins and ends."""
    while start < end:
        size, kind = pieces.read(">I4s", start)
        content = start + 8
        if size == 1:
            (size,) = pieces.read(">Q", content)
            content += 8
        elif size == 0:
            size = end - start
        if not content <= start + size <= end:
            raise DamagedError("a box lies")
        yield kind, content, start + size
        start += size


def _area(sides: tuple[int, ...]) -> int:
    return math.prod(sides)


_READERS: dict[str, Callable[[_Pieces], Sides]] = {
    "image/jpeg": _jpeg,
    "image/png": _png,
    "image/gif": _gif,
    "image/bmp": _bmp,
    "image/heic": _heic,
}
