"""Uploads that are made to cost as much as they can, of 6 MB: it grows with the size."""

import struct

_SIZE = 6 * 1024 * 1024
TYPE = "multipart/form-data; boundary=b"
REF = b'--b\r\nContent-Disposition: form-data; name="ref"\r\n\r\nr-1\r\n'
_IMAGE = b'--b\r\nContent-Disposition: form-data; name="image"; filename="a"\r\n\r\n'
_GIF = b"GIF89a" + struct.pack("<HHBBB", 1, 1, 0, 0, 0)


def box(kind: bytes, *parts: bytes) -> bytes:
    """Return a box of a HEIC."""
    body = b"".join(parts)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def _heic(*boxes: bytes) -> bytes:
    return box(b"ftyp", b"heic", bytes(4), b"mif1") + box(b"meta", bytes(4), *boxes)


def _locations(items: int) -> bytes:
    """Return the places of items that claim 65,535 empty pieces each."""
    empty = (struct.pack(">HHH", number, 0, 65_535) for number in range(items))
    return box(b"iloc", bytes(6), struct.pack(">H", items), *empty)


def with_picture(picture: bytes) -> bytes:
    """Return a valid form."""
    return REF + _IMAGE + picture + b"\r\n--b--\r\n"


PICTURES = {
    "JPEG segments without content": b"\xff\xd8" + b"\xff\xe0\x00\x02" * (_SIZE // 4 - 1),
    "JPEG fill bytes": b"\xff\xd8" + b"\xff" * (_SIZE - 2),
    "bytes between JPEG segments": b"\xff\xd8\xff\xe0\x00\x02" + bytes(_SIZE - 6),
    "GIF blocks of a byte": _GIF + b"!\xfe" + b"\x01x" * (_SIZE // 2 - 9),
    "GIF frames": _GIF + (b"," + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x00") * (_SIZE // 12 - 9),
    "HEIC boxes": _heic(box(b"free") * (_SIZE // 8 - 9)),
    "HEIC extents": _heic(
        box(b"iprp", box(b"ipco", box(b"ispe", bytes(4), struct.pack(">II", 1, 1)) * (_SIZE // 20 - 9)))
    ),
    "HEIC links": _heic(box(b"iprp", box(b"ipma", bytes(4), b"\xff" * 4, b"\0\x01\0" * (_SIZE // 3 - 20)))),
    "400 kB of HEIC that need gigabytes": _heic(_locations(65_535)),
}
"""Each has more pieces than are read."""

FORMS = {
    "almost boundaries": _IMAGE + b"\r\n--bx" * (_SIZE // 6),
    "spaces after a boundary": REF + b"--b" + b" " * _SIZE,
    "parts": b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n' * (_SIZE // 52),
    "headers": b"--b\r\n" + b"a:b\r\n" * (_SIZE // 5),
    "a header": b"--b\r\na:" + b"b" * _SIZE,
    "a field": REF[:-2] + b"a" * _SIZE,
    "parameters": b"--b\r\nContent-Disposition: form-data" + b';a="\\"' * 600,
    "line breaks before the first boundary": b"\n" * _SIZE,
    "boundaries after the last one": REF + b"--b--" + b"\r\n--b" * (_SIZE // 5),
}
"""Multipart forms of the type `TYPE`."""
