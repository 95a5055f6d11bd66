"""Entries that are no plain message: nothing of them is lost, and letters say what came of them."""

from typing import Any

import orjson
import pytest
from prometheus_client import CollectorRegistry, generate_latest
from redis.asyncio import Redis

from shared.redis import keys
from shared.wires import dead_letters
from shared.wires.dead_letters import DeadLetter
from testbed import until
from tests.worker.builders import BUYER, CHAT, SELLER
from tests.worker.fake_avito import FakeAvito, make_account
from tests.worker.intake.test_reader import Running, empty, make_intake, post, shown
from worker.accounts.context import ACCOUNT
from worker.jobs.prune import prune
from worker.sync.sweep.refresh import recheck_chat, requeue_due

pytestmark = pytest.mark.anyio


def value(message_id: str = "m1", chat: str = CHAT, **changes: Any) -> dict[str, Any]:
    row = {"id": message_id, "chat_id": chat, "user_id": SELLER, "author_id": BUYER, "type": "text"}
    return row | {"created": 1_757_403_725, "content": {"text": message_id}} | changes


def envelope(row: Any) -> bytes:
    return orjson.dumps({"id": "d", "payload": {"type": "message", "value": row}})


class Rig:
    """An intake with a small Avito behind it."""

    def __init__(self, redis: Redis) -> None:
        self.redis, self.avito, self.registry = redis, FakeAvito(), CollectorRegistry()
        self.account = make_account(redis, self.avito)
        self.intake = make_intake(redis, registry=self.registry)

    async def take(self, *bodies: bytes) -> None:
        """Take these, and the look-ups that follow."""
        for body in bodies:
            await post(self.redis, body)
        async with Running(self.intake):
            await until(lambda: empty(self.redis))

    async def look_up(self) -> None:
        """Do what the worker does within seconds."""
        await requeue_due(self.account)
        waiting: dict[bytes, bytes] = await self.redis.execute_command("HGETALL", keys.to_recheck(SELLER))
        for chat_id in waiting:
            await recheck_chat({ACCOUNT: self.account}, SELLER, chat_id.decode())

    async def held(self, message_id: str) -> dict[str, Any]:
        """A message as it is shown."""
        value: bytes = await self.redis.execute_command("HGET", keys.messages(SELLER, CHAT), message_id)
        return dict(orjson.loads(value.partition(b"\n")[2]))

    async def letters(self) -> list[DeadLetter]:
        return await dead_letters.newest(self.redis, 20)


@pytest.fixture
def rig(real_redis: Redis) -> Rig:
    return Rig(real_redis)


async def test_every_message_of_a_list_is_committed(rig: Rig) -> None:
    rows = [value(f"m{number}") for number in range(30)] + [value("x1", "another")]

    await rig.take(envelope(rows))

    assert await shown(rig.redis) == {f"m{number}" for number in range(30)}
    assert await rig.redis.hexists(keys.messages(SELLER, "another"), "x1")
    assert await rig.letters() == []


async def test_a_list_is_acknowledged_only_when_all_of_it_is_committed(rig: Rig) -> None:
    await rig.redis.set(keys.thread(SELLER, "broken"), "in the way")
    await post(rig.redis, envelope([value("m1"), value("b1", "broken"), value("m2")]))

    async with Running(rig.intake):
        await until(lambda: rig.redis.hlen(keys.COMMIT_ATTEMPTS))
        assert await rig.redis.xlen(keys.INBOX) == 1
        await rig.redis.delete(keys.thread(SELLER, "broken"))
        await until(lambda: empty(rig.redis))

    assert await shown(rig.redis) == {"m1", "m2"}
    assert await rig.redis.hexists(keys.messages(SELLER, "broken"), "b1")


async def test_of_a_list_that_is_readable_in_part_the_rest_is_looked_up(rig: Rig) -> None:
    rig.avito.write(CHAT)

    await rig.take(envelope([value("m1"), value("m2", author_id=None)]))
    await rig.look_up()

    assert await shown(rig.redis) == {"m1", f"{CHAT}-m0"}
    assert len(await rig.letters()) == 1


@pytest.mark.parametrize(
    ("change", "outcome"),
    [
        ({"id": f"{CHAT}-m0", "author_id": None}, "the message is shown"),
        ({"id": "nowhere", "author_id": None}, "no such message"),
        ({"id": None}, "what it has in this chat is shown"),
        ({"id": "m", "author_id": None, "chat_id": "c9"}, "no such chat"),
    ],
)
async def test_a_dead_letter_says_what_avito_answered(rig: Rig, change: dict[str, Any], outcome: str) -> None:
    rig.avito.write(CHAT)
    await rig.take(envelope(value() | change))
    assert (await rig.letters())[0].outcome == "Avito is being asked."

    await rig.look_up()

    (letter,) = await rig.letters()
    assert outcome in letter.outcome
    assert not await rig.redis.exists(keys.to_recheck(SELLER), keys.DEAD_ASKED)


