"""Removes everything that belongs to one account."""

import secrets
from typing import Any

import orjson
from redis.asyncio import Redis

from avito_live.erasure import key_names
from avito_live.erasure.note_sizes import notes_bytes
from shared.redis import keys
from shared.wires import inbox
from shared.wires.webhook_body import readable


async def remove_account(store: Redis, account: int) -> int:
    """Remove an account's data at once, return the number of keys; operators and settings stay.

    Waiting webhooks and dead letters are removed too, unless they name another account. An epoch begins.
    """
    names = await key_names.matching(store, f"{keys.PREFIX}:{account}:*")
    ours, a_picture = f"{account}/".encode(), keys.picture(account, "").encode()
    pictures = {name.rpartition(b":")[2] for name in names if name.startswith(a_picture)}
    a_note = keys.notes(account, "").encode()
    of_notes = await notes_bytes(store, [name for name in names if name.startswith(a_note)])
    waiting = await store.zrange(keys.OUTBOX_WAITING, 0, -1)
    rooms = await store.zrange(keys.PICTURES, 0, -1)
    async with store.pipeline(transaction=True) as pipe:
        for name in names:
            pipe.unlink(name)
        for member in filter(lambda member: member.startswith(ours), waiting):
            pipe.zrem(keys.OUTBOX_WAITING, member)
        for room in filter(lambda room: room.partition(b" ")[0] in pictures, rooms):
            pipe.zrem(keys.PICTURES, room)
        for stream in (keys.DEAD, keys.INBOX, keys.UNVERIFIED):
            for entry, fields in await store.xrange(stream):
                if not _is_anothers(readable(inbox.read(fields)), account):
                    pipe.xdel(stream, entry)
                    pipe.hdel(keys.COMMIT_ATTEMPTS, entry)
        pipe.srem(keys.ACCOUNTS, account)
        if of_notes:
            pipe.hincrby(keys.STATE, "notes", -of_notes)
        pipe.unlink(keys.FACTS, keys.SWITCHES, keys.ALERTS_SENT, keys.FORWARDING_POSITION)
        pipe.xtrim(keys.JOURNAL, maxlen=0, approximate=False)
        pipe.hset(keys.STATE, "epoch", secrets.token_hex(6))  # gateways and browsers read again
        await pipe.execute()
    return len(names)


def _is_anothers(body: bytes, account: int) -> bool:
    """Whether a webhook names another account; one that names none belongs to this account."""
    value: Any
    try:
        value = orjson.loads(body)
        for name in ("payload", "value", "user_id"):
            value = value[name]
        return int(value) != account
    except (ValueError, KeyError, TypeError, IndexError):
        return False
