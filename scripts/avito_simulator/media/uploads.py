"""Uploaded pictures: checked by content, stored on disk."""

import io
import re
import tempfile
import warnings
from pathlib import Path

from PIL import Image, UnidentifiedImageError

MAX_BYTES = 24 * 1024 * 1024
MAX_PIXELS = 75_000_000

_KINDS = (
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"GIF8", "gif"),
    (b"BM", "bmp"),
)
_SAFE_ID = re.compile(r"[0-9]+\.[A-Za-z0-9]+")


class BadPictureError(ValueError):
    """Avito does not accept the picture; the message says why."""


class Uploads:
    """Uploaded pictures by id, beside the state file or in a temporary folder."""

    def __init__(self, state_file: Path | None) -> None:
        self._temporary: tempfile.TemporaryDirectory[str] | None = None
        self._kept = state_file.with_name(f"{state_file.name}.uploads") if state_file else None

    def add(self, image_id: str, data: bytes) -> None:
        """Store a picture. Raises `BadPictureError`."""
        check(data)
        (self._folder() / image_id).write_bytes(data)

    def __contains__(self, image_id: str) -> bool:
        return self.get(image_id) is not None

    def get(self, image_id: str) -> tuple[bytes, str] | None:
        """Return the bytes of a picture and its media type."""
        path = self._folder() / image_id
        if not _SAFE_ID.fullmatch(image_id) or not path.is_file():
            return None
        data = path.read_bytes()
        return data, f"image/{_kind(data)}"

    def close(self) -> None:
        """Remove the temporary folder, if there is one."""
        if self._temporary is not None:
            self._temporary.cleanup()
            self._temporary = None

    def _folder(self) -> Path:
        if self._kept is not None:
            self._kept.mkdir(parents=True, exist_ok=True)
            return self._kept
        if self._temporary is None:
            self._temporary = tempfile.TemporaryDirectory(prefix="avito-simulator-")
        return Path(self._temporary.name)


def check(data: bytes) -> None:
    """Raise `BadPictureError` unless Avito accepts these bytes."""
    if len(data) > MAX_BYTES:
        raise BadPictureError("larger than 24 MB")
    kind = _kind(data)
    if kind is None:
        raise BadPictureError("not a JPEG, HEIC, GIF, BMP or PNG picture")
    # HEIC cannot be decoded here, so only its signature is checked.
    if kind != "heic" and _pixels(data) > MAX_PIXELS:
        raise BadPictureError("more than 75 megapixels")


def _kind(data: bytes) -> str | None:
    if data[4:8] == b"ftyp" and data[8:12] in (b"heic", b"heix", b"mif1", b"msf1", b"hevc"):
        return "heic"
    return next((kind for start, kind in _KINDS if data.startswith(start)), None)


def _pixels(data: bytes) -> int:
    """Return width times height from the header, or 0 if the header is incomplete."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        try:
            with Image.open(io.BytesIO(data)) as picture:
                return picture.width * picture.height
        except UnidentifiedImageError:
            raise BadPictureError("the picture is damaged") from None
        except Image.DecompressionBombError:
            return MAX_PIXELS + 1
