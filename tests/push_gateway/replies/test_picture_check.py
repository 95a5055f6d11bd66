"""Checking pictures by their content, without decoding them."""

import struct
from contextlib import suppress
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from push_gateway.replies.picture_check import MOST_BYTES, BadPictureError, check, kind_of
from tests.push_gateway.replies.hostile import PICTURES, box
from tests.support.yardstick import least_cost_s

MOST_S = 1.0


def drawn(kind: str, size: tuple[int, int] = (40, 30)) -> bytes:
    data = BytesIO()
    Image.new("RGB", size, (10, 90, 160)).save(data, kind)
    return data.getvalue()


def png_header(width: int, height: int) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sIIBBBBBI", 13, b"IHDR", width, height, 8, 2, 0, 0, 0, 0)


def heic(width: int, height: int, brand: bytes = b"heic") -> bytes:
    """The boxes of a HEIC picture that is turned, as phones write it: tiles, the picture, its angle."""
    full = bytes(4)
    sides = ((min(width, 512), min(height, 512)), (width, height))
    tile, extent = (box(b"ispe", full, struct.pack(">II", *one)) for one in sides)
    angle = box(b"irot", b"\1")
    links = box(b"ipma", full, struct.pack(">IHBB", 1, 1, 1, 1))
    entry = box(b"infe", b"\x02\0\0\0", struct.pack(">HH4s", 1, 0, b"hvc1"), b"\0")
    return box(b"ftyp", brand, bytes(4), b"mif1") + box(
        b"meta",
        full,
        box(b"pitm", full, struct.pack(">H", 1)),
        box(b"iinf", full, struct.pack(">H", 1), entry),
        box(b"iprp", box(b"ipco", tile, extent, angle), links),
    )


def jpeg_header(width: int, height: int) -> bytes:
    return b"\xff\xd8\xff\xc0" + struct.pack(">HBHHB", 8, 8, height, width, 0)


def bmp_header(width: int, height: int) -> bytes:
    return b"BM" + bytes(12) + struct.pack("<Iii", 40, width, height)


def gif(width: int, height: int, frame: tuple[int, int] = (1, 1)) -> bytes:
    """Return a GIF with a comment and one frame."""
    head = b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + bytes(6) + b"!\xfe\x02hi\0"
    return head + b"," + struct.pack("<HHHHB", 0, 0, *frame, 0x80) + bytes(6) + b"\x02\x03abc\0;"


def checked(data: bytes) -> str:
    return check(BytesIO(data), len(data)).content_type


@pytest.mark.parametrize("kind", ["jpeg", "png", "gif", "bmp"])
def test_each_kind_is_known_by_its_content(kind: str) -> None:
    assert checked(drawn(kind.upper())) == f"image/{kind}"


def test_a_phones_heic_is_known_by_its_boxes() -> None:
    assert checked(heic(4032, 3024)) == "image/heic"


@pytest.mark.parametrize(
    "data",
    [
        png_header(10_000, 7_501),
        heic(10_000, 7_501),
        jpeg_header(10_000, 7_501),
        bmp_header(10_000, -7_501),
        bmp_header(2**31 - 1, -(2**31)),
        gif(65_535, 65_535),
        gif(1, 1, frame=(10_000, 7_501)),
    ],
    ids=["png", "heic", "jpeg", "bmp", "the largest bmp", "gif", "a frame of a gif"],
)
def test_more_than_75_megapixels_are_refused_without_decoding(data: bytes) -> None:
    with pytest.raises(BadPictureError, match="75 megapixels"):
        check(BytesIO(data), len(data))


def test_75_megapixels_are_fine() -> None:
    assert checked(png_header(10_000, 7_500)) == "image/png"


def jpeg_of_a_camera() -> bytes:
    """A progressive JPEG with a colour profile of many segments, and bytes between segments."""
    data = BytesIO()
    noise = Image.effect_noise((400, 300), 50).convert("RGB")
    noise.save(data, "JPEG", progressive=True, exif=b"Exif\0\0" + bytes(60_000), icc_profile=bytes(1_500_000))
    picture = data.getvalue()
    return picture[:2] + b"\xff" * 100 + bytes(100) + picture[2:]


@pytest.mark.parametrize(
    "data",
    [
        jpeg_of_a_camera(),
        bmp_header(4_000, -3_000),
        b"BM" + bytes(12) + struct.pack("<IHH", 12, 4_000, 3_000),
        gif(40_000, 1_000, frame=(40_000, 1_000)),
        gif(40, 30, frame=(40, 30))[:-5],
        gif(40, 30, frame=(40, 30)).replace(b"hi\0", b"hi\0\0\0"),
    ],
    ids=[
        "a camera's jpeg",
        "a bmp from the top down",
        "a bmp of OS/2",
        "a wide gif",
        "a gif that is cut off",
        "a gif with a gap between two blocks",
    ],
)
def test_an_unusual_picture_is_accepted(data: bytes) -> None:
    assert checked(data).startswith("image/")


@pytest.mark.parametrize("data", PICTURES.values(), ids=PICTURES)
def test_a_picture_that_is_made_to_be_slow_is_refused_in_time(data: bytes) -> None:
    def refuse() -> None:
        with pytest.raises(BadPictureError):
            checked(data)

    assert least_cost_s(refuse, MOST_S) <= MOST_S


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
