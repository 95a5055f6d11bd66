"""Reads a held thread as rows, as the commit judged its messages."""

from redis.asyncio import Redis

from shared.redis import keys
from shared.wires import thread
from worker.messages.thread import HeldThread, Row

_BEGAN_ANEW = (b" \xfe", b" \xff")
"""How the floor of a chat ends that was let go of, or forgotten, and began anew (lua/commit.lua)."""


async def read_thread(redis: Redis, account_id: int, chat_id: str, keep: int) -> HeldThread:
    """Read a chat as of one instant; a chat that is not held has no rows. Raises RedisError."""
    async with redis.pipeline(transaction=True) as pipe:
        pipe.execute_command("ZRANGE", keys.thread(account_id, chat_id), 0, -1)
        pipe.execute_command("HGETALL", keys.messages(account_id, chat_id))
        pipe.execute_command("HMGET", keys.chat(account_id, chat_id), "floor", "json")
        pipe.execute_command("ZRANGE", keys.dismissed(account_id, chat_id), 0, -1)
        members, held, (floor, chat), dismissed = await pipe.execute()
    ids = [thread.message_id(member) for member in members]
    rows = tuple(_row(name.decode(), held[name]) for name in ids)
    whole = (not floor or floor.endswith(_BEGAN_ANEW)) and len(rows) < keep
    return HeldThread(rows, whole, frozenset(name.decode() for name in dismissed), chat or b"{}")


def _row(message_id: str, value: bytes) -> Row:
    r"""Read `header\nJSON`, see lua/_message.lua."""
    header, _, shown = value.partition(b"\n")
    created, _, flags, *_ = header.decode().split(" ")
    return Row(message_id, float(created), flags[0] == "i", flags[1] == "1", flags[2] == "1", shown)
