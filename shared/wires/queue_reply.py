"""Queues a reply: one of an operator in the gateway, or the worker's automatic answer."""

from typing import Any

from redis.exceptions import NoPermissionError

from shared.redis.lua import Call, scripts
from shared.redis.lua.scripts import QueueReplyReply
from shared.wires import jobs
from shared.wires.outbox import MAX_QUEUED, MAX_QUEUED_IN_CHAT, NewReply, reply_fields


async def queue(redis: Any, new_reply: NewReply) -> QueueReplyReply:
    """Queue a reply, once per ref; returns the verdict and the JSON of lua/queue_reply.lua."""
    try:
        done = await _queueing(new_reply, with_withdrawn=True).run(redis)
    except NoPermissionError:  # users.acl of an older version
        done = await _queueing(new_reply, with_withdrawn=False).run(redis)
    if done.verdict == "queued":
        await jobs.enqueue(redis, jobs.DELIVER, new_reply.account_id, new_reply.chat_id)
    return done


def _queueing(new_reply: NewReply, *, with_withdrawn: bool) -> Call[QueueReplyReply]:
    return scripts.queue_reply(
        account_id=new_reply.account_id,
        chat_id=new_reply.chat_id,
        ref=new_reply.ref,
        with_withdrawn=with_withdrawn,
        now=new_reply.at,
        most_here=MAX_QUEUED_IN_CHAT,
        most=MAX_QUEUED,
        reply=reply_fields(new_reply),
    )
