"""Uploaded pictures: checked by content, held in memory, and kept beside the state file."""

import io
import warnings
from pathlib import Path

from PIL import Image, UnidentifiedImageError

MAX_BYTES = 24 * 1024 * 1024
MAX_PIXELS = 75_000_000
_HEIC = (b"heic", b"heix", b"mif1", b"msf1", b"hevc")


class BadPictureError(ValueError):
    """Avito does not accept the picture; the message says why."""


class Uploads:
    """Uploaded pictures by id."""

    def __init__(self, state_file: Path | None) -> None:
        self._folder = state_file.with_name(f"{state_file.name}.uploads") if state_file else None
        kept = self._folder.iterdir() if self._folder and self._folder.is_dir() else ()
        self._pictures = {path.name: path.read_bytes() for path in kept}

    def add(self, image_id: str, data: bytes) -> None:
        """Store a picture. Raises `BadPictureError`."""
        media_type(data)
        self._pictures[image_id] = data
        if self._folder is not None:
            self._folder.mkdir(parents=True, exist_ok=True)
            (self._folder / image_id).write_bytes(data)

    def get(self, image_id: str) -> bytes | None:
        """Return the bytes of a picture."""
        return self._pictures.get(image_id)


def media_type(data: bytes) -> str:
    """Return the media type of a picture. Raises `BadPictureError` unless Avito accepts it."""
    if len(data) > MAX_BYTES:
        raise BadPictureError("larger than 24 MB")
    if data[4:8] == b"ftyp" and data[8:12] in _HEIC:
        return "image/heic"  # it cannot be decoded here
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        try:
            with Image.open(io.BytesIO(data), formats=("JPEG", "PNG", "GIF", "BMP")) as picture:
                pixels, kind = picture.width * picture.height, picture.format
        except UnidentifiedImageError:
            raise BadPictureError("not a JPEG, HEIC, GIF, BMP or PNG picture, or damaged") from None
        except Image.DecompressionBombError:
            pixels, kind = MAX_PIXELS + 1, ""
    if pixels > MAX_PIXELS:
        raise BadPictureError("more than 75 megapixels")
    return "image/jpeg" if kind == "MPO" else f"image/{str(kind).lower()}"  # phones make JPEGs in MPO
