"""Queues a reply: one of an operator in the gateway, or the worker's automatic answer."""

from typing import Any, Literal, cast

from redis.exceptions import NoPermissionError

from shared.redis import keys, lua
from shared.wires import jobs
from shared.wires.outbox import MAX_QUEUED, MAX_QUEUED_IN_CHAT, NewReply, reply_fields

QueueVerdict = Literal["queued", "known", "conflict", "unknown", "full", "answered", "withdrawn"]

_QUEUE = lua.load("queue_reply")


async def queue(redis: Any, new_reply: NewReply) -> tuple[QueueVerdict, bytes]:
    """Queue a reply, once per ref; returns the verdict and the JSON of lua/queue_reply.lua."""
    account, chat = new_reply.account_id, new_reply.chat_id
    names = [
        *(keys.STATE, keys.JOURNAL, keys.reply(account, new_reply.ref), keys.outbox(account, chat)),
        *(
            keys.OUTBOX_WAITING,
            keys.to_deliver(account),
            keys.chat(account, chat),
            keys.thread(account, chat),
        ),
    ]
    flat = [part for pair in reply_fields(new_reply).items() for part in pair]
    arguments = [repr(new_reply.at), MAX_QUEUED_IN_CHAT, MAX_QUEUED, *flat]
    try:
        verdict, item = await _QUEUE.run(redis, [*names, keys.withdrawn(account)], arguments)
    except NoPermissionError:  # users.acl of an older version lacks the last key
        verdict, item = await _QUEUE.run(redis, names, arguments)
    if verdict == b"queued":
        await jobs.enqueue(redis, jobs.DELIVER, account, chat)
    return cast("QueueVerdict", verdict.decode()), item
