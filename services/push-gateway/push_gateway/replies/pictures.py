"""Pictures of replies: read from the upload, then kept in Redis until the worker has sent them."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from concurrent.futures import Executor
from contextlib import asynccontextmanager

from python_multipart.multipart import MAX_BOUNDARY_LENGTH, parse_options_header
from redis.asyncio import Redis
from starlette.requests import Request

from push_gateway.http.bodies import no_body
from push_gateway.http.errors import ApiError
from push_gateway.replies.picture_check import MOST_BYTES, CheckedPicture
from push_gateway.replies.picture_form import FormError, PictureForm, PictureFormParser
from shared.redis import keys
from shared.redis.lua import scripts
from shared.wires.outbox import PICTURE_KEPT_S, PendingPicture

_MOST_FORM = MOST_BYTES + 64 * 1024
_FORM_WITHIN_S = 120.0
_SLOWEST = 200_000
"""Bytes a second: a form may take as much longer as what has come of it takes at this rate."""
LONGEST_UPLOAD_S = _FORM_WITHIN_S + _MOST_FORM / _SLOWEST
_LONGEST_TYPE = 1024
_PIECE = 64 * 1024
CHUNK = 256 * 1024
MOST_STORED_BYTES = 128 * 1024 * 1024
MOST_STORED = 1_000
STORED_WITHIN_S = 120
"""How long a picture that was never stored whole takes room."""


@asynccontextmanager
async def reading_picture(request: Request, thread: Executor) -> AsyncIterator[PictureForm]:
    """Read the parts `ref` and `image` of a multipart form, for the length of the block; raises ApiError.

    `thread`: an executor with one thread, so that the form is closed after what was begun there.
    """
    form = PictureFormParser(_boundary_of(request))
    try:
        yield await _read(request, form, thread)
    finally:
        thread.submit(form.close)


async def _read(request: Request, form: PictureFormParser, thread: Executor) -> PictureForm:
    loop = asyncio.get_running_loop()
    try:
        ends = loop.time() + _FORM_WITHIN_S
        async with asyncio.timeout_at(ends) as limit:
            async for piece in _pieces(request):
                await loop.run_in_executor(thread, form.write, piece)
                ends += len(piece) / _SLOWEST
                limit.reschedule(ends)
        return form.finish()
    except FormError as error:
        raise ApiError(422, "bad_form", str(error)) from None
    except TimeoutError:
        raise ApiError(408, "too_slow", "The upload took too long.") from None


def _boundary_of(request: Request) -> bytes:
    kind = request.headers.get("content-type", "")
    media_type, options = parse_options_header(kind[:_LONGEST_TYPE])
    if media_type != b"multipart/form-data":
        raise ApiError(422, "bad_form", "A multipart form with the parts image and ref is needed.")
    boundary = options.get(b"boundary", b"")
    if not 0 < len(boundary) <= MAX_BOUNDARY_LENGTH or len(kind) > _LONGEST_TYPE:
        raise ApiError(422, "bad_form", "The form's boundary is missing or too long.")
    return boundary


async def _pieces(request: Request) -> AsyncIterator[bytes]:
    """Yield the body in large pieces, however small those are in which it comes."""
    piece, total = bytearray(), 0
    async for chunk in request.stream():
        total += len(chunk)
        if total > _MOST_FORM:
            raise FormError("The picture is larger than 24 MB.")
        piece += chunk
        if len(piece) >= _PIECE:
            yield bytes(piece)
            piece.clear()
    if not total:
        raise no_body()
    yield bytes(piece)


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
