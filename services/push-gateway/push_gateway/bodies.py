"""Reads what a write carries, bounded in size and time."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO

import orjson
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from push_gateway.errors import ApiError
from push_gateway.picture_check import MOST_BYTES

_MOST_JSON = 64 * 1024
_JSON_WITHIN_S = 3.0
_MOST_FORM = MOST_BYTES + 64 * 1024
_FORM_WITHIN_S = 120.0


@dataclass(frozen=True, slots=True)
class PictureForm:
    """What came with a picture."""

    ref: str
    file: BinaryIO
    size: int


async def read_json(request: Request) -> dict[str, Any]:
    """Return the body as a JSON object, an empty one for none; raises ApiError."""
    body = await read_bytes(request, _MOST_JSON, _JSON_WITHIN_S)
    try:
        data = orjson.loads(body or b"{}")
    except orjson.JSONDecodeError:
        raise ApiError(422, "bad_json", "The body must be a JSON object.") from None
    if not isinstance(data, dict):
        raise ApiError(422, "bad_json", "The body must be a JSON object.")
    return data


async def read_bytes(request: Request, most: int, within: float) -> bytes:
    """Return the body as it is, of at most so many bytes, come in so many seconds; raises ApiError."""
    body = bytearray()
    try:
        async with asyncio.timeout(within):
            async for chunk in request.stream():
                body += chunk
                if len(body) > most:
                    raise ApiError(413, "too_large", "The request is too large.")
    except TimeoutError:
        raise ApiError(408, "too_slow", "The request came too slowly.") from None
    return bytes(body)


@asynccontextmanager
async def reading_picture(request: Request) -> AsyncIterator[PictureForm]:
    """Give the parts `ref` and `image` of a multipart form for the length of the block; raises ApiError.

    What is large lies in a temporary file, not in memory.
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
