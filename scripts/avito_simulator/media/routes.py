"""Serves the content of Avito's CDN: item pictures, avatars, uploads, voice messages."""

from collections.abc import Callable
from functools import partial

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from avito_simulator.media import pictures, uploads, voices
from avito_simulator.simulator import Simulator

_KEEP = {"Cache-Control": "public, max-age=86400"}


def routes(sim: Simulator) -> list[Route]:
    """Return the routes; the links need no token, as at Avito."""

    async def upload(request: Request) -> Response:
        data = sim.uploads.get(request.path_params["image_id"])
        if data is None:
            raise HTTPException(404)
        return Response(data, headers=_KEEP, media_type=uploads.media_type(data))

    async def voice(request: Request) -> Response:
        voice_id, expires = request.path_params["voice_id"], request.query_params.get("exp", "")
        if voice_id not in sim.world.voices():
            raise HTTPException(404)
        if not expires.isdecimal() or sim.clock() > int(expires):
            raise HTTPException(403)
        data = await run_in_threadpool(voices.voice, voice_id)
        return Response(data, media_type="audio/wav")

    picture = partial(_drawn, pictures.picture, "image/jpeg")
    avatar = partial(_drawn, pictures.avatar, "image/png")
    return [
        Route("/media/pictures/{name}/{width:int}x{height:int}.jpg", picture),
        Route("/media/avatars/{name}/{side:int}.png", avatar),
        Route("/media/uploads/{image_id}/{size}", upload),
        Route("/media/voice/{voice_id}.wav", voice),
    ]


async def _drawn(draw: Callable[..., bytes], media_type: str, request: Request) -> Response:
    try:
        data = await run_in_threadpool(draw, **request.path_params)
    except pictures.NoPictureError:
        raise HTTPException(404) from None
    return Response(data, headers=_KEEP, media_type=media_type)
