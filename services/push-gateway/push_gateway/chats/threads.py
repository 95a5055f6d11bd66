"""What the panel reads: chats, threads, missed events. Ready JSON is spliced, never parsed."""

from collections.abc import Iterable
from typing import TypeVar

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from push_gateway.auth.access import PATH
from push_gateway.chats import older_messages as older
from push_gateway.chats.accounts import account_of, all_accounts
from push_gateway.chats.search import results
from push_gateway.chats.search.index import Filter
from push_gateway.chats.search.results import SearchQuery
from push_gateway.features.notes import repository
from push_gateway.http import paging
from push_gateway.http.errors import ApiError, bounded
from push_gateway.http.gateway import gateway_of
from push_gateway.http.paging import ScoredMember
from push_gateway.replies import outbox
from push_gateway.ws import journal
from shared.redis import keys
from shared.wires import older_messages as history
from shared.wires.thread import message_id

_DEFAULT_LIMIT = 50
_MOST = 100
_LONGEST_QUERY = 200
_EVENTS_AT_MOST = 500
_FILTERS: tuple[Filter, ...] = ("all", "unread", "unanswered", "mine", "free")
_INDEX = {"all": keys.chats, "unread": keys.unread, "unanswered": keys.unanswered, "free": keys.free}

T = TypeVar("T")


async def chats(request: Request) -> Response:
    """Answer `GET api/chats`: newest first; unanswered ones longest waiting first.

    A search also tells in `found`, by chat id, the message that it found.
    """
    gateway = gateway_of(request)
    caller = await gateway.door.authorize(request, "read")
    kind, limit, before = _filter(request), _limit(request), _before(request)
    query = request.query_params.get("q", "").strip()[:_LONGEST_QUERY]
    redis = gateway.redis
    epoch, seq = await journal.head(redis)
    parts: dict[str, bytes] = {}
    if query:
        answer = await results.page(
            redis, gateway.finder, SearchQuery(query, kind, before, limit + 1, caller.operator)
        )
        page, following = _cut(answer.entries, limit)
        parts["found"] = answer.excerpts_of(page)
    else:
        names = {account: _index(kind, account, caller.operator) for account in await all_accounts(redis)}
        ascending = kind == "unanswered"
        entries = await paging.read_page(redis, names, before, limit + 1, ascending=ascending)
        page, following = _cut(entries, limit)
    async with redis.pipeline(transaction=False) as pipe:
        for entry in page:
            pipe.execute_command("HGET", keys.chat(entry.account, entry.member.decode()), "json")
        shown = await pipe.execute() if page else []
    return _answer(epoch, seq, {"chats": _array(shown), "next": orjson.dumps(following), **parts})


async def messages(request: Request) -> Response:
    """Answer `GET api/chats/{chat_id}/messages`: a page of what is held, oldest first.

    The newest page brings the chat itself, the replies on their way and all notes.
    """
    gateway = gateway_of(request)
    await gateway.door.authorize(request, "read")
    limit, before = _limit(request), _before(request)
    redis, chat_id = gateway.redis, request.path_params["chat_id"]
    epoch, seq = await journal.head(redis)
    account = await account_of(redis, chat_id)
    names = {account: keys.thread(account, chat_id)}
    entries = await paging.read_page(redis, names, before, limit + 1)
    page, following = _cut(entries, limit)
    values: list[bytes | None] = []
    if page:
        ids = [message_id(entry.member) for entry in reversed(page)]
        values = await redis.execute_command("HMGET", keys.messages(account, chat_id), *ids)
    shown = (value.partition(b"\n")[2] for value in values if value is not None)
    if following is None and page:
        oldest = page[-1]
        oldest_id = message_id(oldest.member).decode()
        following = await older.cursor_above(redis, account, chat_id, oldest.score, oldest_id)
    parts = {"messages": _array(shown), "outbox": b"[]", "next": orjson.dumps(following)}
    if before is None:
        await gateway.opened.note(account, chat_id)
        parts["outbox"] = _array(await outbox.pending(redis, account, chat_id))
        parts["notes"] = _array(await repository.all_of(redis, account, chat_id))
        parts["chat"] = await redis.execute_command("HGET", keys.chat(account, chat_id), "json") or b"null"
    return _answer(epoch, seq, parts)


