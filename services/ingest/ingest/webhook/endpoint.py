"""The webhook's URL, in front of all routes: reads, stores, answers. It parses no body."""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ingest.http.fast_http import OnStored
from ingest.metrics import Metrics
from ingest.store.unverified import UnverifiedStore
from ingest.store.webhook_store import StoredIn, WebhookStore
from ingest.webhook.address import BELOW, STATUS_PATH, is_below, possible_secrets
from ingest.webhook.secrets import WebhookSecrets
from shared.http import forwarded
from shared.process import trace
from shared.wires.inbox import Webhook

log = logging.getLogger("ingest.door")

_BELOW = BELOW.encode()
MAX_BYTES = 256 * 1024
"""Bytes of a body that are accepted."""
_MAX_ENCODING = 200
"""Bytes of `Content-Encoding` that are kept."""

AsgiMessages = tuple[Message, Message]


def _response(status: int, body: bytes, *headers: tuple[bytes, bytes]) -> AsgiMessages:
    length = (b"content-length", str(len(body)).encode())
    head = [(b"content-type", b"application/json"), length, *headers]
    return (
        {"type": "http.response.start", "status": status, "headers": head},
        {"type": "http.response.body", "body": body},
    )


OK = _response(200, b'{"ok":true}')
FAST_OK = b'content-type: application/json\r\ncontent-length: 11\r\n\r\n{"ok":true}'
_NOT_POST = b'{"error":{"code":"method","message":"Webhooks are posted."}}'
NOT_POST = _response(405, _NOT_POST, (b"allow", b"POST"))
NOT_READ_OR_POST = _response(405, _NOT_POST, (b"allow", b"GET, HEAD, POST"))
TOO_LARGE = _response(413, b'{"error":{"code":"too_large","message":"A webhook has at most 256 KiB."}}')
NOT_STORED = _response(
    503,
    b'{"error":{"code":"not_kept","message":"Neither Redis nor the disk took it."}}',
    (b"retry-after", b"5"),
)


_Refused = Literal["unfinished", "too large"]


