"""A flood of one event leaves the others in the log."""

import io
import logging
from itertools import count

import pytest

from shared.process.log import TextFormatter
from shared.process.log_limit import OF_EVENT, OF_SOURCE, TRACEBACKS, WINDOW_S, LimitedHandler
from testbed import until

pytestmark = pytest.mark.anyio


_NUMBERS = count()


class Log:
    """A log whose clock stands still."""

    def __init__(self, of_event: int = OF_EVENT) -> None:
        self.now = 0.0
        self.stream = io.StringIO()
        handler = LimitedHandler(self.stream, of_event, clock=lambda: self.now)
        handler.setFormatter(TextFormatter())
        self.log = logging.getLogger(f"door.{next(_NUMBERS)}")
        self.log.setLevel(logging.DEBUG)
        self.log.propagate = False
        self.log.addHandler(handler)

    def lines(self, *words: str) -> list[str]:
        return [line for line in self.stream.getvalue().splitlines() if all(word in line for word in words)]


def test_of_one_network_some_lines_are_written_and_the_others_told_as_a_number() -> None:
    door = Log()
    for number in range(1_000):
        door.log.warning("login.limited", extra={"address": f"2001:db8::{number:x}"})
    door.log.warning("login.limited", extra={"address": "198.51.100.7"})

    door.now = WINDOW_S
    door.log.info("next")

    assert len(door.lines("login.limited", "address=2001")) == OF_SOURCE
    assert len(door.lines("login.limited", "address=198")) == 1
    assert [line.split()[-1] for line in door.lines("left_out")] == [f"left_out={1_000 - OF_SOURCE}"]
    door.log.warning("login.limited", extra={"address": "2001:db8::1"})
    assert len(door.lines("address=2001")) == OF_SOURCE + 1


def test_of_any_number_of_networks_an_event_has_a_bound_and_hides_no_other() -> None:
    door = Log()
    for number in range(1_000):
        door.log.warning("login.wrong", extra={"address": f"10.{number % 250}.{number // 250}.1"})
    for number in range(200):
        door.log.info("owner.disabled", extra={"operator": f"n{number}", "by": f"o{number // 20}"})
    door.log.info("login.ok", extra={"operator": "olga", "address": "10.1.1.1"})

    assert len(door.lines("login.wrong")) == OF_EVENT
    assert len(door.lines("owner.disabled")) == OF_EVENT
    assert len(door.lines("login.ok")) == 1


def test_of_one_operator_an_event_has_a_bound() -> None:
    door = Log()
    for by in ("olga", "anna"):
        for _ in range(100):
            door.log.info("replies.pressed", extra={"by": by})

    assert len(door.lines("by=olga")) == len(door.lines("by=anna")) == OF_SOURCE


def test_tracebacks_of_one_kind_have_a_bound_of_their_own() -> None:
    door = Log()
    for number in range(100):
        try:
            raise ValueError if number % 2 else KeyError
        except (ValueError, KeyError):
            door.log.exception("fault")

    assert len(door.lines("fault")) == 2 * TRACEBACKS


def test_who_debugs_sees_every_line() -> None:
    door = Log()
    for _ in range(2 * OF_EVENT):
        door.log.debug("accepted")

    assert len(door.lines("accepted")) == 2 * OF_EVENT


async def test_what_was_left_out_is_told_though_nothing_follows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.process.log_limit.WINDOW_S", 0.05)
    door = Log(of_event=1)

    for _ in range(3):
        door.log.warning("%s.refused", "door")

    await until(lambda: door.lines("door.refused left_out=2"))
