"""Pictures that wait to be sent: read back from their chunks."""

from redis.asyncio import Redis

from shared.redis import keys
from shared.wires.outbox import KeptPicture, read_picture
from worker.avito.requests import Picture


async def load(redis: Redis, account_id: int, kept: str) -> Picture | None:
    """Return the picture, None when it is not kept (whole) any more. `kept`: the reply's field `picture`."""
    where = read_picture(kept)
    if where is None:
        return None
    name = keys.picture(account_id, where.id)
    chunks: list[bytes] = []
    while chunk := await redis.execute_command("LINDEX", name, len(chunks)):
        chunks.append(chunk)
    data = b"".join(chunks)
    if len(data) != where.size:
        return None
    return Picture(data, f"picture.{_extension(where)}", where.content_type)


def _extension(kept: KeptPicture) -> str:
    kind = kept.content_type.partition("/")[2]
    return "jpg" if kind == "jpeg" else kind
