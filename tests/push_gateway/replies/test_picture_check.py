"""Checking pictures by their content, without decoding them."""

import struct
from contextlib import suppress
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from push_gateway.replies.picture_check import MOST_BYTES, BadPictureError, check, kind_of


def drawn(kind: str, size: tuple[int, int] = (40, 30)) -> bytes:
    data = BytesIO()
    Image.new("RGB", size, (10, 90, 160)).save(data, kind)
    return data.getvalue()


def png_header(width: int, height: int) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sIIBBBBBI", 13, b"IHDR", width, height, 8, 2, 0, 0, 0, 0)


def box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def heic(width: int, height: int, brand: bytes = b"heic") -> bytes:
    """The boxes that tell a HEIC picture's size: primary item 1 has one property, its extent."""
    full = bytes(4)
    extent = box(b"ispe", full, struct.pack(">II", width, height))
    links = box(b"ipma", full, struct.pack(">IHBB", 1, 1, 1, 1))
    entry = box(b"infe", b"\x02\0\0\0", struct.pack(">HH4s", 1, 0, b"hvc1"), b"\0")
    return box(b"ftyp", brand, bytes(4), b"mif1") + box(
        b"meta",
        full,
        box(b"pitm", full, struct.pack(">H", 1)),
        box(b"iinf", full, struct.pack(">H", 1), entry),
        box(b"iprp", box(b"ipco", extent), links),
    )


def checked(data: bytes) -> str:
    return check(BytesIO(data), len(data)).content_type


@pytest.mark.parametrize("kind", ["jpeg", "png", "gif", "bmp"])
def test_each_kind_is_known_by_its_content(kind: str) -> None:
    assert checked(drawn(kind.upper())) == f"image/{kind}"


def test_a_phones_heic_is_known_by_its_boxes() -> None:
    assert checked(heic(4032, 3024)) == "image/heic"


@pytest.mark.parametrize(
    "data",
    [png_header(10_000, 7_501), heic(10_000, 7_501)],
    ids=["png", "heic"],
)
def test_more_than_75_megapixels_are_refused_without_decoding(data: bytes) -> None:
    with pytest.raises(BadPictureError, match="75 megapixels"):
        check(BytesIO(data), len(data))


def test_75_megapixels_are_fine() -> None:
    assert checked(png_header(10_000, 7_500)) == "image/png"


def test_more_than_24_mb_are_refused() -> None:
    with pytest.raises(BadPictureError, match="24 MB"):
        check(BytesIO(b""), MOST_BYTES + 1)


@pytest.mark.parametrize(
    "data",
    [b"", b"x", b"%PDF-1.7", b"RIFF....WEBPVP8 ", heic(10, 10, b"avif"), b"II*\0", b"<svg/>"],
    ids=["empty", "a letter", "pdf", "webp", "avif", "tiff", "svg"],
)
def test_a_file_that_avito_does_not_accept_is_refused(data: bytes) -> None:
    with pytest.raises(BadPictureError, match="not a JPEG"):
        checked(data)


@pytest.mark.parametrize("data", [drawn("JPEG")[:30], drawn("GIF")[:7], b"BM", heic(0, 0), png_header(0, 5)])
def test_a_broken_header_is_refused(data: bytes) -> None:
    with pytest.raises(BadPictureError, match="damaged"):
        checked(data)


def test_the_same_content_has_the_same_digest_under_any_name() -> None:
    one, two, other = drawn("PNG"), drawn("PNG"), drawn("PNG", (41, 30))

    digests = [check(BytesIO(data), len(data)).digest for data in (one, two, other)]

    assert digests[0] == digests[1] != digests[2]


STARTS = [b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"BM", b"\0\0\0\x18ftypheic"]


@given(st.sampled_from(STARTS), st.binary(max_size=300))
def test_junk_after_a_good_start_is_either_accepted_or_a_bad_picture(start: bytes, junk: bytes) -> None:
    assert kind_of(start.ljust(12, b"\0")) is not None
    with suppress(BadPictureError):
        checked(start + junk)
