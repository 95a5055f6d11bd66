"""Authenticates calls: the access token, one for all processes, and a new one where Avito refuses it."""

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from redis.asyncio import Redis

from shared.process.stored import read_or
from shared.process.supervise import running, supervise
from shared.redis import keys
from shared.redis.lua import scripts
from worker.avito.errors import BadKeys, Forbidden, NotPaid, StaleToken
from worker.avito.exchange import Exchange, Read, T, Urgency
from worker.avito.rate_limit import OptionalRedis
from worker.avito.requests import Request

log = logging.getLogger("worker.avito")

_LEASE_MS = 4_000
_RENEW_S = 1.5
_LOOK_AGAIN_S = 0.05
_REFUSAL_HOLDS_S = 30.0
_NOT_PAID = 402
_REPLACED_AT_MOST = 3
_REPLACED_WITHIN_MS = 45_000
"""Of all processes: a refusal that is not the token's fault must not cost a token for each chat."""
_UNKNOWN_LIFE_S = 600.0
_LONGEST_LIFE_S = 86_400.0
_REMEMBERED_REFUSALS = 512

FetchToken = Callable[[], Awaitable[dict[str, Any]]]


@dataclass(slots=True, eq=False, repr=False)
class AuthenticatedExchange:
    """Makes a call with the account's token, and once more with a new one where the token may be the reason.

    One per process, shared by all callers.
    """

    exchange: Exchange
    tokens: "TokenCache"
    _refusals: dict[tuple[str, str], str] = field(default_factory=dict)
    _good: str = ""

    async def call(self, request: Request, read: Read[T], urgency: Urgency) -> T:
        """Return what Avito answered, as `read` reads it; raises AvitoError.

        A refused token is replaced and the call made once more; a refusal of a new token is final. Where too
        many were replaced lately it raises StaleToken, which says nothing of keys or tariff.
        """
        token = await self.tokens.get()
        known = self._is_final(request, token)
        try:
            return await self._make(request, read, urgency, token, judged=known)
        except Forbidden as error:
            if known:
                raise
            refused = error
        new = await self.tokens.replace(token)
        if not new:
            raise StaleToken(
                refused.operation, status=refused.status, body=refused.body, message=refused.message
            ) from refused
        try:
            return await self._make(request, read, urgency, new, judged=True)
        except Forbidden:
            self._remember_refusal(request, new)
            raise

    async def _make(
        self, request: Request, read: Read[T], urgency: Urgency, token: str, *, judged: bool
    ) -> T:
        result = await self.exchange.make(request, read, urgency, token, judged=judged)
        self._good = token
        self._refusals.pop(_key(request), None)
        return result

    def _is_final(self, request: Request, token: str) -> bool:
        """Whether a new token was refused here before: this very one, or one before this one worked."""
        refused = self._refusals.get(_key(request))
        return refused is not None and token in (refused, self._good)

    def _remember_refusal(self, request: Request, token: str) -> None:
        """So that a call that is forbidden for good does not cost a new token each time."""
        if len(self._refusals) >= _REMEMBERED_REFUSALS:
            self._refusals.pop(next(iter(self._refusals)))
        self._refusals[_key(request)] = token


def _key(request: Request) -> tuple[str, str]:
    return request.operation.name, request.path


