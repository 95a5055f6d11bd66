"""The gateway's side of the outbox: queue, cancel, retry, show. The worker sends what is queued."""

import asyncio
from typing import Literal

from redis.asyncio import Redis
from redis.exceptions import NoPermissionError, RedisError

from push_gateway.chats.accounts import all_accounts
from shared.redis import keys
from shared.redis.lua import scripts
from shared.redis.lua.scripts import QueueReplyReply, RetryReplyVerdict
from shared.redis.master_pool import OneMasterPool
from shared.redis.replication import is_replicated, term_of
from shared.wires import jobs
from shared.wires.outbox import NewReply
from shared.wires.queue_reply import queue
from shared.wires.read_model import objects

_QUEUED_WITHIN_S = 3.5
_AGAIN_S = 0.1

ReplyAction = Literal["cancel", "retry"]


async def queue_safely(redis: Redis, wish: NewReply) -> QueueReplyReply:
    """Queue a reply, under its ref again and again until a replica has it.

    A planned failover would lose it otherwise: the next master may know nothing of it. It is not sent twice,
    since the worker does not send what no replica knows (worker/outbox/attempt.py). Raises TimeoutError, and
    RedisError where there are no Sentinels.
    """
    async with asyncio.timeout(_QUEUED_WITHIN_S):
        while True:
            term = term_of(redis)
            try:
                done = await queue(redis, wish)
                if done.verdict not in ("queued", "known") or await is_replicated(redis, term):
                    return done
            except RedisError:
                if not isinstance(redis.connection_pool, OneMasterPool):
                    raise
            await asyncio.sleep(_AGAIN_S)


async def cancel_or_retry(
    redis: Redis, action: ReplyAction, ref: str, now: float
) -> tuple[RetryReplyVerdict, bytes]:
    """Cancel or retry a reply; returns the script's verdict and the outbox item (ready JSON).

    An unknown reply that is cancelled is not queued if it arrives within an hour.
    """
    for account in await all_accounts(redis):
        chat = await redis.hget(keys.reply(account, ref), "chat")
        if chat is None:
            continue
        chat_id = chat.decode(errors="replace")
        if action == "cancel":
            verdict, item = await scripts.cancel_reply(
                account_id=account, chat_id=chat_id, ref=ref, now=now
            ).run(redis)
        else:
            verdict, item = await scripts.retry_reply(
                account_id=account, chat_id=chat_id, ref=ref, now=now
            ).run(redis)
        if verdict == "done":
            await jobs.enqueue(redis, jobs.DELIVER, account, chat_id)
        return verdict, item
    if action == "cancel" and not await _withdraw(redis, ref, now):
        return await cancel_or_retry(redis, action, ref, now)  # it has arrived meanwhile
    return "unknown", b""


async def _withdraw(redis: Redis, ref: str, now: float) -> bool:
    for account in await all_accounts(redis):
        try:
            if not await scripts.withdraw_reply(account_id=account, ref=ref, now=now).run(redis):
                return False
        except NoPermissionError:  # users.acl of an older version
            return True
    return True


async def find(redis: Redis, ref: str) -> bytes | None:
    """Return the outbox item (ready JSON) of a reply; None when there is none, or none any more."""
    for account in await all_accounts(redis):
        key = keys.reply(account, ref)
        for item in objects(key, [await redis.hget(key, "json")]):
            return item
    return None
