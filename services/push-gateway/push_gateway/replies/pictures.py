"""Pictures of replies: read from the upload, then kept in Redis until the worker has sent them."""

import asyncio
import secrets
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import BinaryIO

from redis.asyncio import Redis
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from push_gateway.http.errors import ApiError
from push_gateway.replies.picture_check import MOST_BYTES, CheckedPicture
from shared.redis import keys
from shared.redis.lua import scripts
from shared.wires.outbox import PICTURE_KEPT_S, PendingPicture

_MOST_FORM = MOST_BYTES + 64 * 1024
_FORM_WITHIN_S = 120.0
CHUNK = 256 * 1024
MOST_STORED_BYTES = 128 * 1024 * 1024
MOST_STORED = 1_000
STORED_WITHIN_S = 120
"""How long a picture that was never stored whole takes room."""


@dataclass(frozen=True, slots=True)
class PictureForm:
    """An uploaded picture and the ref of its reply."""

    ref: str
    file: BinaryIO
    size: int


@asynccontextmanager
async def reading_picture(request: Request) -> AsyncIterator[PictureForm]:
    """Read the parts `ref` and `image` of a multipart form, for the length of the block; raises ApiError.

    A large picture is in a temporary file, not in memory.
    """
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise ApiError(422, "bad_form", "A multipart form with the parts image and ref is needed.")
    parser = MultiPartParser(request.headers, _bounded(request), max_files=1, max_fields=4)
    try:
        async with asyncio.timeout(_FORM_WITHIN_S):
            form = await parser.parse()
    except MultiPartException as error:
        raise ApiError(422, "bad_form", f"The form is not understood: {error.message}") from None
    except TimeoutError:
        raise ApiError(408, "too_slow", "The upload took too long.") from None
    try:
        image, ref = form.get("image"), form.get("ref")
        if not isinstance(image, UploadFile) or not isinstance(ref, str):
            raise ApiError(422, "bad_form", "The parts image (a file) and ref are needed.")
        yield PictureForm(ref, image.file, image.size or 0)
    finally:
        await form.close()


async def _bounded(request: Request) -> AsyncGenerator[bytes, None]:
    total = 0
    async for chunk in request.stream():
        total += len(chunk)
        if total > _MOST_FORM:
            raise MultiPartException("The picture is larger than 24 MB.")
        yield chunk


async def keep(redis: Redis, account_id: int, picture: CheckedPicture, now: float) -> PendingPicture | None:
    """Store a picture; None when there is no room now. A chunk at a time, so that other commands get through.

    An upload that breaks off takes its room for `STORED_WITHIN_S` only: the caller may have gone, or Redis.
    """
    kept = PendingPicture(secrets.token_hex(12), picture.size, picture.content_type)
    reserving = scripts.reserve_picture_space(
        now=now,
        expires=now + STORED_WITHIN_S,
        member=kept.room,
        size=kept.size,
        most_bytes=MOST_STORED_BYTES,
        most_pictures=MOST_STORED,
    )
    if not await reserving.run(redis):
        return None
    name = keys.picture(account_id, kept.id)
    picture.file.seek(0)
    while chunk := picture.file.read(CHUNK):
        async with redis.pipeline(transaction=True) as pipe:
            pipe.rpush(name, chunk)
            pipe.expire(name, STORED_WITHIN_S)
            await pipe.execute()
    async with redis.pipeline(transaction=True) as pipe:
        pipe.zadd(keys.PICTURES, {kept.room: repr(now + PICTURE_KEPT_S)})
        pipe.expire(name, PICTURE_KEPT_S)
        await pipe.execute()
    return kept


async def forget(redis: Redis, account_id: int, kept: PendingPicture) -> None:
    """Delete a picture that is not needed after all."""
    await redis.unlink(keys.picture(account_id, kept.id))
    await redis.zrem(keys.PICTURES, kept.room)
