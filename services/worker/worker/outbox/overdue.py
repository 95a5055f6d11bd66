"""What stands in a sorted set of due times and is overdue by any clock."""

from dataclasses import dataclass

from redis.asyncio import Redis


@dataclass(frozen=True, slots=True)
class Bounds:
    """Seconds: how late a member may be, and how far into the future anything is ever put off."""

    late_s: float
    longest_s: float


async def overdue(redis: Redis, key: str, now: float, bounds: Bounds, most: int) -> list[str]:
    """Return up to `most` members that are late, or due later than anything is put off.

    The latter were put off by a clock that has been set back since. Raises RedisError.
    """
    late, future = now - bounds.late_s, now + bounds.longest_s + bounds.late_s
    lowest = await redis.zrange(key, 0, most - 1, withscores=True)
    found = [member for member, due in lowest if not late < due <= future]
    if len(lowest) == most > len(found):
        found += await redis.zrangebyscore(key, future, "+inf", start=0, num=most - len(found))
    return [member.decode() for member in dict.fromkeys(found)]
