"""Reads the coach's data from Redis: first answers as the worker recorded them, and the chats that wait."""

from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis

from push_gateway.features.coach.report import AnsweredWait
from shared.process import stored
from shared.process.stored import read_each
from shared.redis import keys
from shared.wires import first_answers
from shared.wires.read_model import read_chat
from shared.working_hours import hours
from shared.working_hours.hours import Setting

_AT_ONCE = 1_000
WAITING_SHOWN = 100


async def setting(redis: Redis) -> Setting:
    """Return the working hours and the automatic answer in effect. Raises RedisError."""
    return hours.read(await redis.get(keys.WORKING_HOURS))


async def answers(redis: Redis, account_id: int, begin: float, end: float) -> list[AnsweredWait]:
    """Return the first answers to waits that began between two moments. Raises RedisError."""
    times = keys.first_answer_times(account_id)
    fields = await redis.zrangebyscore(times, repr(begin), f"({end!r}")
    found: list[AnsweredWait] = []
    for at in range(0, len(fields), _AT_ONCE):
        names = fields[at : at + _AT_ONCE]
        key = keys.first_answers(account_id)
        values = (value for value in await redis.hmget(key, names) if value is not None)
        found += read_each(key, values, first_answers.read)
    return found


@dataclass(frozen=True, slots=True)
class Waiting:
    """The chats of one account that wait: those shown, longest waiting first; the counts of the others."""

    chats: list[dict[str, Any]]
    more: int
    late: int


async def waiting(redis: Redis, account_id: int, since: float) -> Waiting:
    """Return the chats that wait since a later moment; `late` counts those that wait longer."""
    name = keys.unanswered(account_id)
    async with redis.pipeline(transaction=False) as pipe:
        pipe.zrangebyscore(name, f"({since!r}", "+inf", start=0, num=WAITING_SHOWN)
        pipe.zcount(name, f"({since!r}", "+inf")
        pipe.zcount(name, "-inf", repr(since))
        chats, in_time, late = await pipe.execute()
    async with redis.pipeline(transaction=False) as pipe:
        for chat_id in chats:
            pipe.hget(keys.chat(account_id, chat_id.decode(errors="replace")), "json")
        shown = await stored.answers(pipe)
    read = read_each(name, (value for value in shown if value is not None), read_chat)
    waits = [chat for chat in read if chat.get("unanswered_since") is not None]
    return Waiting(waits, max(0, in_time - len(chats)), late)
