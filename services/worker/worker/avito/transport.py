"""Carries one HTTP request to Avito; where no response comes, tells whether anything was sent."""

import asyncio
import logging
from typing import Any

import httpx2

from shared import __version__
from worker.avito.errors import AvitoError, Unavailable, Unknown, Untrusted
from worker.avito.requests import PICTURE_FIELD, Operation, Request

log = logging.getLogger("worker.avito")

_CONNECT_TIMEOUT_S = 3.0
"""For a free place in the pool, for the connection, and for the TLS handshake."""
_KEEP_ALIVE_S = 4.0
"""Shorter than any server's: a connection that closes while a send goes out is an unknown outcome."""
_CONNECTIONS = 100
"""More than there are slots for jobs (shared/wires/jobs.py) and loops, so that no call waits for one."""
_LARGEST_BODY = 4 * 2**20
"""A hundred messages of a thousand emoji, each escaped, are 1.2 MB."""

_NOTHING_SENT = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.UnsupportedProtocol,
)
"""Raised before the first byte of a request; whatever is not listed may have come after it."""
_REMEDY = "apt install ca-certificates; check the clock, the proxy and SSL_CERT_FILE; then restart the worker"


def open_http(base_url: str) -> httpx2.AsyncClient:
    """Return a client for one process. It sends no request twice, and notices what a server has closed.

    Raises OSError when the system's certificate authorities cannot be read.
    """
    limits = httpx2.Limits(
        max_connections=_CONNECTIONS, max_keepalive_connections=_CONNECTIONS, keepalive_expiry=_KEEP_ALIVE_S
    )
    try:
        transport = httpx2.AsyncHTTPTransport(limits=limits)
    except OSError as error:  # an SSLError too
        why = f"the certificate authorities cannot be read ({error})"
        raise OSError(f"{why}: correct SSL_CERT_FILE and SSL_CERT_DIR, or unset both") from error
    return httpx2.AsyncClient(
        base_url=base_url,
        transport=transport,
        headers={"User-Agent": f"avito-live/{__version__}", "Accept": "application/json"},
        follow_redirects=False,
        trust_env=False,
    )


class _Progress:
    """How far a request is. With other events than today's httpcore both are never true.

    `connecting`: it waits for its connection. `is_foreign`: its response was there before it left, so that it
    answers nothing of ours: a server that says more than it was asked leaves the rest on a kept connection.
    """

    connecting = False
    is_foreign = False
    _waited = False

    async def note(self, event: str, info: dict[str, Any]) -> None:
        """Take one event of httpcore's, such as `connection.start_tls.started`."""
        self.connecting = event.startswith("connection.") and not event.endswith(".complete")
        if event == "http11.receive_response_headers.started":
            # Whatever comes from the network comes in a later turn of the loop.
            asyncio.get_running_loop().call_soon(self._note_turn)
        elif event == "http11.receive_response_headers.complete":
            self.is_foreign = not self._waited

    def _note_turn(self) -> None:
        self._waited = True


async def send(
    http: httpx2.AsyncClient, request: Request, token: str, within_s: float
) -> tuple[httpx2.Response, bytes]:
    """Return the response with any status, and its body.

    Raises Unavailable when nothing was sent, or only a response is lost; Unknown when a request that
    changes things may have been sent and no response came.
    """
    http_request, progress = _build(http, request, token, within_s), _Progress()
    http_request.extensions["trace"] = progress.note
    try:
        async with asyncio.timeout(within_s):
            await http_request.aread()  # a picture leaves in one piece
            response = await http.send(http_request, stream=True)
            try:
                if progress.is_foreign:
                    raise httpx2.RemoteProtocolError("answer before the request")
                return response, await _read_bounded(response)
            finally:
                await response.aclose()
    except (httpx2.HTTPError, TimeoutError, OSError) as error:
        if is_untrusted(error):  # the circuit breaker hides it from the calls that follow
            log.warning("worker.avito.untrusted", extra={"remedy": _REMEDY})
        # The text of these errors may name addresses; ours says what counts.
        raise error_without_response(request.operation, error, connecting=progress.connecting) from None


def is_untrusted(error: Exception) -> bool:
    """Tell whether the server's certificate was refused here. Pure."""
    return "CERTIFICATE_VERIFY_FAILED" in str(error)


def error_without_response(operation: Operation, error: Exception, *, connecting: bool) -> AvitoError:
    """Return what it means that no response came. `connecting`: the connection was not yet there. Pure."""
    if is_untrusted(error):
        return Untrusted(operation.name)
    if connecting or isinstance(error, _NOTHING_SENT):
        return Unavailable(operation.name, why="cannot be reached, nothing was sent")
    silent = isinstance(error, TimeoutError | httpx2.TimeoutException)
    if operation.changes:
        return Unknown(operation.name, how="silent" if silent else "cut")
    return Unavailable(operation.name, why="no answer in time" if silent else "connection cut")


def _build(http: httpx2.AsyncClient, request: Request, token: str, within_s: float) -> httpx2.Request:
    picture, connect = request.picture, min(_CONNECT_TIMEOUT_S, within_s)
    return http.build_request(
        request.operation.method,
        request.path,
        params=dict(request.query) or None,
        json=request.json,
        data=dict(request.form) or None,
        files={PICTURE_FIELD: (picture.name, picture.data, picture.content_type)} if picture else None,
        headers={"Authorization": f"Bearer {token}"} if token else None,
        timeout=httpx2.Timeout(within_s, connect=connect, pool=connect),
    )


async def _read_bounded(response: httpx2.Response) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > _LARGEST_BODY:
            raise httpx2.ReadError("answer without end")
    return bytes(body)
