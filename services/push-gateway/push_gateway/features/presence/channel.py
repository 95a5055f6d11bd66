"""Carries presence between the sockets here and the other gateways, a few publications a second at most."""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import orjson
from redis.asyncio import Redis
from redis.exceptions import RedisError

from push_gateway.chats.accounts import all_accounts
from push_gateway.features.presence import presence
from push_gateway.features.presence.presence import Presence, Sign
from push_gateway.ws import protocol
from push_gateway.ws.hooks import PeriodicTask
from push_gateway.ws.protocol import FeatureFrame, FrameRefusal
from push_gateway.ws.relay import Client, Relay
from shared.process.supervise import background
from shared.redis import journal, keys
from shared.redis.journal import Publication
from shared.timing.rate_limiter import RateLimiters

_GATHER_S = 0.05
_SENT_AT_ONCE = 100
"""Signs of clients here in one publication: each is a frame to every client of every gateway."""
_SHOWN_AT_JOIN = 100
_SHOWN_AT_ONCE = 50
"""Chats; then others have their turn for _GATHER_S."""
_SIGNS_PER_S = 5.0
_SIGNS_AT_ONCE = 20
"""Of an operator at this gateway. Signs beyond that wait, and the newest of a client replaces the others."""
_LOG = logging.getLogger("push_gateway.ws")


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A sign to be published; `counted`: only as fast as its operator's may be."""

    sign: Sign
    counted: bool


@dataclass(frozen=True, slots=True)
class _Viewer:
    """A client here that views a chat, and the sign that says so."""

    client: Client
    sign: Sign


