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
        walk = _Walk(redis, name, _start(after, account, ascending=ascending), ascending)
        found += [ScoredMember(score, account, member) for score, member in await walk.following(count)]
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


@dataclass(frozen=True, slots=True)
class _Walk:
    """Goes through one sorted set from a start on."""

    redis: Redis
    name: str
    start: tuple[float, bytes] | None
    ascending: bool

    async def following(self, count: int) -> list[tuple[float, bytes]]:
        found: list[tuple[float, bytes]] = []
        offset = 0
        while len(found) < count:
            rows = await self._rows(offset, count + 1)
            found += [row for row in rows if self._is_after_start(row)]
            if len(rows) <= count:
                break
            offset += len(rows)
        return found[:count]

    def _is_after_start(self, row: tuple[float, bytes]) -> bool:
        if self.start is None:
            return True
        return row > self.start if self.ascending else row < self.start

    async def _rows(self, offset: int, count: int) -> list[tuple[float, bytes]]:
        first, end = ("-inf", "+inf") if self.ascending else ("+inf", "-inf")
        begin = first if self.start is None else self.start[0]
        read = self.redis.zrangebyscore if self.ascending else self.redis.zrevrangebyscore
        rows = await read(self.name, begin, end, start=offset, num=count, withscores=True)
        return [(score, member) for member, score in rows]
