"""What clients that connect while the link is lost are told of it."""

import asyncio

import pytest

from push_gateway.auth.access import Admitted, Caller
from push_gateway.http.metrics import Metrics
from push_gateway.ws import relay as relays
from push_gateway.ws.hub import Hub
from push_gateway.ws.protocol import CloseCode, Facts, encode, link
from push_gateway.ws.relay import Client, Relay
from shared.redis.journal import JournalPosition

pytestmark = pytest.mark.anyio
LATE, LIVE = encode(link("catching_up")), encode(link("live"))


class Screen:
    """A client that remembers what it was sent and is level at once."""

    admitted = Admitted(Caller("anna", "operator", "digest"), "")
    id = "gateway:1"

    def __init__(self, relay: Relay) -> None:
        self.got: list[bytes] = []
        self._relay = relay

    def tick(self, now: float) -> None: ...

    def close(self, code: CloseCode, reason: str) -> None: ...

    def advance(self) -> None:
        self._relay.join(self)

    def write(self, frames: bytes) -> None:
        self.got.append(frames)

    def restart(self, facts: Facts) -> None:
        self.got.append(b"hello")
        self._relay.join(self)


async def test_a_screen_that_becomes_level_while_the_link_is_lost_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(relays, "_BRIEF", 0.0)
    relay = Relay(Hub[Client](), Metrics())
    relay.restart(JournalPosition("e", 5))
    relay.link_lost()
    await asyncio.sleep(0.01)
    screen = Screen(relay)
    relay.enter(screen)
    relay.flush()

    assert screen.got == [LATE]

    relay.restart(JournalPosition("f", 6))
    assert screen.got == [LATE, b"hello"]

    relay.link_back()
    relay.flush()
    assert screen.got == [LATE, b"hello", LIVE]


async def test_frames_for_others_are_one_write_each_without_those_that_a_client_caused() -> None:
    relay = Relay(Hub[Client](), Metrics())
    first, second = Screen(relay), Screen(relay)
    for screen in (first, second):
        relay.enter(screen)
    relay.flush()

    relay.broadcast_to_others([(b"a", first), (b"b", None), (b"c", None)])
    relay.broadcast_to_others([(b"d", first)])

    assert first.got == [encode(b"b") + encode(b"c")]
    assert second.got == [encode(b"a") + encode(b"b") + encode(b"c"), encode(b"d")]
