"""The presence that one gateway publishes of its clients."""

import asyncio
from dataclasses import replace
from typing import Any

import orjson
import pytest
from redis.asyncio import Redis

from push_gateway.auth.access import Admitted, Caller
from push_gateway.features.presence import channel
from push_gateway.features.presence.channel import PresenceChannel
from push_gateway.features.presence.presence import Sign, write
from push_gateway.http.metrics import Metrics
from push_gateway.ws.hub import Hub
from push_gateway.ws.protocol import CloseCode, Facts, FeatureFrame, FrameRefusal
from push_gateway.ws.relay import Relay
from shared.redis import journal, keys

pytestmark = pytest.mark.anyio


class Browser:
    """A client as far as presence knows one."""

    id = "gateway:1"

    def __init__(self, role: Any = "operator") -> None:
        self.admitted = Admitted(Caller("anna", role, "digest"), "")

    def tick(self, now: float) -> None: ...

    def close(self, code: CloseCode, reason: str) -> None: ...

    def advance(self) -> None: ...

    def restart(self, facts: Facts) -> None: ...

    def write(self, frames: bytes) -> None: ...


def frame(kind: str, **fields: object) -> FeatureFrame:
    return FeatureFrame(kind, {"type": kind, **fields})


def make_channel(redis: Redis) -> PresenceChannel:
    return PresenceChannel(redis, Relay(Hub(), Metrics()))


async def published(redis: Redis, presence: PresenceChannel, *frames: FeatureFrame) -> list[dict[str, Any]]:
    """Hand over frames one after the other; return the signs that were published."""
    await redis.execute_command("SADD", keys.ACCOUNTS, 7)
    await redis.execute_command("HSET", keys.chat(7, "c"), "json", "{}")
    browser, signs = Browser(), []
    async with redis.pubsub() as heard:
        await heard.subscribe(keys.EVENTS)
        await heard.get_message(timeout=20)
        for one in frames:
            assert presence.take_frame(browser, one) is None
            await presence.close()
            if message := await heard.get_message(ignore_subscribe_messages=True, timeout=0.1):
                signs += orjson.loads(journal.read(message["data"]).event)["signs"]
    return signs


async def test_viewing_is_published_once_and_typing_each_time(
    store: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channel, "_GATHER_S", 0.0)
    told = [frame("viewing", chat_id="c")] * 2 + [frame("typing", chat_id="c")] * 2
    told.append(frame("viewing", chat_id=None))

    signs = await published(store, make_channel(store), *told)

    assert [(sign["chat_id"], sign["typing"]) for sign in signs] == [
        ("c", False),
        ("c", True),
        ("c", True),
        (None, False),
    ]


async def test_a_client_that_views_nothing_leaves_silently(store: Redis) -> None:
    presence = make_channel(store)

    presence.forget(Browser())
    await asyncio.sleep(0)

    assert presence._sending is None


@pytest.mark.parametrize(
    "bad",
    [
        frame("typing"),
        frame("typing", chat_id=None),
        frame("typing", chat_id=7),
        frame("typing", chat_id="x" * 257),
        frame("viewing"),
        frame("viewing", chat_id=""),
    ],
)
async def test_a_frame_without_a_chat_is_bad(store: Redis, bad: FeatureFrame) -> None:
    refusal = make_channel(store).take_frame(Browser(), bad)

    assert refusal == FrameRefusal("bad_frame", f"{bad.type} needs a chat_id")


async def test_a_client_that_may_not_reply_is_refused(store: Redis) -> None:
    refusal = make_channel(store).take_frame(Browser("read"), frame("viewing", chat_id="c"))

    assert refusal is not None
    assert refusal.code == "forbidden"


async def test_many_newcomers_at_once_are_told_the_same_and_later_ones_what_has_changed(store: Redis) -> None:
    presence = make_channel(store)
    here = Sign("gateway:2", "anna", "c")
    presence.take_event(orjson.loads(write([here])))

    first, second = presence.greeting(), presence.greeting()
    presence.take_event(orjson.loads(write([replace(here, chat_id=None)])))

    assert b"anna" in first
    assert first is second
    assert presence.greeting() == b""
