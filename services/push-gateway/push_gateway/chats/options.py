"""What the owner chose for everybody, in one hash; what was never chosen has a default."""

from dataclasses import dataclass

from redis.asyncio import Redis

from shared.redis import keys

TAKE_BY_ANSWERING = "take_by_answering"
"""Whether a chat that nobody has becomes the chat of the first operator who answers in it: '1' or '0'."""


@dataclass(frozen=True, slots=True)
class Options:
    """The choices as they hold."""

    take_by_answering: bool = True


async def read(redis: Redis) -> Options:
    """Return what holds now. Raises RedisError."""
    chosen = await redis.execute_command("HGET", keys.OPTIONS, TAKE_BY_ANSWERING)
    return Options(take_by_answering=chosen != b"0")


async def write(redis: Redis, options: Options) -> None:
    """Make these hold from now on. Raises RedisError."""
    await redis.execute_command("HSET", keys.OPTIONS, TAKE_BY_ANSWERING, int(options.take_by_answering))
