"""Pages of sorted sets, several merged into one order, by opaque cursors."""

import base64
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from redis.asyncio import Redis
from starlette.requests import Request

from push_gateway.http.errors import ApiError
from shared.wires import cursors

_DEFAULT_LIMIT = 50
_MOST = 100
_AFTER_ALL = b"\xff" * 512

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ScoredMember:
    """One member of a sorted set; `account` tells which one it is from."""

    score: float
    account: int
    member: bytes


def write_cursor(entry: ScoredMember) -> str:
    """Return the cursor that points after this entry."""
    return cursors.write([entry.score, entry.account, base64.b64encode(entry.member).decode()])


def read_cursor(cursor: str) -> ScoredMember:
    """Read such a cursor; raises ValueError for anything else."""
    match cursors.read(cursor):
        case [int() | float() as score, int(account), str(member)] if math.isfinite(score):
            return ScoredMember(float(score), account, base64.b64decode(member))
    raise ValueError("not a cursor")


def sort_key(entry: ScoredMember, *, ascending: bool) -> tuple[float, int, bytes | tuple[int, ...]]:
    """Return what orders entries of several accounts: newest first, or oldest first."""
    if ascending:
        return entry.score, entry.account, entry.member
    return -entry.score, entry.account, (*(255 - byte for byte in entry.member), 256)


def limit_of(request: Request) -> int:
    """Return the query's `limit`; raises ApiError 422."""
    text = request.query_params.get("limit") or str(_DEFAULT_LIMIT)
    if not (text.isascii() and text.isdigit() and len(text) < 9 and 1 <= int(text) <= _MOST):
        raise ApiError(422, "bad_limit", f"limit must be a whole number from 1 to {_MOST}.")
    return int(text)


def before_of(request: Request, read: Callable[[str], T]) -> T | None:
    """Return what the query's `before` points to, None for the first page; raises ApiError 422."""
    text = request.query_params.get("before")
    try:
        return read(text) if text else None
    except ValueError:
        raise ApiError(422, "bad_cursor", "before is not a cursor of ours.") from None


def cut(entries: list[ScoredMember], limit: int) -> tuple[list[ScoredMember], str | None]:
    """Return a page of at most `limit` entries, and the cursor of the next one if there are more."""
    page = entries[:limit]
    return page, write_cursor(page[-1]) if len(entries) > limit else None


async def read_page(
    redis: Redis, names: dict[int, str], after: ScoredMember | None, count: int, *, ascending: bool = False
) -> list[ScoredMember]:
    """Return the `count` entries that follow `after` in the sorted sets `names` (by account), merged."""
    found: list[ScoredMember] = []
    for account, name in names.items():
        start = _start(after, account, ascending=ascending)
        rows = await _following(redis, name, start, count, ascending=ascending)
        found += [ScoredMember(score, account, member) for score, member in rows]
    found.sort(key=lambda entry: sort_key(entry, ascending=ascending))
    return found[:count]


def _start(after: ScoredMember | None, account: int, *, ascending: bool) -> tuple[float, bytes] | None:
    """Return after which (score, member) an account goes on; equal scores run through them in turn."""
    if after is None:
        return None
    if account == after.account:
        return after.score, after.member
    passed = account < after.account
    return after.score, _AFTER_ALL if passed is ascending else b""


async def _following(
    redis: Redis, name: str, start: tuple[float, bytes] | None, count: int, *, ascending: bool
) -> list[tuple[float, bytes]]:
    """Return the `count` rows of a sorted set after `start`, which may lie among rows of one score."""
    read = redis.zrangebyscore if ascending else redis.zrevrangebyscore
    first, end = ("-inf", "+inf") if ascending else ("+inf", "-inf")
    begin = start[0] if start else first
    found: list[tuple[float, bytes]] = []
    offset, more = 0, True
    while more and len(found) < count:
        rows = await read(name, begin, end, start=offset, num=count + 1, withscores=True)
        pairs = ((score, member) for member, score in rows)
        found += [row for row in pairs if start is None or (row > start if ascending else row < start)]
        offset, more = offset + len(rows), len(rows) > count
    return found[:count]
