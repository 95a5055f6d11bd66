"""Reads the picture that an operator uploads, bounded in size and time."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import BinaryIO

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from push_gateway.http.errors import ApiError
from push_gateway.replies.picture_check import MOST_BYTES

_MOST_FORM = MOST_BYTES + 64 * 1024
_FORM_WITHIN_S = 120.0


@dataclass(frozen=True, slots=True)
class PictureForm:
    """What came with a picture."""

    ref: str
    file: BinaryIO
    size: int


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
