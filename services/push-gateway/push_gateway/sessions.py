"""Sessions: a random token in the browser's cookie, its HMAC as the key in Redis.

They live on in Redis when a gateway restarts. A session that was seen within the last minute still counts
while Redis cannot be asked, so that nobody is logged out by its absence.
"""

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from redis.asyncio import Redis
from redis.exceptions import RedisError

from push_gateway import operators
from push_gateway.access import Caller
from shared import keys

IDLE_FOR = 7 * 86_400
"""Seconds without use after which a session ends."""
LIVES_FOR = 30 * 86_400
"""Seconds after the login at which a session ends in any case."""
_FRESH_FOR = 2.0
_TRUSTED_FOR = 60.0
_TOUCH_EVERY = 300.0
_CACHED_AT_MOST = 10_000
_ASKED_AT_ONCE = 500


@dataclass(slots=True)
class _Seen:
    caller: Caller
    asked_at: float
    touched_at: float


class Sessions:
    """All sessions, kept in Redis; `secret` makes what is stored useless without it."""

    def __init__(self, redis: Redis, secret: bytes, clock: Callable[[], float] = time.time) -> None:
        self._redis = redis
        self._secret = secret
        self._clock = clock
        self._seen: dict[str, _Seen] = {}

    def digest(self, token: str) -> str:
        """Return the name under which a token's session is stored."""
        return hmac.new(self._secret, token.encode(), hashlib.sha256).hexdigest()

    async def open(self, operator: str, address: str, agent: str) -> str:
        """Begin a session; returns the token for the cookie, which is stored nowhere."""
        token = secrets.token_urlsafe(32)
        digest = self.digest(token)
        fields = ("operator", operator, "created", repr(self._clock()), "address", address)
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.execute_command("HSET", keys.session(digest), *fields, "agent", agent[:200])
            pipe.execute_command("EXPIRE", keys.session(digest), IDLE_FOR)
            pipe.execute_command("SADD", keys.sessions_of(operator), digest)
            pipe.execute_command("EXPIRE", keys.sessions_of(operator), LIVES_FOR)
            await pipe.execute()
        return token

    async def find(self, token: str) -> Caller | None:
        """Return whose session this is, None when it is known to be none.

        Raises RedisError when that cannot be known now.
        """
        digest = self.digest(token)
        seen, now = self._seen.get(digest), self._clock()
        if seen is not None and now - seen.asked_at < _FRESH_FOR:
            return seen.caller
        try:
            caller = await self._ask(digest, now)
        except (RedisError, OSError, TimeoutError):
            if seen is not None and now - seen.asked_at < _TRUSTED_FOR:
                return seen.caller
            raise
        if caller is None:
            self._seen.pop(digest, None)
            return None
        await self._remember(digest, caller, now)
        return caller

    async def _ask(self, digest: str, now: float) -> Caller | None:
        name, created = await self._redis.execute_command(
            "HMGET", keys.session(digest), "operator", "created"
        )
        if name is None or created is None or now - float(created) > LIVES_FOR:
            return None
        operator = await operators.find(self._redis, name.decode())
        if operator is None or operator.disabled:
            return None
        return Caller(operator.name, operator.role, digest)

    async def _remember(self, digest: str, caller: Caller, now: float) -> None:
        seen = self._seen.pop(digest, None)
        touched_at = seen.touched_at if seen else 0.0
        if now - touched_at > _TOUCH_EVERY:
            await self._redis.execute_command("EXPIRE", keys.session(digest), IDLE_FOR)
            touched_at = now
        self._seen[digest] = _Seen(caller, now, touched_at)
        while len(self._seen) > _CACHED_AT_MOST:
            del self._seen[next(iter(self._seen))]

    async def end(self, digest: str) -> None:
        """End one session; open sockets of it follow within seconds, see `ended`."""
        self._seen.pop(digest, None)
        name = await self._redis.execute_command("HGET", keys.session(digest), "operator")
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.execute_command("DEL", keys.session(digest))
            if name is not None:
                pipe.execute_command("SREM", keys.sessions_of(name.decode()), digest)
            await pipe.execute()

    async def end_all(self, operator: str) -> int:
        """End all sessions of an operator; returns how many there were."""
        digests = await self._redis.execute_command("SMEMBERS", keys.sessions_of(operator))
        for digest in digests:
            await self.end(digest.decode())
        return len(digests)

    async def ended(self, digests: Iterable[str]) -> set[str]:
        """Return which of these sessions are known to be over."""
        names = list(digests)
        over: set[str] = set()
        for start in range(0, len(names), _ASKED_AT_ONCE):
            over |= await self._ended(names[start : start + _ASKED_AT_ONCE])
        for digest in over:
            self._seen.pop(digest, None)
        return over

    async def _ended(self, names: list[str]) -> set[str]:
        """One command says that all of them live; only if not is each one asked."""
        living = await self._redis.execute_command("EXISTS", *(keys.session(name) for name in names))
        if living == len(names):
            return set()
        async with self._redis.pipeline(transaction=False) as pipe:
            for name in names:
                pipe.execute_command("EXISTS", keys.session(name))
            found = await pipe.execute()
        return {name for name, there in zip(names, found, strict=True) if not there}

    async def touch(self, digests: Iterable[str]) -> None:
        """Keep the sessions of open sockets from idling out."""
        names = list(digests)
        for start in range(0, len(names), _ASKED_AT_ONCE):
            async with self._redis.pipeline(transaction=False) as pipe:
                for name in names[start : start + _ASKED_AT_ONCE]:
                    pipe.execute_command("EXPIRE", keys.session(name), IDLE_FOR)
                await pipe.execute()