class PresenceChannel:
    """Publishes what our clients do and shows them what all clients do. Without Redis nothing is shown."""

    frame_types = frozenset({"viewing", "typing"})

    def __init__(self, redis: Redis, relay: Relay, clock: Callable[[], float] = time.monotonic) -> None:
        self._redis = redis
        self._relay = relay
        self._clock = clock
        self._table = Presence()
        self._here: dict[str, _Viewer] = {}
        self._waiting: dict[str, _Waiting] = {}
        self._rates = RateLimiters(_SIGNS_PER_S, _SIGNS_AT_ONCE)
        self._sending: asyncio.Task[None] | None = None
        self._greeting: bytes | None = None
        self._changed: dict[str, Client | None] = {}
        self._showing: asyncio.Task[None] | None = None

    def take_frame(self, client: Client, frame: FeatureFrame) -> FrameRefusal | None:
        """Take a frame that says what a client views or types in; it is published with those of others."""
        typing, chat_id = frame.type == "typing", frame.data.get("chat_id", "")
        if not protocol.is_id(chat_id) and (typing or chat_id is not None):
            return FrameRefusal("bad_frame", f"{frame.type} needs a chat_id")
        caller = client.admitted.caller
        if not caller.may("reply"):
            return FrameRefusal("forbidden", "only operators who may reply are shown to colleagues")
        viewer = self._here.get(client.id)
        if not typing and chat_id == (viewer.sign.chat_id if viewer else None):
            return None
        sign = Sign(client.id, caller.operator, chat_id)
        if chat_id is None:
            del self._here[client.id]
        else:
            self._here[client.id] = _Viewer(client, sign)
        self._publish(replace(sign, typing=typing))
        return None

    def forget(self, client: Client) -> None:
        """Publish that a client that has left views nothing any more."""
        viewer = self._here.pop(client.id, None)
        if viewer is not None:
            self._publish(replace(viewer.sign, chat_id=None), counted=False)

    def periodic(self) -> list[PeriodicTask]:
        """Fade signs that are not renewed, and renew those of our clients."""
        return [
            PeriodicTask("presence_fade", 1.0, self._fade),
            PeriodicTask("presence_renew", 25.0, self._renew),
        ]

    async def _fade(self) -> None:
        self._show(self._table.fade(self._clock()), None)

    async def _renew(self) -> None:
        for client_id, viewer in self._here.items():
            self._waiting.setdefault(client_id, _Waiting(viewer.sign, counted=False))
        self._start_sending()

    def _publish(self, sign: Sign, *, counted: bool = True) -> None:
        self._waiting[sign.client] = _Waiting(sign, counted)
        self._start_sending()

    def _start_sending(self) -> None:
        if self._waiting and self._sending is None:
            self._sending = background(_LOG, "presence", self._send())

    async def _send(self) -> None:
        try:
            while self._waiting:
                await asyncio.sleep(_GATHER_S)
                some = self._take_waiting()
                if not some:
                    continue
                signs = await self._in_known_chats(some)
                publication = Publication(self._relay.hub.position.epoch, None, None, presence.write(signs))
                await self._redis.publish(keys.EVENTS, journal.write(publication))
        except (RedisError, OSError, TimeoutError) as error:
            self._waiting.clear()
            _LOG.debug("push_gateway.ws.presence_lost", extra={"error": type(error).__name__})
        finally:
            self._sending = None

    def _take_waiting(self) -> list[Sign]:
        """Take the signs that may be published now."""
        now, taken = self._clock(), list[Sign]()
        for client_id, waiting in list(self._waiting.items()):
            if len(taken) == _SENT_AT_ONCE:
                break
            if not waiting.counted or not self._rates.take(waiting.sign.operator, now):
                taken.append(self._waiting.pop(client_id).sign)
        return taken

    async def _in_known_chats(self, signs: list[Sign]) -> list[Sign]:
        """Return the signs; a client in a chat that does not exist is shown in none."""
        chats = list({sign.chat_id for sign in signs if sign.chat_id is not None})
        accounts = await all_accounts(self._redis) if chats else []
        async with self._redis.pipeline(transaction=False) as pipe:
            for account in accounts:
                for chat_id in chats:
                    pipe.exists(keys.chat(account, chat_id))
            there = await pipe.execute() if accounts else []
        known = {chat_id for chat_id, exists in zip(chats * len(accounts), there, strict=True) if exists}
        return [
            sign if sign.chat_id in known else replace(sign, chat_id=None, typing=False) for sign in signs
        ]

    def take_event(self, event: dict[str, Any]) -> None:
        """Take what any gateway, this one too, has published."""
        if event.get("type") != "presence":
            return
        now = self._clock()
        for sign in presence.read(event):
            viewer = self._here.get(sign.client)
            self._show(self._table.apply(sign, now), viewer.client if viewer else None)

    def greeting(self) -> bytes:
        """Return the ready frames that tell a newcomer who is where; many may come at once."""
        if self._greeting is None:
            chats = sorted(self._table.chats())[:_SHOWN_AT_JOIN]
            self._greeting = b"".join(protocol.encode(self._frame(chat_id)) for chat_id in chats)
        return self._greeting

    def _show(self, chats: set[str], source: Client | None) -> None:
        """Tell our clients of these chats; the one whose doing it is knows already."""
        if chats:
            self._greeting = None
        for chat_id in chats:
            self._changed[chat_id] = None if chat_id in self._changed else source
        if self._changed and self._showing is None:
            self._showing = background(_LOG, "presence", self._show_changed())

    async def _show_changed(self) -> None:
        """Show a few chats at a time, as they are then: there may be thousands, and as many clients."""
        try:
            while self._changed:
                some = [(chat, self._changed.pop(chat)) for chat in list(self._changed)[:_SHOWN_AT_ONCE]]
                self._relay.broadcast_to_others([(self._frame(chat), source) for chat, source in some])
                await asyncio.sleep(_GATHER_S)
        finally:
            self._showing = None

    def _frame(self, chat_id: str) -> bytes:
        """Return who views and types in a chat now; the lists are complete, operators by name."""
        viewing, typing = self._table.of(chat_id, self._clock())
        return orjson.dumps({"type": "presence", "chat_id": chat_id, "viewing": viewing, "typing": typing})

    async def close(self) -> None:
        """Publish what still waits, and show no more."""
        if self._showing is not None:
            self._showing.cancel()
        if self._sending is not None:
            await self._sending
