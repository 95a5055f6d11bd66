"""The quick replies as one gateway reads and changes them, for many who do so at once."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

from redis.asyncio import Redis
from redis.exceptions import WatchError

from push_gateway.features.quick_replies import csv_table, repository
from push_gateway.features.quick_replies.catalogue import Catalogue, Edit, in_order
from push_gateway.http.errors import ApiError
from push_gateway.http.routes import ApiCall
from shared.http.room import Room

_IMPORTS_AT_ONCE = 4
_RETRY = {"Retry-After": "2"}


@dataclass(frozen=True)
class Loaded:
    """The catalogue, and how it is shown: that takes longer than to read it, and is made once."""

    catalogue: Catalogue

    @cached_property
    def json(self) -> tuple[bytes, str]:
        """The catalogue as JSON, in order, and an ETag of it."""
        return repository.to_json(self.catalogue)

    @cached_property
    def csv(self) -> bytes:
        """The catalogue as a CSV file."""
        return csv_table.write(reply.wording for reply in in_order(self.catalogue))


class QuickReplies:
    """One reading at a time, and one change."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._reading = asyncio.Lock()
        self._begun = 0
        self._last: tuple[int, Loaded] | None = None
        self._saving = asyncio.Lock()
        self._imports = Room(of_one=1, of_all=_IMPORTS_AT_ONCE)

    async def load(self) -> Loaded:
        """Return what a reading brings that began after this call; others share it. Raises RedisError."""
        before = self._begun
        async with self._reading:
            if self._last is not None and self._last[0] > before:
                return self._last[1]
            self._begun += 1
            loaded = Loaded(await repository.load(self._redis))
            self._last = self._begun, loaded
            return loaded

    async def save(self, decide: Callable[[Catalogue], Edit]) -> Edit:
        """Apply the edit that `decide` returns, see `repository.save`; ApiError 503 for its WatchError."""
        async with self._saving:
            try:
                return await repository.save(self._redis, decide)
            except WatchError:
                raise ApiError(503, "busy", "Others change the quick replies. Try again.", _RETRY) from None

    @contextmanager
    def importing(self, call: ApiCall) -> Iterator[None]:
        """Limit the imports under way to one of a caller and few in all; raises ApiError 429."""
        digest = call.caller.digest
        if not self._imports.take(digest):
            raise ApiError(429, "too_often", "Another import is under way. Try again in a moment.", _RETRY)
        try:
            yield
        finally:
            self._imports.give_back(digest)


def quick_replies_of(call: ApiCall) -> QuickReplies:
    """Return the quick replies of the gateway that was called."""
    state = call.request.app.state
    if not hasattr(state, "quick_replies"):
        state.quick_replies = QuickReplies(call.redis)
    found: QuickReplies = state.quick_replies
    return found
