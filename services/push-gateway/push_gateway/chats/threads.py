"""`GET api/chats/{chat_id}/messages`: pages of a thread, those held here and the older ones of Avito."""

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from redis.asyncio import Redis
from redis.exceptions import RedisError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from push_gateway.auth.access import PATH
from push_gateway.chats.actions import ask
from push_gateway.chats.requested_chat import chat_of
from push_gateway.http import paging
from push_gateway.http.paging import before_of, cut, limit_of, read_cursor
from push_gateway.http.responses import array, spliced
from push_gateway.http.routes import ApiCall, authorized
from shared.process.stored import answers, read_or, texts
from shared.redis import keys
from shared.redis.journal_reader import head
from shared.timing.rate_limiter import RateLimiters
from shared.wires import jobs, threads
from shared.wires.read_model import objects, shown_chat, shown_messages
from shared.wires.threads import ThreadCursor, message_id_of

_REFRESH_EVERY_S = 15.0
_AVITOS_PAGE = 100

ThreadPart = Callable[[Redis, int, str], Awaitable[list[bytes]]]
"""Reads what a feature adds to a thread's newest page, as ready JSON, by account and chat."""


async def get_messages(request: Request) -> Response:
    """Answer `GET api/chats/{chat_id}/messages`, held or older; only what needs no Avito is bounded by us."""
    older = threads.is_cursor(request.query_params.get("before", ""))
    return await authorized("read", _older_page if older else _held_page, in_time=not older)(request)


async def _held_page(call: ApiCall) -> Response:
    """Return a page of the held messages, oldest first.

    The newest page brings the chat itself, the replies on their way and what features add.
    """
    limit, before = limit_of(call.request), before_of(call.request, read_cursor)
    redis = call.redis
    position = await head(redis)
    account, chat_id = await chat_of(call)
    names = {account: keys.thread(account, chat_id)}
    entries = await paging.read_page(redis, names, before, limit + 1)
    page, following = cut(entries, limit)
    values: list[bytes | None] = []
    if page:
        ids = list(dict.fromkeys(message_id_of(entry.member) for entry in reversed(page)))
        values = await redis.hmget(keys.messages(account, chat_id), ids)
    shown = shown_messages(keys.messages(account, chat_id), values)
    if following is None and page:
        oldest = page[-1]
        oldest_id = message_id_of(oldest.member).decode(errors="replace")
        following = await _cursor_above(redis, account, chat_id, oldest.score, oldest_id)
    parts = {"messages": array(shown), "outbox": b"[]", "next": orjson.dumps(following)}
    if before is None:
        refresher: ThreadRefresher = call.request.state.refresher
        thread_parts: Mapping[str, ThreadPart] = call.request.state.thread_parts
        await refresher.note_opened(account, chat_id)
        parts["outbox"] = array(await _pending_replies(redis, account, chat_id))
        for name, read in thread_parts.items():
            parts[name] = array(await read(redis, account, chat_id))
        key = keys.chat(account, chat_id)
        parts["chat"] = shown_chat(key, await redis.hget(key, "json")) or b"null"
    return spliced(position, parts)


async def _pending_replies(redis: Redis, account_id: int, chat_id: str) -> list[bytes]:
    """Return the items (ready JSON) of failed replies that are not put away, then of those on their way.

    Without MULTI, which Redis refuses at `maxmemory`: a reply that fails between the two reads is in both.
    """
    async with redis.pipeline(transaction=False) as pipe:
        pipe.lrange(keys.outbox(account_id, chat_id), 0, -1)
        pipe.zrange(keys.failed(account_id, chat_id), 0, -1)
        waiting, failed = await pipe.execute()
    refs = texts(keys.outbox(account_id, chat_id), dict.fromkeys([*failed, *waiting]))
    if not refs:
        return []
    async with redis.pipeline(transaction=False) as pipe:
        for ref in refs:
            pipe.hget(keys.reply(account_id, ref), "json")
        found = await answers(pipe)
    items = (objects(keys.reply(account_id, ref), [item]) for ref, item in zip(refs, found, strict=True))
    return [item for some in items for item in some]


async def _cursor_above(
    redis: Redis, account_id: int, chat_id: str, created: float, oldest_id: str
) -> str | None:
    """Return where to go on above the oldest held message; None when Avito is known to have nothing there.

    Less than a page of Avito's, and nothing ever trimmed: then the whole thread is held.
    """
    held = await redis.zcard(keys.thread(account_id, chat_id))
    floor = await redis.hget(keys.chat(account_id, chat_id), "floor")
    if held < _AVITOS_PAGE and not floor:
        return None
    cursor = ThreadCursor(min(held, threads.MOST_AFTER), created, oldest_id)
    return threads.write_cursor(cursor)


async def _older_page(call: ApiCall) -> Response:
    """Return a page older than the held messages, which Avito is asked for."""
    limit, redis = limit_of(call.request), call.redis
    position = await head(redis)
    account, chat_id = await chat_of(call)
    before_of(call.request, threads.read_cursor)
    cursor = call.request.query_params["before"]
    key = keys.older_messages(account, chat_id, f"{cursor}:{limit}")
    found = read_or(key, await redis.get(key), _older_messages, None)
    if found is None:
        found = await ask(redis, jobs.READ_OLDER_MESSAGES, account, chat_id, cursor, limit)
    above = threads.write_cursor(threads.parse_cursor(found["next"])) if found["next"] else None
    parts = {"messages": orjson.dumps(found["messages"]), "outbox": b"[]", "next": orjson.dumps(above)}
    return spliced(position, parts)


def _older_messages(kept: bytes) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(kept)
    _ = found["messages"], found["next"] and threads.parse_cursor(found["next"])
    return found


@dataclass(slots=True)
class ThreadRefresher:
    """Has opened threads read again at Avito: deletions and reads elsewhere show nowhere else.

    It asks for each chat at most once in 15 s; the worker bounds all gateways together.
    """

    redis: Redis
    limiter: RateLimiters = field(default_factory=lambda: RateLimiters(1 / _REFRESH_EVERY_S, names=5_000))

    async def note_opened(self, account_id: int, chat_id: str) -> None:
        """Ask the worker to refresh a chat; a Redis that takes no jobs does not stop its reader."""
        name = f"{account_id}:{chat_id}"
        if self.limiter.take(name, time.monotonic()):
            return
        try:
            await jobs.enqueue(self.redis, jobs.REFRESH_CHAT, account_id, chat_id)
        except (RedisError, OSError):
            self.limiter.forget(name)


ROUTES = [Route(f"{PATH}api/chats/{{chat_id:path}}/messages", get_messages)]
