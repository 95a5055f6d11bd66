"""The consumer group by which workers share the inbox and the unverified webhooks, and its errors."""

from redis import exceptions
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from shared.redis import keys

_STORE_ERRORS = (
    exceptions.AuthenticationError,
    exceptions.ReadOnlyError,
    exceptions.MasterDownError,
    exceptions.NoPermissionError,
    exceptions.NoScriptError,
    exceptions.OutOfMemoryError,
)
_STORE_WORDS = ("OOM", "READONLY", "MISCONF", "BUSY", "NOREPLICAS", "UNBLOCKED", "maxmemory", "CLUSTERDOWN")
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


def is_store_error(error: Exception) -> bool:
    """Tell whether Redis or the network failed: such an error never counts against an inbox entry."""
    if not isinstance(error, ResponseError) or isinstance(error, _STORE_ERRORS):
        return True
    return any(word in str(error) for word in _STORE_WORDS)