async def test_a_look_up_waits_until_avito_is_back(rig: Rig) -> None:
    from worker.avito.errors import Unavailable  # noqa: PLC0415

    rig.avito.write(CHAT)
    rig.avito.trouble["messages"] = Unavailable("messages", why="silent")
    await rig.take(envelope(value(author_id=None)))
    await rig.look_up()
    assert (await rig.letters())[0].outcome == "Avito is being asked."

    rig.avito.trouble.clear()
    await rig.redis.delete(keys.rechecked(SELLER, CHAT))
    await rig.look_up()

    assert await shown(rig.redis) == {f"{CHAT}-m0"}


async def test_a_message_that_is_named_without_its_chat_is_found_where_it_is_held(rig: Rig) -> None:
    message_id = rig.avito.write(CHAT)
    await rig.take(envelope(value(message_id)), orjson.dumps({"payload": {"message_id": message_id}}))
    rig.avito.delete(CHAT, message_id)
    assert await rig.redis.exists(keys.sweep_requested(SELLER))

    await rig.look_up()

    assert "the message is shown" in (await rig.letters())[0].outcome
    assert (await rig.held(message_id))["deleted"]


async def test_a_message_that_no_sweep_finds_either_is_given_up(rig: Rig) -> None:
    await rig.take(orjson.dumps({"payload": {"message_id": "nowhere"}}))
    rig.avito.clock.now = 9e9

    await rig.look_up()

    assert "none of its chats" in (await rig.letters())[0].outcome


async def test_a_time_that_was_guessed_is_corrected_by_avito(rig: Rig) -> None:
    message_id = rig.avito.write(CHAT, age=500)

    await rig.take(envelope(value(message_id, created=None)))
    assert await shown(rig.redis) == {message_id}
    await rig.look_up()

    assert (await rig.held(message_id))["created"] == rig.avito.threads[CHAT][0]["created"]


async def test_an_event_in_a_chat_is_looked_up_and_makes_no_letter(rig: Rig) -> None:
    message_id = rig.avito.write(CHAT)

    await rig.take(orjson.dumps({"payload": {"type": "message_read", "value": {"chat_id": CHAT}}}))
    await rig.look_up()

    assert await shown(rig.redis) == {message_id}
    assert await rig.letters() == []
    assert await rig.redis.hget(keys.COUNTERS, "chat_events") == b"1"


async def test_another_account_is_a_dead_letter_and_never_looked_up(rig: Rig) -> None:
    await rig.take(envelope(value(user_id=5)), envelope(value(user_id="5", id=None)))

    assert [letter.outcome for letter in await rig.letters()] == ["", ""]
    assert not await rig.redis.exists(keys.to_recheck(SELLER), keys.sweep_requested(SELLER))


async def test_other_products_are_one_letter_a_day_with_a_count(rig: Rig) -> None:
    applications = [orjson.dumps({"applyId": str(number)}) for number in range(5)]
    order = orjson.dumps({"event_type": "new_order", "data": {"order_id": 1}})

    await rig.take(*applications, order)

    letters = {letter.reason: letter.count for letter in await rig.letters()}
    assert letters == {
        "a job application: this address is for the messenger": 5,
        "an order: this address is for the messenger": 1,
    }
    assert await rig.redis.hget(keys.COUNTERS, "product:job_application") == b"5"
    page = generate_latest(rig.registry).decode()
    assert 'avito_live_other_products_total{product="job_application"} 5.0' in page


async def test_a_letter_that_was_redriven_keeps_no_notes(rig: Rig) -> None:
    await rig.take(orjson.dumps({"applyId": "1"}), envelope(value(author_id=None)))

    assert await dead_letters.redrive_all(rig.redis) == 2

    assert await rig.redis.hkeys(keys.DEAD_NOTES) == [b"today:job_application"]
    assert not await rig.redis.exists(keys.DEAD_ASKED)


async def test_notes_of_letters_that_are_gone_are_pruned(rig: Rig) -> None:
    await rig.take(envelope(value(author_id=None)), orjson.dumps({"applyId": "1"}))
    await rig.redis.delete(keys.DEAD)

    await prune(rig.account)

    assert await rig.redis.hkeys(keys.DEAD_NOTES) == [b"today:job_application"]
    assert not await rig.redis.exists(keys.DEAD_ASKED)