@dataclass(slots=True)
class _Body:
    """A body as it comes; `kept` lacks what was not to be kept."""

    kept: bytearray
    size: int
    is_over: bool = False
    is_cut: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether all of it was kept."""
        return len(self.kept) == self.size

    def add(self, message: Message, keeps: Callable[[int], bool]) -> None:
        """Take the next piece, or the end of the connection."""
        if message["type"] != "http.request":
            self.is_over = self.is_cut = True
            return
        self.size += len(message["body"])
        if self.size > MAX_BYTES:
            self.kept.clear()
        elif keeps(len(message["body"])):
            self.kept += message["body"]
        self.is_over = not message.get("more_body", True)


class WebhookEndpoint:
    """An ASGI app that answers the webhook's requests itself and hands everything else to `inner`.

    Plain ASGI, since routing a request costs more than all the work done here.
    """

    def __init__(
        self,
        inner: ASGIApp,
        *,
        secrets: WebhookSecrets,
        store: WebhookStore,
        unverified: UnverifiedStore,
        trusted: tuple[forwarded.Network, ...],
        metrics: Metrics,
    ) -> None:
        self._inner = inner
        self._secrets = secrets
        self._store = store
        self._unverified = unverified
        self._trusted = trusted
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection or request."""
        if scope["type"] != "http" or _is_for_status(scope):
            await self._inner(scope, receive, send)
            return
        is_proven = self._is_proven(scope["path"])
        if not is_proven and not is_below(scope["path"]):
            await self._inner(scope, receive, send)
            return
        response = await self._handle(scope, receive, is_proven=is_proven)
        if response is not None:
            await send(response[0])
            await send(response[1])

    def handle_fast(self, path: bytes, body: bytes, on_stored: OnStored) -> bool:
        """Take the fast way of http/fast_http.py: store a proven webhook in Redis, without a task."""
        began = time.perf_counter()
        if len(body) > MAX_BYTES or not path.startswith(_BELOW):
            return False
        if not self._secrets.verify(path[len(_BELOW) :]):
            return False
        webhook = Webhook(body, time.time())
        stored = self._store.send_to_redis(webhook)
        if stored is None:
            return False

        def finish(stored: asyncio.Future[Any]) -> None:
            if stored.cancelled() or stored.exception() is not None:
                on_stored(None)
            else:
                self._record(webhook, "redis", time.perf_counter() - began)
                on_stored(FAST_OK)

        stored.add_done_callback(finish)
        return True

    def _is_proven(self, path: str) -> bool:
        return any(self._secrets.verify(text.encode()) for text in possible_secrets(path))

    async def _handle(self, scope: Scope, receive: Receive, *, is_proven: bool) -> AsgiMessages | None:
        if scope["method"] != "POST":
            self._metrics.method.inc()
            return NOT_READ_OR_POST if scope["path"] == STATUS_PATH else NOT_POST
        if not is_proven:
            return await self._handle_unverified(scope, receive)
        body = await _read(receive, keeps=lambda _: True)
        if not isinstance(body, _Body):
            return self._refuse(body)
        webhook = Webhook(bytes(body.kept), time.time(), _encoding_of(scope))
        began = time.perf_counter()
        stored_in = await self._store.store(webhook)
        if stored_in is None:
            self._metrics.not_stored.inc()
            return NOT_STORED
        self._record(webhook, stored_in, time.perf_counter() - began)
        return OK

    async def _handle_unverified(self, scope: Scope, receive: Receive) -> AsgiMessages | None:
        """Keep no more of a stranger's bodies than may be stored; the answers are those of proven ones."""
        network = self._network_of(scope)
        with self._unverified.holding(network) as keeps:
            body = await _read(receive, keeps)
            if not isinstance(body, _Body):
                return self._refuse(body)
            webhook = Webhook(bytes(body.kept), time.time(), _encoding_of(scope))
            await self._unverified.store(webhook, network, is_whole=body.is_whole)
        self._metrics.unverified.inc()
        return OK

    def _refuse(self, why: _Refused) -> AsgiMessages | None:
        if why == "unfinished":
            self._metrics.unfinished.inc()
            return None
        self._metrics.too_large.inc()
        return TOO_LARGE

    def _record(self, webhook: Webhook, stored_in: StoredIn, took: float) -> None:
        self._unverified.latencies[stored_in] = took
        self._metrics.acks[stored_in].observe(took)
        if log.isEnabledFor(logging.DEBUG):
            fields = {"trace": trace.trace_id(webhook.accepted), "place": stored_in}
            log.debug("ingest.accepted", extra=fields)

    def _network_of(self, scope: Scope) -> str:
        peer = scope["client"][0] if scope["client"] else ""
        origin = forwarded.read(peer, scope["scheme"], scope["headers"], self._trusted)
        return forwarded.network_of(origin.address)


def _is_for_status(scope: Scope) -> bool:
    return bool(scope["path"] == STATUS_PATH and scope["method"] in ("GET", "HEAD"))


def _encoding_of(scope: Scope) -> bytes:
    given = [value for name, value in scope["headers"] if name == b"content-encoding"]
    return b",".join(given)[:_MAX_ENCODING]


async def _read(receive: Receive, keeps: Callable[[int], bool]) -> _Body | _Refused:
    """Read a body; `keeps` is asked for each piece by its length.

    One that is too long is read to its end and dropped, so that the sender gets to read the response. The
    server bounds how long and how much that can be.
    """
    body = _Body(bytearray(), 0)
    while not body.is_over:
        body.add(await receive(), keeps)  # no name holds a piece while the next is awaited
    if body.is_cut:
        return "unfinished"
    return body if body.size <= MAX_BYTES else "too large"
