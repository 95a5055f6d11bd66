"""Bodies of webhooks are opened whatever they are wrapped in, and never beyond the bound."""

import gzip
import zlib
from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.wires.inbox import Webhook
from shared.wires.webhook_body import LARGEST, MOST_LAYERS, UnopenedError, open_body, readable
from tests.support.yardstick import least_cost_s

JSON = '{"text": "Добрый день 🙂"}'
PLAIN = JSON.encode()
Wrap = Callable[[bytes], bytes]


def compressed(body: bytes) -> bytes:
    # With a time in the header, names of tests would differ between the runner's processes.
    return gzip.compress(body, mtime=0)


def deflated_raw(body: bytes) -> bytes:
    stream = zlib.compressobj(wbits=-15)
    return stream.compress(body) + stream.flush()


def in_two_members(body: bytes) -> bytes:
    return compressed(body[:5]) + compressed(body[5:])


WRAPS: dict[str, Wrap] = {
    "gzip": compressed,
    "x-gzip": in_two_members,
    "deflate": zlib.compress,
    "deflate, ": deflated_raw,
    "identity": lambda body: body,
}
TEXTS = [
    PLAIN,
    b"\xef\xbb\xbf" + PLAIN,
    b" \n\xef\xbb\xbf\xef\xbb\xbf" + PLAIN,
    *(JSON.encode(name) for name in ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be")),
]


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("name", WRAPS)
def test_a_body_is_opened_with_the_right_header_without_one_and_with_a_wrong_one(
    name: str, text: bytes
) -> None:
    body = WRAPS[name](text)

    for encoding in (name, "", "identity", "br", "gzip", "deflate", "GZIP,deflate"):
        assert open_body(Webhook(body, 0.0, encoding.encode())) == PLAIN


@given(
    st.dictionaries(st.text(), st.text()),
    st.lists(st.sampled_from([compressed, zlib.compress, deflated_raw]), max_size=MOST_LAYERS),
)
def test_encodings_in_a_row_are_undone(content: dict[str, str], wraps: list[Wrap]) -> None:
    text = body = str(content).encode("utf-8", "replace")  # begins with a brace
    for wrap in wraps:
        body = wrap(body)

    assert open_body(Webhook(body, 0.0, b"deflate")) == text


@given(st.binary(max_size=200), st.sampled_from([b"", b"gzip", b"deflate", b"br", b"\xff,", b"utf-8"]))
def test_no_body_raises_anything_else(body: bytes, encoding: bytes) -> None:
    webhook = Webhook(body, 0.0, encoding)

    try:
        opened = open_body(webhook)
    except UnopenedError:
        opened = body
    assert readable(webhook) == opened


@pytest.mark.parametrize("wrap", [compressed, zlib.compress, deflated_raw, in_two_members])
def test_a_bomb_is_not_opened(wrap: Wrap) -> None:
    small, bomb = (wrap(b" " * mib * 1024**2) for mib in (1, 200))
    assert len(bomb) < 256 * 1024

    def refuse(body: bytes) -> None:
        with pytest.raises(UnopenedError, match="more than 262,144 bytes"):
            open_body(Webhook(body, 0.0))

    most_s = 10 * least_cost_s(partial(refuse, small))
    assert least_cost_s(partial(refuse, bomb), most_s) <= most_s


def test_a_body_of_the_largest_size_is_opened() -> None:
    text = b"[" + b" " * (LARGEST - 2) + b"]"

    assert open_body(Webhook(compressed(text), 0.0)) == text


@pytest.mark.parametrize(
    ("body", "encoding", "said"),
    [
        (b"\x8b\x05\x80\x00", b"br", "compressed as 'br'"),
        (compressed(b"\x28\xb5\x2f\xfd"), b"zstd, gzip", "compressed as 'zstd'"),
        (b"\x1f\x8bjunk", b"gzip", "gzip body that is broken"),
        (compressed(PLAIN)[:12] + b"\xff" * 9, b"", "gzip body that is broken"),
    ],
)
def test_what_cannot_be_opened_says_why(body: bytes, encoding: bytes, said: str) -> None:
    with pytest.raises(UnopenedError, match=said):
        open_body(Webhook(body, 0.0, encoding))


def flushed(body: bytes, wbits: int) -> bytes:
    """Compress without an end, as a client does that only flushes."""
    stream = zlib.compressobj(wbits=wbits)
    return stream.compress(body) + stream.flush(zlib.Z_SYNC_FLUSH)


@pytest.mark.parametrize(
    "body",
    [
        flushed(PLAIN, 31),
        flushed(PLAIN, 15),
        compressed(PLAIN)[:-8],
        compressed(PLAIN)[:-8] + b"checksum",
        compressed(PLAIN) + b"\r\n",
        zlib.compress(PLAIN)[:-4],
        zlib.compress(PLAIN) + b"\r\n",
        PLAIN + b"\0",
        compressed(PLAIN + b"\n\0"),
    ],
)
def test_a_body_without_a_proper_end_is_opened(body: bytes) -> None:
    assert open_body(Webhook(body, 0.0)) == PLAIN


@pytest.mark.parametrize("wrap", [compressed, zlib.compress])
def test_of_a_body_that_was_cut_off_the_beginning_is_read(wrap: Wrap) -> None:
    opened = open_body(Webhook(wrap(PLAIN)[:-12], 0.0))

    assert opened
    assert PLAIN.startswith(opened.removesuffix("\ufffd".encode()))


def test_a_body_that_is_compressed_too_often_says_so() -> None:
    body = PLAIN
    for _ in range(MOST_LAYERS + 1):
        body = compressed(body)

    with pytest.raises(UnopenedError, match="more than 4 times"):
        open_body(Webhook(body, 0.0))


@pytest.mark.parametrize("body", [b"\xff\xfe", b"\xff\xfe\x01", b"junk", b"h$ and so on"])
def test_a_body_that_is_no_text_of_any_kind_becomes_none(body: bytes) -> None:
    assert open_body(Webhook(body, 0.0)) == body.decode("utf-8", "replace").encode()


@pytest.mark.parametrize("cut", ["🙂".encode()[:3], b"\xed\xa0\xbd", "я".encode("cp1251")])
def test_bytes_that_are_no_character_do_not_cost_the_body(cut: bytes) -> None:
    opened = open_body(Webhook(b'{"text": "ok ' + cut + b'"}', 0.0))

    assert opened.decode().replace("\ufffd", "") == '{"text": "ok "}'


@pytest.mark.parametrize("body", [b"", b"\0", b"\xef\xbb\xbf", compressed(b"")])
def test_an_empty_body_stays_empty(body: bytes) -> None:
    assert open_body(Webhook(body, 0.0, b"gzip")) == b""
