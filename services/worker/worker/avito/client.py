"""Avito's API as the worker uses it: one method for each operation."""

import math
import random
import secrets
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any, Self

from prometheus_client import CollectorRegistry
from redis.asyncio import Redis

from shared.wires.outbox import ReplyKind
from worker.avito import requests, responses
from worker.avito.authentication import AuthenticatedExchange, TokenCache
from worker.avito.chats import ChatListing, ChatPage, read_chat, read_chats
from worker.avito.errors import NotFound
from worker.avito.exchange import BeforeSend, CallMetrics, Exchange, Read, T, Urgency
from worker.avito.rate_limit import CallRateLimiter, OptionalRedis, Priority, TimeAndChance
from worker.avito.requests import (
    CHAT_TYPES,
    MAX_LIMIT,
    Operation,
    Picture,
    Query,
    Request,
    page_query,
    path_of,
)
from worker.avito.responses import AvitoAccount, MessagePage, Subscription
from worker.avito.sent import Uploaded, read_sent, read_uploaded
from worker.avito.transport import open_http
from worker.messages.counters import IDS_REFUSED
from worker.messages.kinds import digest
from worker.messages.message import Message
from worker.settings import Keys

PATIENCE_S = 4.0
OPERATOR_URGENCY = Urgency(Priority.OPERATOR, PATIENCE_S)
WORLD = TimeAndChance(time.time, time.monotonic, random.random)


@dataclass(frozen=True, slots=True)
class AvitoClient:
    """Calls for one account. Every method raises AvitoError (worker/avito/errors.py) and nothing else.

    Calls are an operator's unless `at` says otherwise: `client.at(Priority.SWEEP, patience_s=30).chats()`.
    """

    exchange: AuthenticatedExchange
    account_id: int
    urgency: Urgency = OPERATOR_URGENCY

    def at(
        self,
        priority: Priority,
        patience_s: float = PATIENCE_S,
        before_send: BeforeSend | None = None,
        within_s: float = math.inf,
    ) -> Self:
        """Return the same client for another class of calls, which waits at most so long for a permit.

        `before_send`, `within_s`: see Urgency.
        """
        return replace(self, urgency=Urgency(priority, patience_s, before_send, within_s))

    async def try_keys(self) -> None:
        """Ask for a new token, since one that is known would work with refused keys for a day."""
        await self.exchange.tokens.renew()

    async def account(self) -> AvitoAccount:
        """The account that the keys belong to."""
        return await self._ask(requests.SELF, lambda data, asof: responses.read_account(data))

    async def chats(
        self,
        *,
        chat_types: Sequence[str] = CHAT_TYPES,
        limit: int = MAX_LIMIT,
        offset: int = 0,
        unread_only: bool = False,
    ) -> ChatPage:
        """A page of chats, as Avito orders them; its own default type is u2i. Limit 1–100, offset 0–1000."""
        query = (("chat_types", ",".join(chat_types)), *page_query(requests.CHATS, limit, offset))
        return await self._ask(
            requests.CHATS,
            lambda data, asof: read_chats(data, self.account_id, asof, limit=limit, asked_types=chat_types),
            query=(*query, ("unread_only", "true")) if unread_only else query,
        )

    async def chat(self, chat_id: str) -> ChatListing:
        """One chat with its buyer and item."""
        return await self._ask(
            requests.CHAT, lambda data, asof: read_chat(data, self.account_id, asof), chat_id=chat_id
        )

    async def messages(self, chat_id: str, *, limit: int = MAX_LIMIT, offset: int = 0) -> MessagePage:
        """A page of history, counted from the newest message, returned oldest first."""
        return await self._ask(
            requests.MESSAGES,
            lambda data, asof: responses.read_messages(data, self.account_id, chat_id, asof, limit=limit),
            query=page_query(requests.MESSAGES, limit, offset),
            chat_id=chat_id,
        )

    async def send_text(self, chat_id: str, text: str) -> Message:
        """Send a text; returns the message as Avito has it. After Unknown, look before sending again."""
        return await self._send(requests.SEND, chat_id, {"message": {"text": text}, "type": "text"}, "text")

    async def send_image(self, chat_id: str, image_id: str) -> Message:
        """Send an uploaded picture, as `send_text` does."""
        return await self._send(requests.SEND_IMAGE, chat_id, {"image_id": image_id}, "image")

    async def upload_image(self, picture: Picture) -> Uploaded:
        """Upload a picture, to be sent by its id."""
        return await self._ask(requests.UPLOAD, lambda data, asof: read_uploaded(data), picture=picture)

    async def delete_message(self, chat_id: str, message_id: str) -> None:
        """Delete an own message, at most an hour old."""
        await self._ask(requests.DELETE, _nothing, chat_id=chat_id, message_id=message_id)

    async def mark_read(self, chat_id: str) -> None:
        """Mark a chat as read."""
        await self._ask(requests.READ, _nothing, chat_id=chat_id)

    async def blacklist(self, buyer_id: int, item_id: int | None, reason_id: int) -> None:
        """Block a buyer. `reason_id`: 1 spam, 2 fraud, 3 insults, 4 other."""
        context = {"reason_id": reason_id} | ({} if item_id is None else {"item_id": item_id})
        body = {"users": [{"user_id": buyer_id, "context": context}]}
        await self._ask(requests.BLACKLIST, _nothing, json=body)

    async def voice_files(self, voice_ids: Sequence[str]) -> dict[str, str]:
        """Links by voice id, good for an hour; ids that Avito does not know are missing."""
        real = [one for one in voice_ids if requests.is_real_id(one) and "," not in one]
        if len(real) < len(voice_ids):
            IDS_REFUSED.labels(requests.VOICE.name).inc()
        if not real:
            return {}
        query = (("voice_ids", ",".join(real)),)
        return await self._ask(requests.VOICE, lambda data, asof: responses.read_voices(data), query=query)

    async def subscribe(self, url: str) -> None:
        """Ask for webhooks at `url`; at Avito it replaces the URL before."""
        await self._ask(requests.SUBSCRIBE, _nothing, json={"url": url})

    async def unsubscribe(self, url: str) -> None:
        """Ask for no more webhooks at `url`."""
        await self._ask(requests.UNSUBSCRIBE, _nothing, json={"url": url})

    async def subscriptions(self) -> tuple[Subscription, ...]:
        """Every URL that gets webhooks."""
        return await self._ask(requests.SUBSCRIPTIONS, lambda data, asof: responses.read_subscriptions(data))

    async def _send(
        self, operation: Operation, chat_id: str, body: dict[str, Any], kind: ReplyKind
    ) -> Message:
        return await self._ask(
            operation,
            lambda data, asof: read_sent(data, self.account_id, chat_id, asof, kind=kind),
            json=body,
            chat_id=chat_id,
        )

    async def _ask(
        self,
        operation: Operation,
        read: Read[T],
        *,
        query: Query = (),
        json: dict[str, Any] | None = None,
        picture: Picture | None = None,
        **ids: str,
    ) -> T:
        """Make a call and read its result. `ids`: those in the operation's path."""
        try:
            path = path_of(operation, self.account_id, **ids)
        except NotFound:
            IDS_REFUSED.labels(operation.name).inc()
            raise
        request = Request(operation, path, query, json, picture=picture, within_s=self.urgency.within_s)
        return await self.exchange.call(request, read, self.urgency)


