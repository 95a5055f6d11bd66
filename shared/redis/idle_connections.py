"""Closes the connections that a burst has left: redis-py's pools never shrink."""

from redis.asyncio import ConnectionPool

KEPT = 32


async def close_idle(pool: ConnectionPool, kept: int = KEPT) -> None:
    """Close what lies in the pool unused beyond the `kept` connections that were used last."""
    idle = pool._available_connections  # noqa: SLF001  # there is no public way
    while len(idle) > kept:
        await idle.pop(0).disconnect()
