"""Tokens of integrators: shown once, kept as a digest, revocable, with their last use.

A token is `avl_<id>_<secret>`. The secret has 256 random bits, so a plain SHA-256 of it is enough to keep.
"""

import hashlib
import hmac
import logging
import secrets
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import orjson
from redis.asyncio import Redis
from redis.asyncio.client import Pipeline

from push_gateway.auth import operators
from push_gateway.auth.access import PROGRAM_SIGN, Caller, TokenScope
from push_gateway.auth.caller_cache import CallerCache
from push_gateway.auth.staff import StaffError, check_name, manages
from shared.process.stored import read_each, read_or
from shared.redis import keys
from shared.wires import revocations
from shared.wires.revocations import Revocation

MOST = 100
_MARK = "avl"
_NOTE_USE_EVERY = 60.0
_LOG = logging.getLogger("push_gateway.tokens")


@dataclass(frozen=True, slots=True)
class Token:
    """A token as it is listed; times in Unix seconds, `used` to the minute, None: never."""

    id: str
    name: str
    scope: TokenScope
    by: str
    created: float
    used: float | None = None


class Tokens:
    """All tokens, kept in Redis."""

    def __init__(
        self,
        redis: Redis,
        clock: Callable[[], float] = time.time,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._redis = redis
        self._clock = clock
        self._callers = CallerCache(self._look_up, self._note_use, note_every=_NOTE_USE_EVERY, clock=steady)

    async def add(self, name: str, scope: TokenScope, by: str) -> tuple[Token, str]:
        """Make a token; returns it and its text, which is not stored. Raises StaffError."""
        check_name(name)
        token = Token(secrets.token_hex(6), name, scope, by, round(self._clock(), 3))
        text = f"{_MARK}_{token.id}_{secrets.token_urlsafe(32)}"
        stored = {"name": name, "scope": scope, "by": by, "created": token.created, "digest": _digest(text)}
        await self._store(token, orjson.dumps(stored))
        _LOG.info("push_gateway.tokens.made", extra={"token": token.id, "scope": scope, "by": by})
        return token, text

    async def _store(self, token: Token, stored: bytes) -> None:
        """Store a token unless its maker has just lost the right to make one."""

        async def store(pipe: Pipeline) -> None:
            maker = await operators.find(pipe, token.by)
            if maker is not None and not manages(maker):
                raise StaffError("forbidden", "Only an owner makes tokens.")
            if await pipe.hlen(keys.TOKENS) >= MOST:
                raise StaffError("too_many", f"There are {MOST} tokens already: revoke one first.")
            pipe.multi()
            pipe.hset(keys.TOKENS, token.id, stored)

        await self._redis.transaction(store, keys.OPERATORS)

    async def made_by(self, operator: str) -> list[Token]:
        """Return the tokens that an operator made, the newest first."""
        return [token for token in await self.all() if token.by == operator]

    async def revoke_made_by(self, operator: str) -> list[Token]:
        """Revoke all tokens that an operator made; returns them."""
        made = await self.made_by(operator)
        return [token for token in made if await self.revoke(token.id)]

    async def all(self) -> list[Token]:
        """Return all tokens, the newest first."""
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.hgetall(keys.TOKENS)
            pipe.hgetall(keys.TOKENS_USED)
            stored, used = await pipe.execute()
        tokens = read_each(keys.TOKENS, stored.items(), lambda one: _read(one[0], one[1], used.get(one[0])))
        return sorted(tokens, key=lambda token: -token.created)

    async def revoke(self, token_id: str) -> bool:
        """Revoke a token, False when there is none; its open sockets are closed within seconds."""
        async with self._redis.pipeline(transaction=False) as pipe:  # a full Redis takes HDEL, but no MULTI
            pipe.hdel(keys.TOKENS, token_id)
            pipe.hdel(keys.TOKENS_USED, token_id)
            gone, _ = await pipe.execute()
        if gone:
            await revocations.try_record(self._redis, [Revocation("token", token_id, self._clock())])
            _LOG.info("push_gateway.tokens.revoked", extra={"token": token_id})
        return bool(gone)

    async def find(self, text: str) -> Caller | None:
        """Return the caller of this token, None when there is no such token; see CallerCache.find."""
        mark, _, rest = text.partition("_")
        token_id, _, secret = rest.partition("_")
        if mark != _MARK or not secret or not token_id.isalnum():
            return None
        return await self._callers.find(f"{token_id}:{_digest(text)}")

    async def ended(self, digests: Iterable[str]) -> set[str]:
        """Return which of these tokens are known to be revoked."""
        over = {digest for digest in set(digests) if await self._look_up(digest) is None}
        for digest in over:
            self._callers.forget(digest)
        return over

    async def _look_up(self, digest: str) -> Caller | None:
        token_id, _, given = digest.partition(":")
        text = await self._redis.hget(keys.TOKENS, token_id)
        stored = read_or(keys.TOKENS, text, _fields, None)
        if stored is None or not hmac.compare_digest(stored["digest"], given):
            return None
        return Caller(f"{PROGRAM_SIGN}{stored['name']}", stored["scope"], digest)

    async def _note_use(self, caller: Caller) -> None:
        token_id = caller.digest.partition(":")[0]
        await self._redis.hset(keys.TOKENS_USED, token_id, repr(round(self._clock(), 3)))


def _fields(text: bytes) -> dict[str, Any]:
    """Return what is stored of a token. Raises ValueError, TypeError or LookupError."""
    fields = dict(orjson.loads(text))
    _ = fields["digest"].encode(), fields["name"], fields["scope"], fields["by"], float(fields["created"])
    return fields


def _read(token_id: bytes, text: bytes, used: bytes | None) -> Token:
    fields, last = _fields(text), read_or(keys.TOKENS_USED, used, float, None)
    name, scope, by, created = (fields[field] for field in ("name", "scope", "by", "created"))
    return Token(token_id.decode(), name, scope, by, created, last)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
