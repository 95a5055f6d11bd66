"""Dead letters, inbox entries that could not be committed: lists and redrives them. The worker adds them."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import orjson
from redis.asyncio import Redis

from shared.process.stored import read_each, read_or, texts
from shared.redis import keys
from shared.redis.lua import scripts
from shared.wires import inbox

REASON = b"reason"
AT = b"at"
KEPT = (inbox.BODY, inbox.ACCEPTED, inbox.ENCODING)
"""Fields of an inbox entry that a dead letter keeps, and that go back."""

_OUTCOME, _COUNT = "outcome:", "count:"
_AT_ONCE = 20
_ID = re.compile(r"(?!0+-0+$)[0-9]{1,18}-[0-9]{1,18}")


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One dead letter: the webhook, why it could not be committed, and when (Unix s).

    `outcome`: what Avito answered about what it names, '' where there is nothing to ask. `count`: for how
    many webhooks of that day it stands.
    """

    id: str
    reason: str
    at: float
    webhook: inbox.Webhook
    outcome: str = ""
    count: int = 1


@dataclass(frozen=True, slots=True)
class Asked:
    """A dead letter about which Avito is still to be asked: what it names."""

    letter: str
    chats: tuple[str, ...]
    message_ids: tuple[str, ...]


def is_id(text: str) -> bool:
    """Tell whether a dead letter may have this id: Redis takes it for one, and it is not the smallest."""
    return _ID.fullmatch(text) is not None


def write_asked(chats: Collection[str], message_ids: Collection[str]) -> str:
    """Return what is noted of a letter that names these; '' for nothing."""
    return orjson.dumps([list(chats), list(message_ids)[:_AT_ONCE]]).decode() if chats or message_ids else ""


async def still_asked(redis: Redis) -> list[Asked]:
    """List the letters about which Avito is still to be asked."""
    found: dict[bytes, bytes] = await redis.hgetall(keys.DEAD_ASKED)
    return read_each(keys.DEAD_ASKED, found.items(), _read_asked)


def _read_asked(stored: tuple[bytes, bytes]) -> Asked:
    letter, (chats, ids) = stored[0].decode(), orjson.loads(stored[1])
    _order(letter)
    return Asked(letter, tuple(chats), tuple(ids))


async def note_chat(redis: Redis, asked: Asked, chat_id: str) -> None:
    """Note the chat in which the message that a letter names was found."""
    await redis.hset(keys.DEAD_ASKED, asked.letter, write_asked([chat_id], asked.message_ids))


async def note_outcome(redis: Redis, letter_id: str, outcome: str) -> None:
    """Note what Avito answered about a letter."""
    async with redis.pipeline(transaction=True) as pipe:
        pipe.hset(keys.DEAD_NOTES, _OUTCOME + letter_id, outcome)
        pipe.hdel(keys.DEAD_ASKED, letter_id)
        await pipe.execute()


async def drop_old_notes(redis: Redis) -> None:
    """Drop what is noted of letters that are gone."""
    oldest = await redis.xrange(keys.DEAD, count=1)
    since = _order(oldest[0][0].decode()) if oldest else None
    for key in (keys.DEAD_NOTES, keys.DEAD_ASKED):
        names = texts(key, await redis.hgetall(key))
        noted = [(name, name.rpartition(":")[2]) for name in names]
        gone = [name for name, at in noted if is_id(at) and (since is None or _order(at) < since)]
        if gone:
            await redis.hdel(key, *gone)


def _order(letter_id: str) -> tuple[int, int]:
    ms, _, number = letter_id.partition("-")
    return int(ms), int(number)


async def newest(redis: Redis, count: int, before: str = "") -> list[DeadLetter]:
    """List dead letters, newest first; only those before the id `before`, if given."""
    last = f"({before}" if before else "+"
    found = await redis.xrevrange(keys.DEAD, last, "-", count=count)
    if not found:
        return []
    ids = [entry.decode() for entry, _ in found]
    async with redis.pipeline(transaction=False) as pipe:
        pipe.hmget(keys.DEAD_NOTES, [_OUTCOME + letter for letter in ids])
        pipe.hmget(keys.DEAD_NOTES, [_COUNT + letter for letter in ids])
        pipe.hmget(keys.DEAD_ASKED, ids)
        notes = zip(*await pipe.execute(), strict=True)
    return [_read(*letter, *note) for letter, note in zip(found, notes, strict=True)]


async def redrive(redis: Redis, letter_id: str) -> bool:
    """Move one back to the inbox; False when there is no such letter."""
    if not is_id(letter_id):
        return False
    return await scripts.redrive(letter=letter_id, wanted=KEPT).run(redis)


async def redrive_all(redis: Redis) -> int:
    """Move back all that are there now, oldest first; return how many."""
    count = 0
    last = await redis.xrevrange(keys.DEAD, count=1)
    while last:
        letters = await redis.xrange(keys.DEAD, "-", last[0][0], count=_AT_ONCE)
        if not letters:
            break
        count += sum([await redrive(redis, entry.decode()) for entry, _ in letters])
    return count


def _read(
    entry: bytes,
    fields: Mapping[bytes, bytes],
    outcome: bytes | None,
    count: bytes | None,
    asked: bytes | None,
) -> DeadLetter:
    reason = fields.get(REASON, b"").decode(errors="replace")
    words = outcome.decode(errors="replace") if outcome else "Avito is being asked." if asked else ""
    at = read_or(keys.DEAD, fields.get(AT), float, 0.0)
    counted = read_or(keys.DEAD_NOTES, count, int, 1)
    return DeadLetter(entry.decode(), reason, at, inbox.read(fields), words, counted)
