"""The webhook's path, in front of everything else: read, keep, answer. It parses nothing and calls nobody."""

import asyncio
import logging
import time
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ingest.http.fast_http import WHOLE_ANSWER, OnStored
from ingest.metrics import Metrics
from ingest.store.unverified import UnverifiedStore
from ingest.store.webhook_store import StoredIn, WebhookStore
from ingest.webhook.secrets import WebhookSecrets
from shared.accounts import signature
from shared.http import forwarded
from shared.process import trace
from shared.wires.inbox import Webhook

log = logging.getLogger("ingest.door")

PATH = "/admin/avito/webhook"
STATUS_PATH = f"{PATH}/status"
_BELOW = f"{PATH}/"
LONGEST = 256 * 1024
"""Bytes of a body that are taken."""

AsgiMessages = tuple[Message, Message]


def _answer(status: int, body: bytes, *headers: tuple[bytes, bytes]) -> AsgiMessages:
    length = (b"content-length", str(len(body)).encode())
    head = [(b"content-type", b"application/json"), length, *headers]
    return (
        {"type": "http.response.start", "status": status, "headers": head},
        {"type": "http.response.body", "body": body},
    )


OK = _answer(200, b'{"ok":true}')
WHOLE_OK = b'content-type: application/json\r\ncontent-length: 11\r\n\r\n{"ok":true}'
METHOD = _answer(405, b'{"error":{"code":"method","message":"Webhooks are posted."}}', (b"allow", b"POST"))
TOO_LARGE = _answer(413, b'{"error":{"code":"too_large","message":"A webhook has at most 256 KiB."}}')
NOT_KEPT = _answer(
    503,
    b'{"error":{"code":"not_kept","message":"Neither Redis nor the disk took it."}}',
    (b"retry-after", b"5"),
)


class WebhookEndpoint:
    """An ASGI app that answers the webhook's path itself and hands everything else to `inner`.

    Plain ASGI, since a routed request costs more than all the work done here.
    """

    def __init__(
        self,
        inner: ASGIApp,
        *,
        proof: WebhookSecrets,
        keeper: WebhookStore,
        hints: UnverifiedStore,
        trusted: tuple[forwarded.Network, ...],
        metrics: Metrics,
    ) -> None:
        self._inner = inner
        self._proof = proof
        self._keeper = keeper
        self._hints = hints
        self._trusted = trusted
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection or request."""
        if scope["type"] != "http" or not _is_ours(scope["path"], scope["method"]):
            await self._inner(scope, receive, send)
            return
        answer = await self._serve(scope, receive) if scope["method"] == "POST" else self._wrong_method()
        if answer is OK and scope.get("extensions", {}).get(WHOLE_ANSWER, _unable)(scope, WHOLE_OK):
            return
        if answer is not None:
            await send(answer[0])
            await send(answer[1])

    def take(self, scope: Scope, body: bytes, done: OnStored) -> bool:
        """Keep a proven webhook in Redis and be done with the end of its 200; else see `Take`."""
        path, began = scope["path"], time.perf_counter()
        if scope["method"] != "POST" or not path.startswith(_BELOW) or len(body) > LONGEST:
            return False
        if not self._proof.holds(path[len(PATH) + 1 :].encode()):
            return False
        webhook = Webhook(body, time.time(), _signature(scope["headers"]))
        stored = self._keeper.put(webhook)
        if stored is None:
            return False

        def look(stored: asyncio.Future[Any]) -> None:
            if stored.cancelled() or stored.exception() is not None:
                done(None)
            else:
                self._note(webhook, StoredIn.REDIS, time.perf_counter() - began)
                done(WHOLE_OK)

        stored.add_done_callback(look)
        return True

    def _wrong_method(self) -> AsgiMessages:
        self._metrics.method.inc()
        return METHOD

    async def _serve(self, scope: Scope, receive: Receive) -> AsgiMessages | None:
        message = await receive()
        body = await _rest(message, receive) if message.get("more_body", True) else message["body"]
        if body is None:
            self._metrics.unfinished.inc()
            return None
        if len(body) > LONGEST:
            self._metrics.too_large.inc()
            return TOO_LARGE
        webhook = Webhook(body, time.time(), _signature(scope["headers"]))
        if not self._proof.holds(scope["path"][len(PATH) + 1 :].encode()):
            await self._hints.take(webhook, self._neighbourhood(scope))
            self._metrics.unproven.inc()
            return OK
        began = time.perf_counter()
        place = await self._keeper.keep(webhook)
        if place is None:
            self._metrics.not_kept.inc()
            return NOT_KEPT
        self._note(webhook, place, time.perf_counter() - began)
        return OK

    def _note(self, webhook: Webhook, place: StoredIn, took: float) -> None:
        self._hints.paces[place] = took
        self._metrics.acks[place].observe(took)
        if log.isEnabledFor(logging.DEBUG):
            log.debug(
                "ingest.accepted", extra={"trace": trace.trace_id(webhook.accepted), "place": place.value}
            )

    def _neighbourhood(self, scope: Scope) -> str:
        peer = scope["client"][0] if scope["client"] else ""
        origin = forwarded.read(peer, scope["scheme"], scope["headers"], self._trusted)
        return forwarded.network_of(origin.address)


def _unable(scope: Scope, rest: bytes) -> bool:
    return False


def _is_ours(path: str, method: str) -> bool:
    if path == STATUS_PATH:
        return method not in ("GET", "HEAD")
    return path.startswith(_BELOW) or path == PATH


async def _rest(message: Message, receive: Receive) -> bytes | None:
    """Return a body that comes in parts; one byte too many of one that is too long; None when it never ended.

    A body that is too long is read to its end and forgotten, so that the sender gets to read the answer.
    The server bounds how long and how much that can be.
    """
    parts = bytearray()
    while message["type"] == "http.request":
        if len(parts) <= LONGEST:
            parts += message["body"]
        if not message["more_body"]:
            return bytes(parts[: LONGEST + 1])
        message = await receive()
    return None


def _signature(headers: list[tuple[bytes, bytes]]) -> bytes:
    for name, value in headers:
        if name == signature.HEADER:
            return value[: signature.LONGEST]
    return b""