@asynccontextmanager
async def open_client(
    redis: Redis,
    avito_keys: Keys,
    api_url: str,
    *,
    per_minute: int,
    registry: CollectorRegistry,
    world: TimeAndChance = WORLD,
    patience: float = 1.0,
) -> AsyncIterator[AvitoClient]:
    """Open a client whose token and rate limit are shared, through Redis, with all other processes.

    `patience` scales the time-outs.
    """
    async with open_http(api_url) as http:
        optional_redis = OptionalRedis(redis, world.ticks)
        limiter = CallRateLimiter(optional_redis, per_minute)
        exchange = Exchange(http, limiter, CallMetrics(registry), world, patience)
        token_request = requests.token(avito_keys.client_id, avito_keys.client_secret)

        async def fetch() -> dict[str, Any]:
            return await exchange.make(token_request, _as_it_is, Urgency(Priority.REPLY, PATIENCE_S))

        account_id = avito_keys.user_id
        mark = digest(f"{avito_keys.client_id} {avito_keys.client_secret}".encode())
        tokens = TokenCache(optional_redis, account_id, fetch, world.ticks, secrets.token_hex(8), mark)
        yield AvitoClient(AuthenticatedExchange(exchange, tokens), account_id)


def _as_it_is(data: Any, asof: float) -> dict[str, Any]:
    return dict(data)


def _nothing(data: Any, asof: float) -> None:
    """Ask for nothing but that it is no error."""
    responses.require_success(data)
