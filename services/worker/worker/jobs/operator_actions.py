"""Performs operators' actions at Avito besides replies: deletes, marks as read, blocks.

keys.operator_actions holds what is to be done (shared/wires/operator_actions.py). A job is only a hint: it
may be lost or doubled.
"""

import logging
import secrets
from dataclasses import replace
from typing import Any

from shared.process.stored import read_each
from shared.redis import keys
from shared.redis.lease import Lease
from shared.wires import job_results, jobs, operator_actions
from shared.wires.job_results import Refusal
from shared.wires.operator_actions import OperatorAction
from shared.wires.read_model import stored_chat
from worker.accounts.context import AccountContext, context_of
from worker.avito.errors import AvitoError, BadKeys, BadRequest, Forbidden, NotFound, NotPaid, StaleToken
from worker.jobs.result import refusal_of
from worker.messages.commit import Change, commit
from worker.messages.deletion import as_deleted
from worker.messages.held import held_message, read_until
from worker.messages.message import Message
from worker.sync.sweep.refresh import read_newest

log = logging.getLogger("worker.errands")

LATE_S = 6.0
REQUEUED_AT_ONCE = 50
_FINAL = (NotPaid, Forbidden, NotFound, BadRequest, BadKeys)


async def run_operator_action(
    context: dict[Any, Any], result_id: str, until_ms: int, account_id: int, action_id: str
) -> None:
    """Arq job: perform an action and put its result. After trouble that passes it is done again later."""
    account = context_of(context)
    lease = Lease(account.redis, keys.lease(f"errand:{account_id}:{action_id}"), secrets.token_hex(8))
    async with lease.held() as ours:
        kept = await account.redis.hget(keys.operator_actions(account_id), action_id)
        if ours and kept is not None:
            await _run(account, action_id, operator_actions.read(kept), result_id)


async def _run(account: AccountContext, action_id: str, action: OperatorAction, result_id: str) -> None:
    try:
        match action.kind:
            case "delete":
                await _delete(account, action_id, action)
            case "read":
                await _mark_read(account, action)
            case "blacklist":
                await _blacklist(account, action)
    except StaleToken as error:
        log.warning("worker.errands.later", extra=_extra(action) | {"reason": str(error)})
    except (Refusal, *_FINAL) as error:
        why = error if isinstance(error, Refusal) else refusal_of(error)
        log.warning("worker.errands.refused", extra=_extra(action) | {"reason": why.code})
        await _forget(account, action_id)
        await job_results.put_refusal(account.redis, result_id, why)
    except AvitoError as error:
        log.warning("worker.errands.later", extra=_extra(action) | {"reason": str(error)})
    else:
        log.info("worker.errands.done", extra=_extra(action))
        await _forget(account, action_id)
        await job_results.put_result(account.redis, result_id, {})


async def requeue_due(account: AccountContext) -> None:
    """Queue jobs again for actions that are not done; give up those that are an hour old.

    They are picked at random, so that actions that fail again and again do not delay the others.
    """
    kept = await account.redis.hgetall(keys.operator_actions(account.account_id))
    now = account.clock()
    due: list[str] = []
    key = keys.operator_actions(account.account_id)
    for action_id, action in read_each(
        key, kept.items(), lambda one: (one[0].decode(), operator_actions.read(one[1]))
    ):
        if now - action.at > operator_actions.KEPT_S:
            log.warning("worker.errands.given_up", extra=_extra(action))
            await _forget(account, action_id)
        elif not 0 <= now - action.at <= LATE_S:  # in the future: the clock was set back
            due.append(action_id)
    room = max(0, REQUEUED_AT_ONCE - await jobs.waiting(account.redis, jobs.REQUESTS)) if due else 0
    for action_id in secrets.SystemRandom().sample(due, min(room, len(due))):
        await jobs.enqueue(account.redis, jobs.RUN_OPERATOR_ACTION, "none", 0, account.account_id, action_id)


async def _delete(account: AccountContext, action_id: str, action: OperatorAction) -> None:
    if not action.begun:
        noted = operator_actions.write(replace(action, begun=True))
        await account.redis.hset(keys.operator_actions(account.account_id), action_id, noted)
    try:
        await account.avito.delete_message(action.chat_id, action.message_id)
    except (NotFound, BadRequest):
        if action.begun and await _is_gone(account, action):
            return
        raise
    held = await held_message(account.redis, account.account_id, action.chat_id, action.message_id)
    if held is not None:
        await _commit(account, as_deleted(held))


async def _is_gone(account: AccountContext, action: OperatorAction) -> bool:
    """Read the chat again: did an earlier try, whose response was lost, delete it? Raises AvitoError."""
    await read_newest(account, account.avito, action.chat_id)
    held = await held_message(account.redis, account.account_id, action.chat_id, action.message_id)
    return held is not None and held.deleted


async def _mark_read(account: AccountContext, action: OperatorAction) -> None:
    """Mark as read what the operator saw. Avito marks the whole chat, so it is told only if that is all."""
    read, newer = await read_until(
        account.redis,
        account.account_id,
        action.chat_id,
        lambda message: action.saw_last(message.id, message.created),
    )
    if not newer:
        await account.avito.mark_read(action.chat_id)
    if read is not None:
        await _commit(account, replace(read, read=True))


async def _blacklist(account: AccountContext, action: OperatorAction) -> None:
    key = keys.chat(account.account_id, action.chat_id)
    chat = stored_chat(key, await account.redis.hget(key, "json"))
    buyer, item = chat.get("buyer") or {}, chat.get("item") or {}
    if buyer.get("id") is None:
        raise Refusal(409, "unknown_buyer", "Avito has not told who the buyer is.")
    await account.avito.blacklist(buyer["id"], item.get("id"), action.reason_id)


async def _commit(account: AccountContext, message: Message) -> None:
    change = Change(account.account_id, message.chat_id, (message,), "reply")
    await commit(account.redis, change, account.clock(), account.keep)


async def _forget(account: AccountContext, action_id: str) -> None:
    await account.redis.hdel(keys.operator_actions(account.account_id), action_id)


def _extra(action: OperatorAction) -> dict[str, object]:
    return {"errand": action.kind, "chat": action.chat_id, "operator": action.by}
