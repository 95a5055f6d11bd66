"""Quick replies in Redis: one hash, changed as a whole or not at all."""

import hashlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict

import orjson
from redis.asyncio import Redis
from redis.exceptions import WatchError

from push_gateway.features.quick_replies.catalogue import Catalogue, Edit, QuickReply, Wording, in_order
from shared.process.stored import read_each
from shared.redis import keys

_TRIES = 5


async def load(redis: Redis) -> Catalogue:
    """Return the catalogue. Raises RedisError."""
    return _read_all(await redis.hgetall(keys.QUICK_REPLIES))


async def save(redis: Redis, decide: Callable[[Catalogue], Edit]) -> Edit:
    """Apply the edit that `decide` returns for the present catalogue; atomic over all gateways.

    Raises what `decide` raises (then nothing is saved), RedisError, and of these WatchError where others
    changed the catalogue at each of a few tries.
    """
    for _ in range(_TRIES - 1):
        with suppress(WatchError):
            return await _try_to_save(redis, decide)
    return await _try_to_save(redis, decide)


async def _try_to_save(redis: Redis, decide: Callable[[Catalogue], Edit]) -> Edit:
    async with redis.pipeline(transaction=True) as pipe:
        await pipe.watch(keys.QUICK_REPLIES)
        edit = decide(_read_all(await pipe.hgetall(keys.QUICK_REPLIES)))
        pipe.multi()
        if edit.put:
            pipe.hset(keys.QUICK_REPLIES, mapping={reply.id: _write(reply) for reply in edit.put})
        if edit.gone:
            pipe.hdel(keys.QUICK_REPLIES, *edit.gone)
        await pipe.execute()
        return edit


def fields_of(reply: QuickReply) -> dict[str, object]:
    """Return the fields of a quick reply as the API shows them."""
    return {
        "id": reply.id,
        **asdict(reply.wording),
        "version": reply.version,
        "by": reply.by,
        "at": reply.at,
    }


def to_json(catalogue: Catalogue) -> tuple[bytes, str]:
    """Return the catalogue as JSON, in order, and an ETag of it."""
    body = orjson.dumps({"quick_replies": [fields_of(reply) for reply in in_order(catalogue)]})
    return body, hashlib.sha256(body).hexdigest()[:24]


def _read_all(found: Mapping[bytes, bytes]) -> Catalogue:
    read = read_each(keys.QUICK_REPLIES, found.items(), lambda one: _read(one[0].decode(), one[1]))
    return {reply.id: reply for reply in read}


def _read(reply_id: str, text: bytes) -> QuickReply:
    fields = orjson.loads(text)
    written = Wording(*(str(fields[name]) for name in ("folder", "name", "text")))
    return QuickReply(reply_id, written, int(fields["version"]), fields["by"], fields["at"])


def _write(reply: QuickReply) -> bytes:
    fields = fields_of(reply)
    del fields["id"]
    return orjson.dumps(fields)
