"""Buyers' messages reach the owner's Telegram chat once each, and only those that ring."""

from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from redis.asyncio import Redis

from tests.worker.builders import CHAT, SELLER, make_message
from worker.commit import Change, commit
from worker.context import Work
from worker.forwarding.forwarder import Forwarder
from worker.message import ChatFacts
from worker.notices.telegram import NotSentError, Telegram

pytestmark = pytest.mark.anyio
NOW = 1_757_403_800.0
FACTS = ChatFacts(NOW, NOW, b'{"id":1,"name":"\xd0\x92\xd0\xb5\xd1\x80\xd0\xb0"}', b"null", "fp")


@dataclass
class Heard:
    """A Telegram that keeps what it is sent; `refuses`: so many times it takes nothing."""

    texts: list[str] = field(default_factory=list)
    refuses: int = 0

    async def send(self, text: str) -> None:
        if self.refuses:
            self.refuses -= 1
            raise NotSentError("status 429")
        self.texts.append(text)


@pytest.fixture
def heard() -> Heard:
    return Heard()


def forwarder(store: Redis, heard: Heard) -> Forwarder:
    work = Work(cast("Any", store), cast("Any", None), SELLER, 200)
    return Forwarder(work, cast("Telegram", heard))


async def put(store: Redis, message_id: str, **more: Any) -> None:
    message = make_message(message_id, created=NOW + int(message_id[1:]), **more)
    await commit(store, Change(SELLER, CHAT, (message,), "webhook", facts=FACTS), NOW, 200)


async def test_what_came_before_it_was_switched_on_stays_here(store: Redis, heard: Heard) -> None:
    await put(store, "m1")
    one = forwarder(store, heard)
    await one.forward()
    await put(store, "m2")
    await one.forward()
    await one.forward()

    assert heard.texts == ["Вера: text of m2"]


async def test_our_own_words_and_second_looks_are_not_forwarded(store: Redis, heard: Heard) -> None:
    one = forwarder(store, heard)
    await one.forward()
    await put(store, "m1")
    await put(store, "m2", author=SELLER)
    await put(store, "m1", read=NOW)
    await put(store, "m3")
    await one.forward()

    assert heard.texts == ["Вера: text of m1\n\nВера: text of m3"]


async def test_what_telegram_refused_is_sent_later_by_whoever_goes_on(store: Redis, heard: Heard) -> None:
    await forwarder(store, heard).forward()
    await put(store, "m1")
    heard.refuses = 1
    with pytest.raises(NotSentError):
        await forwarder(store, heard).forward()

    await forwarder(store, heard).forward()

    assert heard.texts == ["Вера: text of m1"]


async def test_after_a_lost_tail_of_redis_it_goes_on_from_the_head(store: Redis, heard: Heard) -> None:
    await store.execute_command("SET", "avito:forwarded", 500)
    one = forwarder(store, heard)
    await one.forward()
    await put(store, "m1")
    await one.forward()

    assert heard.texts == ["Вера: text of m1"]
