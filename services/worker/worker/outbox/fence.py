"""Lets nothing leave for Avito that a planned failover would forget: it would be sent a second time."""

from redis.asyncio import Redis
from redis.exceptions import RedisError

from shared.redis import keys
from shared.redis.replication import is_replicated, term_of
from worker.outbox.outcome import AGAIN_S, Forgettable


async def stand(redis: Redis, account_id: int, ref: str) -> None:
    """Make sure that the try which has begun would survive. Raises Forgettable."""
    if not await _stands(redis, account_id, ref):
        raise Forgettable("send", why="Redis may be about to be replaced", retry_after=AGAIN_S)


async def _stands(redis: Redis, account_id: int, ref: str) -> bool:
    term = term_of(redis)
    try:
        # Asked anew: a master that was put in place since the try began may not have heard of it.
        state = await redis.execute_command("HGET", keys.reply(account_id, ref), "state")
        return state == b"sending" and await is_replicated(redis, term)
    except (RedisError, OSError):
        return False
