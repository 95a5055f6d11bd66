"""Replies as an operator writes them, with defaults for all that a test does not set."""

from typing import Any, Literal

import orjson
from redis.asyncio import Redis

from shared.redis import keys
from shared.redis.lua import scripts
from shared.wires.outbox import MAX_QUEUED, MAX_QUEUED_IN_CHAT, NewReply, reply_fields
from tests.worker.builders import CHAT, SELLER, make_message
from worker.messages.commit import Change, commit
from worker.outbox.reply import Reply

NOW = 1_757_403_800.0


def make_reply(**more: Any) -> Reply:
    """A text on its way, never tried."""
    plain: dict[str, Any] = {
        "ref": "r1",
        "chat_id": CHAT,
        "kind": "text",
        "text": "Да",
        "by": b'"olga"',
        "state": "queued",
        "tries": 0,
        "queued": NOW,
    }
    return Reply(**(plain | more))


def make_wish(ref: str = "r1", text: str = "Да", **more: Any) -> NewReply:
    """What Olga wants to be sent."""
    plain: dict[str, Any] = {"account_id": SELLER, "chat_id": CHAT, "ref": ref, "by": "olga", "at": NOW}
    plain["text"] = text
    return NewReply(**(plain | more))


async def open_chat(redis: Redis) -> None:
    """Let a buyer have written, so that there is a chat."""
    await commit(redis, Change(SELLER, CHAT, (make_message("b1", created=NOW - 60),), "webhook"), NOW, 200)


async def queue(
    redis: Redis, wish: NewReply, most_here: int = MAX_QUEUED_IN_CHAT, most: int = MAX_QUEUED
) -> tuple[str, Any]:
    """Queue as the gateway does; returns the verdict and the item."""
    call = scripts.queue_reply(
        account_id=wish.account_id,
        chat_id=wish.chat_id,
        ref=wish.ref,
        with_withdrawn=True,
        now=wish.at,
        most_here=most_here,
        most=most,
        reply=reply_fields(wish),
    )
    verdict, item = await call.run(redis)
    return verdict, orjson.loads(item) if item else None


async def press(redis: Redis, action: Literal["cancel", "retry"], ref: str = "r1", now: float = NOW) -> str:
    """Cancel or retry a reply as the gateway does; returns the verdict."""
    if action == "cancel":
        call = scripts.cancel_reply(account_id=SELLER, chat_id=CHAT, ref=ref, now=now)
        return (await call.run(redis)).verdict
    again = scripts.retry_reply(account_id=SELLER, chat_id=CHAT, ref=ref, now=now)
    return (await again.run(redis)).verdict


async def item(redis: Redis, ref: str = "r1") -> dict[str, Any]:
    """Return a reply as operators see it."""
    return dict(orjson.loads(await redis.execute_command("HGET", keys.reply(SELLER, ref), "json")))


async def states(redis: Redis, ref: str = "r1") -> list[str]:
    """Return the states a reply was shown in, in order."""
    events = [orjson.loads(reply_fields[b"e"]) for _, reply_fields in await redis.xrange(keys.JOURNAL)]
    items = [event["item"] for event in events if event["type"] == "outbox"]
    shown = [item["state"] for item in items if item["ref"] == ref]
    return [state for n, state in enumerate(shown) if n == 0 or shown[n - 1] != state]


async def thread(redis: Redis) -> list[dict[str, Any]]:
    """Return the messages of the chat as shown, by id."""
    held: dict[bytes, bytes] = await redis.execute_command("HGETALL", keys.messages(SELLER, CHAT))
    return [orjson.loads(held[name].partition(b"\n")[2]) for name in sorted(held)]
