"""The frames of one client, without a socket."""

import asyncio
from collections.abc import Callable
from typing import Any, cast

import pytest

from push_gateway.ws.frames import CLOSE_WITHIN, FrameTransport
from tests.fuzz.frames import frame
from tests.push_gateway.ws.raw_sockets import handshake

CLOSE = frame(8, b"\x03\xe8")


class Wire:
    """A transport and a loop that note what they are asked for."""

    def __init__(self) -> None:
        self.written = b""
        self.waiting = 0
        self.pauses = 0
        self.closed = False
        self.now = 0.0
        self.timers: list[asyncio.TimerHandle] = []

    def write(self, data: bytes) -> None:
        self.written += data

    def close(self) -> None:
        self.closed = True

    def abort(self) -> None:
        raise AssertionError("only the loop calls it")

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None:
        self.pauses += 1

    def get_write_buffer_size(self) -> int:
        return self.waiting

    def time(self) -> float:
        return self.now

    def call_later(self, seconds: float, call: Callable[[], None]) -> asyncio.TimerHandle:
        assert call == self.abort
        self.timers.append(asyncio.TimerHandle(self.now + seconds, call, (), cast("Any", self)))
        return self.timers[-1]

    def get_debug(self) -> bool:
        return False

    def _timer_handle_cancelled(self, timer: asyncio.TimerHandle) -> None: ...

    @property
    def aborts_at(self) -> list[float]:
        return [timer.when() for timer in self.timers if not timer.cancelled()]


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
def frames(wire: Wire) -> FrameTransport:
    """An open connection."""
    frames = FrameTransport(cast("Any", wire), cast("Any", wire), [])
    request = frames.receive_head(handshake("http://127.0.0.1:1"))
    assert request is not None
    assert frames.check(request)
    frames.accept()
    assert frames.flush()
    assert frames.is_open
    return frames


def test_a_client_that_closes_and_leaves_its_answers_unread_is_dropped_after_a_while(
    frames: FrameTransport, wire: Wire
) -> None:
    frames.feed(memoryview(CLOSE))
    frames.parse_some()
    frames.flush()

    assert (wire.closed, wire.aborts_at) == (True, [CLOSE_WITHIN])


@pytest.mark.parametrize(("first_s", "then_s", "at"), [(30.0, 2.0, 3.0), (2.0, 30.0, 2.0)])
def test_nothing_puts_off_the_end_of_a_closed_connection(
    frames: FrameTransport, wire: Wire, first_s: float, then_s: float, at: float
) -> None:
    frames.abort_after(first_s)
    wire.now = 1.0

    frames.abort_after(then_s)

    assert wire.aborts_at == [at]


def test_no_more_is_read_while_more_waits_than_is_parsed_at_once(frames: FrameTransport, wire: Wire) -> None:
    frames.feed(memoryview(frame(9, b"") * 3))
    assert wire.pauses == 0

    frames.feed(memoryview(frame(9, b"") * 300))

    assert wire.pauses == 1
    taken = [len(frames.parse_some()) for _ in range(5)]
    assert sum(taken) == 303
    assert max(taken) < 100
    assert not frames.has_unparsed


def test_what_is_sent_long_after_the_close_frame_is_answered_no_more(
    frames: FrameTransport, wire: Wire
) -> None:
    frames.close(4401, "no session")
    wire.written = b""
    for _ in range(100):
        frames.feed(memoryview(frame(9, b"p" * 125) * 4))
        while frames.has_unparsed:
            frames.parse_some()
            frames.flush()

    assert wire.written.count(b"p" * 125) <= 110


def test_a_client_that_leaves_much_unread_is_not_heard(frames: FrameTransport, wire: Wire) -> None:
    assert not frames.is_unheard

    wire.waiting = 100_000

    assert frames.is_unheard
