"""Sessions: a random token in the browser's cookie, its HMAC as the key in Redis.

They outlive a restart of the gateway. A session is valid while it is used within a week, for a month at
most, and while its operator is enabled and has the password that it was opened with.
"""

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from redis.asyncio import Redis
from redis.asyncio.client import Pipeline
from redis.exceptions import RedisError

from push_gateway.auth import operators
from push_gateway.auth.access import Caller
from push_gateway.auth.caller_cache import CallerCache
from push_gateway.auth.staff import Operator
from shared.process.stored import read_or, texts
from shared.redis import keys

IDLE_FOR = 7 * 86_400
"""Seconds without use after which a session ends."""
LIVES_FOR = 30 * 86_400
"""Seconds after the login at which a session expires."""
MOST = 50
"""Sessions of one operator; another one ends the oldest."""
_TOUCH_EVERY = 300.0
_ASKED_AT_ONCE = 500
_FIELDS = ("operator", "created", "seal")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Login:
    """One session as the owner sees it; times in Unix seconds, `seen` within a few minutes."""

    id: str
    operator: str
    created: float
    seen: float
    address: str
    agent: str


class Sessions:
    """All sessions, kept in Redis; the stored keys are useless without `secret`."""

    def __init__(
        self,
        redis: Redis,
        secret: bytes,
        clock: Callable[[], float] = time.time,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._redis = redis
        self._secret = secret
        self._clock = clock
        self._callers = CallerCache(self._look_up, self._extend, note_every=_TOUCH_EVERY, clock=steady)

    def digest(self, token: str) -> str:
        """Return the name under which a token's session is stored."""
        return hmac.new(self._secret, token.encode(), hashlib.sha256).hexdigest()

    async def open(self, operator: Operator, address: str, agent: str) -> str:
        """Begin a session; returns the token for the cookie, which is stored nowhere."""
        token = secrets.token_urlsafe(32)
        digest = self.digest(token)
        fields = {
            "operator": operator.name,
            "created": repr(self._clock()),
            "seal": operators.seal(operator),
            "address": address,
            "agent": agent[:200],
        }
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.hset(keys.session(digest), mapping=fields)
            pipe.expire(keys.session(digest), IDLE_FOR)
            pipe.sadd(keys.sessions_of(operator.name), digest)
            pipe.expire(keys.sessions_of(operator.name), LIVES_FOR)
            await pipe.execute()
        for login in (await self.of(operator.name))[MOST:]:
            await self.end(login.id)
        return token

    async def find(self, token: str, *, fresh: bool = False) -> Caller | None:
        """Return the caller of this session, None when there is no such session; see CallerCache.find."""
        return await self._callers.find(self.digest(token), fresh=fresh)

    async def _look_up(self, digest: str) -> Caller | None:
        stored = await self._redis.hmget(keys.session(digest), [*_FIELDS])
        if stored[0] is None:
            return None
        operator = await operators.find(self._redis, stored[0].decode(errors="replace"))
        return read_or(keys.session(digest), stored, partial(self._caller, digest, operator), None)

    def _caller(self, digest: str, operator: Operator | None, stored: list[bytes | None]) -> Caller | None:
        """Return the caller of a session, None if it is over. Raises ValueError if it cannot be read."""
        name, created, seal = stored
        if name is None or created is None or seal is None or operator is None or operator.disabled:
            return None
        until = float(created) + LIVES_FOR
        if self._clock() > until or seal != operators.seal(operator).encode():
            return None
        return Caller(operator.name, operator.role, digest, until)

    async def _extend(self, caller: Caller) -> None:
        await self._redis.expire(keys.session(caller.digest), IDLE_FOR)

    async def end(self, digest: str) -> bool:
        """End one session, False when there is none; its open sockets follow within seconds, see `ended`."""
        self._callers.forget(digest)
        name = await self._redis.hget(keys.session(digest), "operator")
        async with self._redis.pipeline(transaction=False) as pipe:  # a full Redis takes DEL, but no MULTI
            pipe.delete(keys.session(digest))
            if name is not None:
                pipe.srem(keys.sessions_of(name.decode(errors="replace")), digest)
            await pipe.execute()
        return name is not None

    async def end_all(self, operator: str) -> int:
        """End all sessions of an operator; returns how many there were."""
        logins = await self.of(operator)
        for login in logins:
            await self.end(login.id)
        return len(logins)

    async def of(self, operator: str) -> list[Login]:
        """Return an operator's sessions, newest first; forgets those that have idled out."""
        return (await self.of_each((operator,)))[operator]

    async def of_each(self, staff: Collection[str]) -> dict[str, list[Login]]:
        """Return the sessions of several operators by name, in few round trips."""
        logins: dict[str, list[Login]] = {name: [] for name in staff}
        idled_out: list[tuple[str, str]] = []
        for (name, digest), (stored, ttl) in (await self._stored_of(staff)).items():
            created, address, agent = stored
            began = read_or(keys.session(digest), created, float, None)
            if began is None:
                idled_out.append((name, digest))
                continue
            seen = max(began, self._clock() - (IDLE_FOR - ttl))
            where = (value.decode("utf-8", "replace") for value in (address or b"", agent or b""))
            logins[name].append(Login(digest, name, began, seen, *where))
        with suppress(RedisError, OSError):  # the next reader may forget them as well
            await self._ask(idled_out, lambda pipe, one: pipe.srem(keys.sessions_of(one[0]), one[1]))
        return {name: sorted(of, key=lambda login: -login.created) for name, of in logins.items()}

    async def _stored_of(self, staff: Collection[str]) -> dict[tuple[str, str], tuple[Any, int]]:
        members = await self._ask(staff, lambda pipe, name: pipe.smembers(keys.sessions_of(name)))
        pairs = [
            (name, digest)
            for name, digests in zip(staff, members, strict=True)
            for digest in texts(keys.sessions_of(name), sorted(digests))
        ]
        digests = [digest for _, digest in pairs]
        fields = ["created", "address", "agent"]
        stored = await self._ask(digests, lambda pipe, digest: pipe.hmget(keys.session(digest), fields))
        ttls = await self._ask(digests, lambda pipe, digest: pipe.ttl(keys.session(digest)))
        return dict(zip(pairs, zip(stored, ttls, strict=True), strict=True))

    async def ended(self, digests: Collection[str]) -> set[str]:
        """Return which of these sessions are known to be over, for any reason."""
        staff = await operators.all_operators(self._redis)
        found = await self._ask(digests, lambda pipe, digest: pipe.hmget(keys.session(digest), [*_FIELDS]))
        over: set[str] = set()
        for digest, stored in zip(digests, found, strict=True):
            operator = staff.get(stored[0].decode(errors="replace")) if stored[0] is not None else None
            caller = read_or(keys.session(digest), stored, partial(self._caller, digest, operator), None)
            if caller is None:
                over.add(digest)
                self._callers.forget(digest)
        return over

    async def touch(self, digests: Collection[str]) -> None:
        """Keep the sessions of open sockets from idling out."""
        await self._ask(digests, lambda pipe, digest: pipe.expire(keys.session(digest), IDLE_FOR))

    async def _ask(self, about: Iterable[T], command: Callable[[Pipeline, T], object]) -> list[Any]:
        """Return the replies to one command about each of these, some hundred in a round trip."""
        replies: list[Any] = []
        waiting = list(about)
        for start in range(0, len(waiting), _ASKED_AT_ONCE):
            async with self._redis.pipeline(transaction=False) as pipe:
                for one in waiting[start : start + _ASKED_AT_ONCE]:
                    command(pipe, one)
                replies += await pipe.execute()
        return replies
