"""Reading the multipart form of a picture."""

from contextlib import closing
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from push_gateway.replies.picture_check import MOST_BYTES
from push_gateway.replies.picture_form import MOST_CPU_S, FormError, PictureFormParser
from tests.push_gateway.replies.hostile import FORMS, REF, with_picture
from tests.support.yardstick import cost_of, least_cost_s

PIECE = 64 * 1024


def read(body: bytes, *, piece: int = PIECE) -> tuple[str, bytes]:
    """Return the ref and the picture of a form that comes in pieces of this size."""
    with closing(PictureFormParser(b"b")) as form:
        for start in range(0, len(body), piece):
            form.write(body[start : start + piece])
        done = form.finish()
        done.file.seek(0)
        picture = done.file.read()
        assert len(picture) == done.size
        return done.ref, picture


@given(st.binary(max_size=200).filter(lambda data: b"--b" not in data), st.integers(1, 300))
def test_a_picture_is_read_the_same_in_pieces_of_any_size(picture: bytes, piece: int) -> None:
    assert read(with_picture(picture), piece=piece) == ("r-1", picture)


def test_the_largest_picture_takes_a_small_part_of_the_time_that_a_form_may_take() -> None:
    body = with_picture(b"\r\n--" * (MOST_BYTES // 4))

    assert least_cost_s(partial(read, body), MOST_CPU_S / 2) <= MOST_CPU_S / 2


@pytest.mark.parametrize("body", FORMS.values(), ids=FORMS)
def test_a_form_that_is_made_to_be_slow_is_refused_in_time(body: bytes) -> None:
    with cost_of() as cost, pytest.raises(FormError):
        read(body)

    # The parser counts seconds of this machine; beyond them it reads the rest of a piece.
    assert (cost.cpu_s - MOST_CPU_S) / cost.slowness < MOST_CPU_S / 2


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"junk",
        with_picture(b"x")[:-6],
        REF + b"--b--",
        with_picture(b"x").removeprefix(REF),
        with_picture(b"x").replace(b'name="ref"', b'name="ref"; filename="r"'),
        with_picture(b"x").replace(b'; filename="a"', b""),
        with_picture(b"x").replace(b'name="image"; ', b""),
        with_picture(b"x").replace(REF, with_picture(b"y")[:-5] + b"\r\n"),
        with_picture(b"x").replace(b"Content-Disposition", b"Content-Type"),
    ],
    ids=[
        "empty",
        "no boundary",
        "no end",
        "no image",
        "no ref",
        "a ref that is a file",
        "an image that is no file",
        "a file without a name",
        "two images",
        "no disposition",
    ],
)
def test_a_form_without_just_these_parts_is_refused(body: bytes) -> None:
    with pytest.raises(FormError):
        read(body)


def test_other_small_fields_are_ignored() -> None:
    other = REF.replace(b'"ref"', b'"other"')

    assert read(other + with_picture(b"x")) == ("r-1", b"x")
