"""Uploads of pictures, and links to voice messages."""

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from avito_simulator import content
from avito_simulator.api.errors import ApiError, invalid
from avito_simulator.api.query import values
from avito_simulator.media.uploads import BadPictureError
from avito_simulator.simulator import Simulator

FIELD = "uploadfile[]"
VOICE_LIFETIME_S = 3600


async def upload(sim: Simulator, request: Request) -> Response:
    """Store one picture; the answer maps its new id to links by size."""
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise ApiError(400)
    async with request.form() as form:
        files = [file for file in form.getlist(FIELD) if isinstance(file, UploadFile)]
        if len(files) != 1:
            raise invalid(**{FIELD: "must be one picture"})
        data = await files[0].read()
    image_id = sim.ids.image()
    try:
        sim.uploads.add(image_id, data)
    except BadPictureError as error:
        raise invalid(**{FIELD: str(error)}) from None
    links = content.sizes(lambda size: sim.wire.upload(image_id, size))
    return JSONResponse({image_id: links})


async def voice_files(sim: Simulator, request: Request) -> Response:
    """Return links to voice messages of the account's chats, valid for an hour."""
    asked = values(request, "voice_ids")
    if not asked:
        raise invalid(voice_ids="is required")
    known = sim.world.voices()
    expires = sim.now() + VOICE_LIFETIME_S
    links = {one: sim.wire.voice(one, expires) for one in asked if one in known}
    return JSONResponse({"voices_urls": links})
