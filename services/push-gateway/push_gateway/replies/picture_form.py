"""Reads the multipart form of a picture, piece by piece, in linear time. Too slow for the event loop."""

import time
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

MOST_PARTS = 5
MOST_FIELD = 4 * 1024
MOST_CPU_S = 1.0
"""A form of 24 MB takes a twentieth of it; bytes that are chosen to be slow take more."""
_IN_MEMORY = 1024 * 1024


class FormError(ValueError):
    """The form is not understood; the text says why."""


@dataclass(frozen=True, slots=True)
class PictureForm:
    """An uploaded picture, the ref of its reply, and the epoch of the page, '' for none."""

    ref: str
    epoch: str
    file: BinaryIO
    size: int


class PictureFormParser:
    """Takes the parts `ref`, `epoch`, `image`; a large picture is kept in a temporary file, not in memory."""

    def __init__(self, boundary: bytes) -> None:
        self._file = cast("BinaryIO", SpooledTemporaryFile(_IN_MEMORY))  # noqa: SIM115 - close() closes it
        self._parts, self._cpu_s, self._complete = 0, 0.0, False
        self._size: int | None = None
        self._fields: dict[bytes, bytes] = {}
        self._header = self._value = self._disposition = b""
        self._field: bytes | None = None
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._on_part_begin,
                "on_header_field": self._on_header_field,
                "on_header_value": self._on_header_value,
                "on_header_end": self._on_header_end,
                "on_headers_finished": self._on_headers_finished,
                "on_part_data": self._on_part_data,
                "on_end": self._on_end,
            },
        )

    def write(self, piece: bytes) -> None:
        """Read the next piece of the body; raises FormError."""
        began = time.thread_time()
        try:
            self._parser.write(piece)
        except FormParserError:
            raise FormError("The form is not understood.") from None
        self._cpu_s += time.thread_time() - began
        if self._cpu_s > MOST_CPU_S:
            raise FormError("The form takes too long to read.")

    def finish(self) -> PictureForm:
        """Return what the form holds; raises FormError."""
        if not self._complete or self._size is None or b"ref" not in self._fields:
            raise FormError("The parts image (a file) and ref are needed.")
        ref, epoch = (self._fields.get(name, b"").decode("utf-8", "replace") for name in (b"ref", b"epoch"))
        return PictureForm(ref, epoch, self._file, self._size)

    def close(self) -> None:
        """Delete the picture."""
        self._file.close()
        self._parser.callbacks = {}  # breaks a reference cycle, since the collector comes late

    def _on_part_begin(self) -> None:
        self._parts += 1
        if self._parts > MOST_PARTS:
            raise FormError(f"The form has more than {MOST_PARTS} parts.")
        self._disposition = b""

    def _on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _on_header_end(self) -> None:
        if self._header.lower() == b"content-disposition":
            self._disposition = self._value
        self._header = self._value = b""

    def _on_headers_finished(self) -> None:
        options = parse_options_header(self._disposition)[1]
        name, is_file = options.get(b"name"), b"filename" in options
        if name is None or is_file != (name == b"image") or (is_file and self._size is not None):
            raise FormError("The parts image (one file) and ref are needed.")
        self._field = None if is_file else name
        if is_file:
            self._size = 0
        else:
            self._fields[name] = b""

    def _on_part_data(self, data: bytes, start: int, end: int) -> None:
        if self._field is None:
            self._size = (self._size or 0) + end - start
            self._file.write(data[start:end])
            return
        self._fields[self._field] += data[start:end]
        if len(self._fields[self._field]) > MOST_FIELD:
            raise FormError("A field of the form is too long.")

    def _on_end(self) -> None:
        self._complete = True
