"""`GET api/chats`: the lists of chats, and what a search finds in them."""

from typing import get_args

import orjson
from starlette.requests import Request
from starlette.responses import Response

from push_gateway.auth.access import PATH
from push_gateway.chats.accounts import all_accounts
from push_gateway.chats.search import results
from push_gateway.chats.search.index import Filter
from push_gateway.chats.search.results import SearchQuery
from push_gateway.http import paging
from push_gateway.http.errors import ApiError
from push_gateway.http.paging import ScoredMember, before_of, cut, limit_of, read_cursor
from push_gateway.http.responses import array, spliced
from push_gateway.http.routes import ApiCall, get
from shared.process.stored import answers
from shared.redis import keys
from shared.redis.journal_reader import head
from shared.wires.read_model import shown_chat

_LONGEST_QUERY = 200
_INDEX = {"all": keys.chats, "unread": keys.unread, "unanswered": keys.unanswered, "free": keys.unassigned}
_UNINDEXED: tuple[Filter, ...] = ("buying", "selling")
"""Rarely asked for: the search finds them in memory, so that no commit has to keep one more index."""


async def chats(call: ApiCall) -> Response:
    """Answer `GET api/chats`: newest first; unanswered ones longest waiting first.

    A search also tells in `found`, by chat id, the message that it found.
    """
    kind, limit, before = _filter(call.request), limit_of(call.request), before_of(call.request, read_cursor)
    query = _query(call.request)
    redis, operator = call.redis, call.caller.operator
    position = await head(redis)
    parts: dict[str, bytes] = {}
    if query or kind in _UNINDEXED:
        wanted = SearchQuery(query, kind, before, limit + 1, operator)
        search = call.request.state.search
        async with search.places.take(call.caller.digest):
            found = await results.page(redis, search, wanted)
        page, following = cut(found.entries, limit)
        if query:
            parts["found"] = found.excerpts_of(page)
    else:
        names = {account: _index(kind, account, operator) for account in await all_accounts(redis)}
        ascending = kind == "unanswered"
        entries = await paging.read_page(redis, names, before, limit + 1, ascending=ascending)
        page, following = cut(entries, limit)
    async with redis.pipeline(transaction=False) as pipe:
        for entry in page:
            # Raw, since every panel opens with this page, and fifty calls of `hget` cost 4 % of its CPU.
            pipe.execute_command(
                "HGET", keys.chat(entry.account, entry.member.decode(errors="replace")), "json"
            )
        stored = await answers(pipe) if page else []
    shown = await _readable(call, page, stored)
    return spliced(position, {"chats": array(shown), "next": orjson.dumps(following), **parts})


async def _readable(call: ApiCall, page: list[ScoredMember], stored: list[bytes | None]) -> list[bytes]:
    """Return the chats that can be read; the others are read again at Avito, whose version replaces them."""
    shown: list[bytes] = []
    for entry, text in zip(page, stored, strict=True):
        chat_id = entry.member.decode(errors="replace")
        chat = shown_chat(keys.chat(entry.account, chat_id), text)
        if chat is not None:
            shown.append(chat)
        elif text is not None:
            await call.request.state.refresher.note_opened(entry.account, chat_id)
    return shown


def _query(request: Request) -> str:
    text = request.query_params.get("q", "")
    if len(text) > _LONGEST_QUERY:
        raise ApiError(422, "bad_q", f"q must have at most {_LONGEST_QUERY} characters.")
    return text.strip()


def _filter(request: Request) -> Filter:
    kind = request.query_params.get("filter") or "all"
    filters: tuple[Filter, ...] = get_args(Filter)
    if kind not in filters:
        raise ApiError(422, "bad_filter", f"filter must be one of {', '.join(filters)}.")
    return kind


def _index(kind: Filter, account: int, operator: str) -> str:
    return keys.assigned(account, operator) if kind == "mine" else _INDEX[kind](account)


ROUTES = [get(f"{PATH}api/chats", "read", chats)]
