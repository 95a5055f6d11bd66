"""The consumer group by which workers share the inbox and the unverified webhooks, and its errors."""

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from shared.redis import keys

_LOST_WORDS = ("NOGROUP", "UNBLOCKED")


async def make_group(redis: Redis, stream: str) -> None:
    """Make the group from the stream's beginning, so that no entry that is already there is skipped."""
    try:
        await redis.xgroup_create(stream, keys.INBOX_GROUP, id="0", mkstream=True)
    except ResponseError as error:
        if "BUSYGROUP" not in str(error):
            raise


async def remake_group(redis: Redis, stream: str, error: ResponseError) -> None:
    """Make a group that is gone, because Redis came back without its data. Raises any other error again."""
    if not any(word in str(error) for word in _LOST_WORDS):
        raise error
    await make_group(redis, stream)
