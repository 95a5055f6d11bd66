"""Writes to dead letters what came of looking at Avito for what they name."""

from redis.asyncio import Redis

from shared.process.stored import answers, texts
from shared.redis import keys
from shared.wires import dead_letters
from shared.wires.dead_letters import Asked

NO_CHAT = "Avito was asked: it has no such chat."
NOWHERE = "Avito was asked: none of its chats shows the message."
_SHOWN = "Avito was asked: the message is shown."
_NO_MESSAGE = "Avito was asked: it has no such message."
_READ = "Avito was asked: what it has in this chat is shown."
_SWEPT_S = 20.0
"""An early sweep has ended by then, mostly."""
_AT_ONCE = 5
_SLICE = 500


async def answer_letters(redis: Redis, account_id: int, chat_id: str, refusal: str = "") -> None:
    """Answer every letter that names a chat which has been read now, or that Avito refused so."""
    for asked in await dead_letters.still_asked(redis):
        if chat_id in asked.chats:
            words = refusal or await _found(redis, account_id, chat_id, asked)
            await dead_letters.note_outcome(redis, asked.letter, words)


async def place_letters(redis: Redis, account_id: int, now: float) -> None:
    """Find the chats of letters that name a message alone, to be read; past the early sweep give up."""
    placeless = [asked for asked in await dead_letters.still_asked(redis) if not asked.chats]
    for asked in placeless[:_AT_ONCE]:
        chat_id = await _chat_of(redis, account_id, asked.message_ids)
        if chat_id:
            await dead_letters.note_chat(redis, asked, chat_id)
            await redis.hset(keys.to_recheck(account_id), chat_id, asked.letter)
        elif now - int(asked.letter.partition("-")[0]) / 1000 > _SWEPT_S:
            await dead_letters.note_outcome(redis, asked.letter, NOWHERE)


async def _found(redis: Redis, account_id: int, chat_id: str, asked: Asked) -> str:
    if not asked.message_ids:
        return _READ
    held = await redis.hmget(keys.messages(account_id, chat_id), list(asked.message_ids))
    is_shown = any(value is not None for value in held)
    return _SHOWN if is_shown else _NO_MESSAGE


async def _chat_of(redis: Redis, account_id: int, message_ids: tuple[str, ...]) -> str:
    """Return the held chat with one of these messages, '' for none."""
    index = keys.chats(account_id)
    chats = texts(index, await redis.zrevrange(index, 0, -1))
    for at in range(0, len(chats), _SLICE):
        part = chats[at : at + _SLICE]
        async with redis.pipeline(transaction=False) as pipe:
            for chat_id in part:
                pipe.hmget(keys.messages(account_id, chat_id), list(message_ids))
            found = await answers(pipe)
        holding = [one for one, held in zip(part, found, strict=True) if isinstance(held, list) and any(held)]
        if holding:
            return holding[0]
    return ""
