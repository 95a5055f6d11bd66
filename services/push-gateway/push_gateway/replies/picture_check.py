"""Checks whether Avito would accept a picture: by its content, never by its name. Pure but for reading it.

Only headers are read and nothing is decoded, so no picture can exhaust the memory.
"""

import hashlib
from dataclasses import dataclass
from typing import BinaryIO

from push_gateway.replies.picture_size import DamagedError, sides_of

MOST_BYTES = 24 * 1024 * 1024
MOST_PIXELS = 75_000_000
_HEAD = 12
_PART = 1024 * 1024
_HEIC_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")
_STARTS = {
    b"\xff\xd8\xff": "image/jpeg",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
    b"BM": "image/bmp",
}


class BadPictureError(ValueError):
    """Avito would not accept the picture; the text says why."""


@dataclass(frozen=True, slots=True)
class CheckedPicture:
    """A picture that Avito accepts. `digest` identifies its content."""

    file: BinaryIO
    size: int
    content_type: str
    digest: str


def check(file: BinaryIO, size: int) -> CheckedPicture:
    """Check a picture of `size` bytes; raises BadPictureError. Too slow for the event loop."""
    if size > MOST_BYTES:
        raise BadPictureError("The picture is larger than 24 MB.")
    file.seek(0)
    kind = kind_of(file.read(_HEAD))
    if kind is None:
        raise BadPictureError("This is not a JPEG, PNG, GIF, BMP or HEIC picture.")
    try:
        width, height = sides_of(file, size, kind)
    except DamagedError as error:
        raise BadPictureError("The picture is damaged.") from error
    if width * height > MOST_PIXELS:
        raise BadPictureError("The picture has more than 75 megapixels.")
    return CheckedPicture(file, size, kind, _digest(file))


def kind_of(head: bytes) -> str | None:
    """Return the media type by the first 12 bytes, None for one that Avito does not accept."""
    if head[4:8] == b"ftyp":
        return "image/heic" if head[8:12] in _HEIC_BRANDS else None
    return next((kind for start, kind in _STARTS.items() if head.startswith(start)), None)


def _digest(file: BinaryIO) -> str:
    file.seek(0)
    digest = hashlib.blake2b(digest_size=16)
    while part := file.read(_PART):
        digest.update(part)
    return digest.hexdigest()
