"""A corpus of uploads: pictures, files that pretend to be pictures, bombs, invalid forms."""

import struct
import zlib
from dataclasses import dataclass
from io import BytesIO
from random import Random

from PIL import Image

BOUNDARY = b"fuzz-boundary"


@dataclass(frozen=True, slots=True)
class Upload:
    """One upload. `taken`: whether it must be accepted (None: either)."""

    name: str
    content_type: bytes
    body: bytes
    taken: bool | None = False


def corpus(dice: Random, mutations: int) -> list[Upload]:
    """Return all of them, and `mutations` real pictures with some bytes changed."""
    real = {kind: _picture(kind) for kind in ("PNG", "JPEG", "GIF", "BMP")}
    uploads = [_form(f"a real {kind}", data, taken=True) for kind, data in real.items()]
    uploads += [_form(name, data) for name, data in _fakes(real).items()]
    uploads += _forms(real["PNG"])
    for number in range(mutations):
        kind = dice.choice(sorted(real))
        data = bytearray(real[kind])
        for _ in range(dice.randrange(1, 8)):
            data[dice.randrange(len(data))] = dice.randrange(256)
        cut = bytes(data[: dice.randrange(len(data))]) if number % 3 == 0 else bytes(data)
        uploads.append(_form(f"a damaged {kind}", cut, taken=None))
    return uploads


def _picture(kind: str) -> bytes:
    stream = BytesIO()
    Image.new("RGB", (40, 30), (10, 90, 160)).save(stream, kind)
    return stream.getvalue()


def _fakes(real: dict[str, bytes]) -> dict[str, bytes]:
    """Return bombs and lies; the types that are refused are in the tests of picture_check."""
    return {
        "a PNG of 10 gigapixels": _png(100_000, 100_000),
        "a PNG without sides": _png(0, 0),
        "a PNG that unpacks to 1 GB": _png(20_000, 20_000, zlib.compress(b"\0" * 20_000_000, 9)),
        "a GIF of 4 gigapixels": b"GIF89a" + struct.pack("<HH", 65_535, 65_535) + b"\0" * 20,
        "a BMP of negative sides": b"BM" + b"\0" * 16 + struct.pack("<ii", -5, -5) + b"\0" * 30,
        "a BMP of 4 exapixels": b"BM"
        + b"\0" * 12
        + struct.pack("<Iii", 40, 2**31 - 1, 2**31 - 1)
        + b"\0" * 30,
        "a JPEG of endless segments": b"\xff\xd8" + b"\xff\xe1\x00\x02" * 50_000,
        "a JPEG whose segment lies": b"\xff\xd8\xff\xe0\xff\xff" + b"x" * 100,
        "a HEIC of nothing": b"\0\0\0\x18ftypheic" + b"\0" * 12,
        "a HEIC whose box lies": b"\0\0\0\x18ftypheic" + b"\0" * 8 + b"\xff\xff\xff\xffmeta" + b"\0" * 40,
        "a HEIC of boxes in boxes": b"\0\0\0\x18ftypheic" + b"\0" * 12 + b"\0\0\0\x08meta" * 5_000,
        "too large": real["PNG"] + b"\0" * (24 * 1024 * 1024),
    }


def _png(width: int, height: int, data: bytes = b"") -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


_END = b"--%b--\r\n" % BOUNDARY
_TYPE = b"multipart/form-data; boundary=" + BOUNDARY


def _part(head: bytes, content: bytes) -> bytes:
    return b"--%b\r\nContent-Disposition: form-data; name=%b\r\n\r\n%b\r\n" % (BOUNDARY, head, content)


_REF = _part(b'"ref"', b"{ref}")


def _form(name: str, picture: bytes, *, taken: bool | None = False, file_name: bytes = b'"a.png"') -> Upload:
    image = _part(b'"image"; filename=' + file_name, picture)
    return Upload(name, _TYPE, _REF + image + _END, taken)


def _forms(png: bytes) -> list[Upload]:
    image = _part(b'"image"; filename="a.png"', png)
    odd_names = [b'"../../etc/passwd"', b'"a\0b.png"', b'"' + b"x" * 5_000 + b'"', b'"\xff\xfe"', b"'; drop"]
    bodies = {
        "no parts": _END,
        "no bytes": b"",
        "no end": _REF + image,
        "no ref": image + _END,
        "no image": _REF + _END,
        "an image that is a field": _REF + _part(b'"image"', png) + _END,
        "a ref that is a file": _part(b'"ref"; filename="r"', b"x") + image + _END,
        "two images": _REF + image + image + _END,
        "a thousand fields": _REF * 1_000 + image + _END,
        "a field of 30 MB": _part(b'"ref"', b"x" * 30_000_000) + image + _END,
        "a ref of odd signs": _part(b'"ref"', b"a b/../\xff") + image + _END,
        "a head that never ends": b"--%b\r\nX: " % BOUNDARY + b"y" * 500_000,
        "a part without a name": _REF + b"--%b\r\n\r\n%b\r\n" % (BOUNDARY, png) + _END,
    }
    return [
        Upload("no form at all", b"application/json", b'{"image": 5}'),
        Upload("no boundary", b"multipart/form-data", _REF + image + _END),
        Upload("an endless boundary", b"multipart/form-data; boundary=" + b"b" * 5_000, image),
        Upload("another boundary", b"multipart/form-data; boundary=other", _REF + image + _END),
        *(Upload(name, _TYPE, body) for name, body in bodies.items()),
        *(_form(f"an odd file name {odd[:20]!r}", png, taken=None, file_name=odd) for odd in odd_names),
    ]