async def older_messages(request: Request) -> Response:
    """Answer `GET api/chats/{chat_id}/messages` for a page above what is held: Avito is asked."""
    gateway = gateway_of(request)
    await gateway.door.authorize(request, "read")
    limit, redis, chat_id = _limit(request), gateway.redis, request.path_params["chat_id"]
    epoch, seq = await journal.head(redis)
    account = await account_of(redis, chat_id)
    page = await older.page(redis, account, chat_id, request.query_params["before"], limit)
    messages_, above = orjson.dumps(page.messages), orjson.dumps(page.next)
    return _answer(epoch, seq, {"messages": messages_, "outbox": b"[]", "next": above})


async def any_messages(request: Request) -> Response:
    """Answer `GET api/chats/{chat_id}/messages`, held or older; only what needs no Avito is bounded by us."""
    if history.is_cursor(request.query_params.get("before", "")):
        return await older_messages(request)
    return await _held_messages(request)


_held_messages = bounded(messages)


async def events(request: Request) -> Response:
    """Answer `GET api/events`: what happened after a place, for browsers that cannot hold a WebSocket.

    It reaches to `seq`; where that is below `head` there is more to ask for.
    """
    gateway = gateway_of(request)
    await gateway.door.authorize(request, "read")
    seq = request.query_params.get("seq", "")
    if seq and not (seq.isascii() and seq.isdigit() and len(seq) <= 18):
        raise ApiError(422, "bad_seq", "seq must be a whole number.")
    if not seq:
        epoch, head = await journal.head(gateway.redis)
        return _answer(epoch, head, {"events": b"[]", "recovered": b"false"})
    part = await journal.read(gateway.redis, int(seq), _EVENTS_AT_MOST)
    follows = part.rows[0][0] == int(seq) + 1 if part.rows else part.head == int(seq)
    if not follows or part.epoch != request.query_params.get("epoch"):
        return _answer(part.epoch, part.head, {"events": b"[]", "recovered": b"false"})
    reached = part.rows[-1][0] if part.rows else part.head
    shown = _array(event for _, event in part.rows)
    return _answer(part.epoch, reached, {"events": shown, "recovered": b"true", "head": b"%d" % part.head})


def _answer(epoch: str, seq: int, parts: dict[str, bytes]) -> Response:
    parts = parts | {"epoch": orjson.dumps(epoch), "seq": b"%d" % seq}
    body = b"{%b}" % b",".join(b'"%b":%b' % (name.encode(), value) for name, value in parts.items())
    return Response(body, media_type="application/json")


def _array(values: Iterable[bytes | None]) -> bytes:
    return b"[%b]" % b",".join(value for value in values if value is not None)


def _cut(entries: list[ScoredMember], limit: int) -> tuple[list[ScoredMember], str | None]:
    page = entries[:limit]
    return page, paging.write_cursor(page[-1]) if len(entries) > limit else None


def _filter(request: Request) -> Filter:
    kind = request.query_params.get("filter") or "all"
    if kind not in _FILTERS:
        raise ApiError(422, "bad_filter", f"filter must be one of {', '.join(_FILTERS)}.")
    return kind


def _index(kind: Filter, account: int, operator: str) -> str:
    return keys.owned(account, operator) if kind == "mine" else _INDEX[kind](account)


def _limit(request: Request) -> int:
    text = request.query_params.get("limit") or str(_DEFAULT_LIMIT)
    if not (text.isascii() and text.isdigit() and len(text) < 9 and 1 <= int(text) <= _MOST):
        raise ApiError(422, "bad_limit", f"limit must be a whole number from 1 to {_MOST}.")
    return int(text)


def _before(request: Request) -> ScoredMember | None:
    text = request.query_params.get("before")
    try:
        return paging.read_cursor(text) if text else None
    except ValueError:
        raise ApiError(422, "bad_cursor", "before is not a cursor of ours.") from None


ROUTES = [
    Route(f"{PATH}api/chats", bounded(chats)),
    Route(f"{PATH}api/chats/{{chat_id:path}}/messages", any_messages),
    Route(f"{PATH}api/events", bounded(events)),
]
