"""Carries one request to Avito and its answer back: httpx's words over aiohttp's connections."""

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Self

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

from shared import __version__
from worker.avito.answers import AvitoResponse
from worker.avito.errors import AvitoError, Unavailable, Unknown
from worker.avito.operations import Operation
from worker.avito.requests import PICTURE_FIELD, Request

CONNECT_TIMEOUT_S = 3.0
KEEP_ALIVE_S = (
    4.0  # shorter than any server's: a connection closed while a send goes out is an unknown outcome
)
_LARGEST_BODY = 16 * 2**20
_CONNECTIONS = 100
"""More than there are slots for jobs (shared/wires/jobs.py) and loops, so that no call waits for one."""


class Transport:
    """One per process; an async context manager. `clock`: Unix seconds. `patience` scales time-outs."""

    def __init__(self, base_url: str, clock: Callable[[], float], patience: float = 1.0) -> None:
        limits = httpx.Limits(
            max_connections=_CONNECTIONS,
            max_keepalive_connections=_CONNECTIONS,
            keepalive_expiry=KEEP_ALIVE_S,
        )
        self._client = httpx.AsyncClient(
            base_url=base_url,
            transport=AiohttpTransport(limits=limits),
            headers={"User-Agent": f"avito-live/{__version__}", "Accept": "application/json"},
            follow_redirects=False,
            trust_env=False,
        )
        self._clock = clock
        self._patience = patience

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def exchange(self, request: Request, token: str = "") -> AvitoResponse:
        """Return Avito's answer, whatever its status.

        Raises Unavailable when nothing was sent, or nothing but an answer is lost; Unknown when something
        that changes things was sent and no answer came.
        """
        asked = self._clock()
        operation = request.operation
        total = operation.timeout_s * self._patience
        connect = min(CONNECT_TIMEOUT_S, total)
        http_request = self._build(request, token, httpx.Timeout(total, connect=connect, pool=connect))
        try:
            async with asyncio.timeout(total):
                await http_request.aread()
                response = await self._client.send(http_request, stream=True)
                try:
                    body = await _read_bounded(response)
                finally:
                    await response.aclose()
        except (httpx.HTTPError, aiohttp.ClientError, TimeoutError, OSError) as error:
            # The text of these errors may name addresses; ours says what counts.
            raise without_answer(operation, error) from None
        headers = {name.lower(): value for name, value in response.headers.items()}
        return AvitoResponse(response.status_code, headers, body, asked)

    def _build(self, request: Request, token: str, timeout: httpx.Timeout) -> httpx.Request:
        picture = request.picture
        return self._client.build_request(
            request.operation.method,
            request.path,
            params=dict(request.query) or None,
            json=request.json,
            data=dict(request.form) or None,
            files={PICTURE_FIELD: (picture.name, picture.data, picture.content_type)} if picture else None,
            headers={"Authorization": f"Bearer {token}"} if token else None,
            timeout=timeout,
        )


def without_answer(operation: Operation, error: Exception) -> AvitoError:
    """Return what it means that no answer came. Pure.

    httpx-aiohttp calls "disconnected after the request was sent" a ConnectTimeout; only aiohttp's own error
    beneath tells whether anything was sent.
    """
    cause = error.__cause__ if isinstance(error, httpx.HTTPError) else error
    if isinstance(cause, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError) or isinstance(
        error, httpx.UnsupportedProtocol
    ):
        return Unavailable(operation.name, why="cannot be reached, nothing was sent")
    silent = isinstance(cause, TimeoutError | aiohttp.SocketTimeoutError)
    if operation.changes:
        return Unknown(operation.name, how="silent" if silent else "cut")
    return Unavailable(operation.name, why="no answer in time" if silent else "connection cut")


async def _read_bounded(response: httpx.Response) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > _LARGEST_BODY:
            raise httpx.ReadError("answer without end")
    return bytes(body)