@dataclass(slots=True, eq=False, repr=False)
class TokenCache:
    """Holds the account's token. `fetch` asks Avito; `clock` (seconds) only runs forward; `name`: unique.

    One process fetches at a time; the others wait for its token. After Avito refused the keys, or asked to be
    paid, no process asks for a token for 30 s. `keys_mark` tells these keys from those before, which may
    have been wrong.
    """

    redis: OptionalRedis
    account_id: int
    fetch: FetchToken
    clock: Callable[[], float]
    name: str
    keys_mark: str = ""
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    _held: str = ""
    _good_until: float = 0.0
    _dropped: str = ""
    _refusal: BadKeys | NotPaid | None = None
    _refused_until: float = 0.0

    async def get(self) -> str:
        """Return a token; raises AvitoError when there is none."""
        known = await self._known()
        if known:
            return known
        async with self._lock:
            return await self._known() or await self._fetch_alone("")

    async def replace(self, refused: str) -> str:
        """Return another token than this one, '' where too many were replaced lately. Raises AvitoError."""
        async with self._lock:
            known = await self._known()
            return known if known not in ("", refused) else await self._fetch_alone(refused)

    async def renew(self) -> None:
        """Ask Avito for a token, also where one is known, and share it. Raises AvitoError."""
        async with self._lock:
            await self._fetch_and_keep()

    async def _known(self) -> str:
        """Return the shared token; this process' own only while Redis is away (MGET tells that from none).

        Raises BadKeys or NotPaid where another process has just learnt that these keys get no token.
        """
        reply = await self.redis.run(lambda redis: redis.mget(keys.token(self.account_id), self._refused_key))
        if reply is None:
            return self._held if self.clock() < self._good_until else ""
        token, refused = reply
        if refused and not token:
            raise _refusal(int(refused) or None)
        shared = read_or(keys.token(self.account_id), token, _read_token, "")
        return "" if shared == self._dropped else shared

    async def _fetch_alone(self, refused: str) -> str:
        self._raise_recent_refusal()
        while True:
            leased = await self.redis.run(partial(self._take, key=self._lease_key, ms=_LEASE_MS))
            if leased is not False:
                break
            await asyncio.sleep(_LOOK_AGAIN_S)
            known = await self._known()
            if known not in ("", refused):
                return known
        try:
            async with running(supervise(log, "token_lease", self._renew_for_ever)):
                # The process that had the lease before may have left a token.
                known = await self._known()
                if known not in ("", refused):
                    return known
                if known and not await self._may_replace():
                    return ""
                await self._drop(refused)
                return await self._fetch_and_keep()
        finally:
            if leased:
                await self.redis.run(scripts.drop_if_same(string_key=self._lease_key, seen=self.name).run)

    async def _drop(self, token: str) -> None:
        """Forget this very token, not one that came after it. Redis may not hear of it."""
        self._dropped = token
        if self._held == token:
            self._held = ""
        await self.redis.run(scripts.drop_if_same(string_key=keys.token(self.account_id), seen=token).run)

    async def _may_replace(self) -> bool:
        """Take one of the few replacements that all processes may make in a while."""
        for number in range(_REPLACED_AT_MOST):
            key = keys.lease(f"token_replaced:{self.account_id}:{number}")
            if await self.redis.run(partial(self._take, key=key, ms=_REPLACED_WITHIN_MS)) is not False:
                return True
        return False

    @property
    def _lease_key(self) -> str:
        return keys.lease(f"token:{self.account_id}")

    @property
    def _refused_key(self) -> str:
        return keys.lease(f"token_refused:{self.account_id}:{self.keys_mark}")

    async def _take(self, redis: Redis, key: str, ms: int) -> bool:
        return bool(await redis.set(key, self.name, nx=True, px=ms))

    async def _renew_for_ever(self) -> None:
        """A fetch may take longer than the others should wait for a process that died in it."""
        while True:
            await asyncio.sleep(_RENEW_S)
            renewing = scripts.renew_if_same(lease_key=self._lease_key, owner=self.name, ms=_LEASE_MS)
            await self.redis.run(renewing.run)

    async def _fetch_and_keep(self) -> str:
        try:
            grant = await self.fetch()
        except (BadKeys, NotPaid) as error:
            status, ms = error.status or 0, int(_REFUSAL_HOLDS_S * 1000)
            told = await self.redis.run(lambda redis: redis.set(self._refused_key, status, px=ms))
            if not told:
                self._refusal, self._refused_until = error, self.clock() + _REFUSAL_HOLDS_S
            raise
        token, life = str(grant["access_token"]), useful_life(grant.get("expires_in"))
        self._held, self._good_until, self._refusal = token, self.clock() + life, None
        self._dropped = ""
        await self.redis.run(
            lambda redis: redis.set(keys.token(self.account_id), token, px=max(1, int(life * 1000)))
        )
        return token

    def _raise_recent_refusal(self) -> None:
        """Keys that were refused a moment ago are not tried again with every call."""
        if self._refusal and self.clock() < self._refused_until:
            raise _refusal(self._refusal.status)


def _read_token(stored: bytes) -> str:
    """Read a token that a header can carry. Raises ValueError."""
    token = stored.decode("ascii")
    if not token.isprintable():
        raise ValueError("no token")
    return token


def _refusal(status: int | None) -> BadKeys | NotPaid:
    return (NotPaid if status == _NOT_PAID else BadKeys)("token", status=status)


def useful_life(expires_in: Any) -> float:
    """Seconds to keep a token: a little less than it lives, 10 minutes where Avito says nonsense."""
    if not isinstance(expires_in, int | float) or isinstance(expires_in, bool):
        return _UNKNOWN_LIFE_S
    if not 0 < expires_in < math.inf:
        return _UNKNOWN_LIFE_S
    return min(float(expires_in) - min(300.0, expires_in * 0.1), _LONGEST_LIFE_S)
