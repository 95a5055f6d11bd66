"""Forgets a chat as the owner does, so that a test of a feature sees what is left."""

import tempfile
from pathlib import Path

from redis.asyncio import Redis

from shared.redis import keys
from shared.wires.forgotten import key_of
from tests.scripts.running import avito_live


async def forget(redis: Redis, chat: tuple[int, str], now: float) -> None:
    """Run `avito-live forget` for a chat in a real Redis, as if at `now`."""
    account_id, chat_id = chat
    await redis.execute_command("SADD", keys.ACCOUNTS, account_id)
    url = f"redis://127.0.0.1:{redis.connection_pool.connection_kwargs['port']}/0"
    with tempfile.TemporaryDirectory() as home:
        done = avito_live(Path(home), "forget", "--yes", "--chat", chat_id, REDIS_URL=url)
    assert done.returncode == 0, done.stderr
    await redis.set(key_of(account_id, chat_id), repr(now))
