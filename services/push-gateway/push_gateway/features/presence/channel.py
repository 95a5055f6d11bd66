"""Carries presence between the sockets here and the other gateways, a few publications a second at most."""

import asyncio
import logging
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from push_gateway.chats.accounts import all_accounts
from push_gateway.features.presence import presence
from push_gateway.features.presence.presence import MAX_SIGNS, Presence, Sign
from push_gateway.ws import protocol
from push_gateway.ws.relay import Client, Relay
from shared.redis import keys
from shared.wires import events
from shared.wires.events import Publication

_GATHER = 0.05
_SHOWN_AT_JOIN = 100
_LOG = logging.getLogger("push_gateway.ws")


class PresenceChannel:
    """What our clients do goes out, what all clients do comes in. Without Redis nothing is told."""

    def __init__(self, redis: Redis, relay: Relay, clock: Callable[[], float]) -> None:
        self._redis = redis
        self._relay = relay
        self._clock = clock
        self._table = Presence()
        self._sources: dict[str, Client] = {}
        self._waiting: dict[str, Sign] = {}
        self._sending: asyncio.Task[None] | None = None

    def note(self, client: Client, sign: Sign) -> None:
        """Take what a socket here does; it is told together with what others do just now."""
        if sign.chat_id is None:
            self._sources.pop(sign.client, None)
        else:
            self._sources[sign.client] = client
        self._waiting[sign.client] = sign
        if self._sending is None:
            self._sending = asyncio.create_task(self._send())

    def renew(self, signs: Iterable[Sign]) -> None:
        """Say again what goes on, so that it does not fade."""
        for sign in signs:
            self._waiting.setdefault(sign.client, sign)
        if self._waiting and self._sending is None:
            self._sending = asyncio.create_task(self._send())

    async def _send(self) -> None:
        try:
            while self._waiting:
                await asyncio.sleep(_GATHER)
                some = [self._waiting.pop(client) for client in list(self._waiting)[:MAX_SIGNS]]
                signs = await self._in_known_chats(some)
                publication = Publication(self._relay.hub.place.epoch, None, None, presence.write(signs))
                await self._redis.execute_command("PUBLISH", keys.EVENTS, events.write(publication))
        except (RedisError, OSError, TimeoutError) as error:
            self._waiting.clear()
            _LOG.debug("push_gateway.ws.presence_lost", extra={"error": type(error).__name__})
        finally:
            self._sending = None

    async def _in_known_chats(self, signs: list[Sign]) -> list[Sign]:
        """Return the signs; who says to be in a chat that does not exist is in none."""
        chats = list({sign.chat_id for sign in signs if sign.chat_id is not None})
        accounts = await all_accounts(self._redis) if chats else []
        async with self._redis.pipeline(transaction=False) as pipe:
            for account in accounts:
                for chat_id in chats:
                    pipe.execute_command("EXISTS", keys.chat(account, chat_id))
            there = await pipe.execute() if accounts else []
        known = {chat_id for chat_id, exists in zip(chats * len(accounts), there, strict=True) if exists}
        return [
            sign if sign.chat_id in known else replace(sign, chat_id=None, typing=False) for sign in signs
        ]

    def receive(self, event: dict[str, Any]) -> None:
        """Take what any gateway, this one too, has published."""
        if event.get("type") != "presence":
            return
        now = self._clock()
        changed: dict[str, Client | None] = {}
        for sign in presence.read(event):
            for chat_id in self._table.apply(sign, now):
                changed[chat_id] = None if chat_id in changed else self._sources.get(sign.client)
        self._show(changed)

    def fade(self) -> None:
        """Forget what was not renewed, and say so."""
        self._show(dict.fromkeys(self._table.fade(self._clock())))

    def snapshot(self) -> bytes:
        """Return the ready frames that tell a newcomer who is where."""
        chats = sorted(self._table.chats())[:_SHOWN_AT_JOIN]
        return b"".join(protocol.encode(self._frame(chat_id)) for chat_id in chats)

    def _show(self, changed: dict[str, Client | None]) -> None:
        for chat_id, source in changed.items():
            self._relay.tell_others(self._frame(chat_id), source)

    def _frame(self, chat_id: str) -> bytes:
        return protocol.presence(chat_id, *self._table.of(chat_id, self._clock()))

    async def close(self) -> None:
        """Tell what still waits."""
        if self._sending is not None:
            await self._sending
