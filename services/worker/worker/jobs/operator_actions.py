"""Does what operators ask of Avito besides replies: deletes, marks as read, blocks.

What is to do stands in keys.operator_actions (shared/wires/operator_actions.py); jobs are only hints of it.
"""

import logging
import secrets
from dataclasses import dataclass, replace
from typing import Any

import orjson

from shared.redis import keys
from shared.redis.lease import Lease
from shared.wires import job_results, jobs, operator_actions
from shared.wires.job_results import Refusal
from shared.wires.operator_actions import OperatorAction
from worker.accounts.context import AccountContext, context_of
from worker.avito.errors import AvitoError, BadKeys, BadRequest, Forbidden, NotFound, NotPaid
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
    context: dict[Any, Any], ask_id: str, until_ms: int, account_id: int, errand_id: str
) -> None:
    """Arq job: do it, and tell whoever waits. Trouble that passes leaves it to be done again."""
    account = context_of(context)
    lease = Lease(account.redis, keys.lease(f"errand:{account_id}:{errand_id}"), secrets.token_hex(8))
    async with lease.kept() as ours:
        kept = await account.redis.execute_command("HGET", keys.operator_actions(account_id), errand_id)
        if ours and kept is not None:
            await _run(account, PendingAction(account_id, errand_id, ask_id), operator_actions.read(kept))


@dataclass(frozen=True, slots=True)
class PendingAction:
    """Where an errand is kept, and who waits for its end."""

    account_id: int
    errand_id: str
    ask_id: str


async def _run(account: AccountContext, asked: PendingAction, errand: OperatorAction) -> None:
    try:
        await _do(account, asked, errand)
    except (Refusal, *_FINAL) as error:
        why = error if isinstance(error, Refusal) else refusal_of(error)
        log.warning("worker.errands.refused", extra=_extra(errand) | {"reason": why.code})
        await _forget(account, asked.account_id, asked.errand_id)
        await job_results.refuse(account.redis, asked.ask_id, why)
    except AvitoError as error:
        log.warning("worker.errands.later", extra=_extra(errand) | {"reason": str(error)})
    else:
        log.info("worker.errands.done", extra=_extra(errand))
        await _forget(account, asked.account_id, asked.errand_id)
        await job_results.answer(account.redis, asked.ask_id, {})


async def requeue_due(account: AccountContext) -> None:
    """Put back the hints of what is not done; what is an hour old nobody wants any more.

    Which of many is left to chance: those that fail again and again must not keep the others from their turn.
    """
    kept = await account.redis.execute_command("HGETALL", keys.operator_actions(account.account_id))
    now = account.clock()
    due: list[str] = []
    for errand_id, data in kept.items():
        errand = operator_actions.read(data)
        if now - errand.at > operator_actions.KEPT_S:
            log.warning("worker.errands.given_up", extra=_extra(errand))
            await _forget(account, account.account_id, errand_id.decode())
        elif not 0 <= now - errand.at <= LATE_S:  # a clock that was set back is no reason to wait
            due.append(errand_id.decode())
    room = max(0, REQUEUED_AT_ONCE - await jobs.waiting(account.redis, jobs.REQUESTS)) if due else 0
    for errand_id in secrets.SystemRandom().sample(due, min(room, len(due))):
        await jobs.enqueue(account.redis, jobs.RUN_ERRAND, "nobody", 0, account.account_id, errand_id)


async def _do(account: AccountContext, asked: PendingAction, errand: OperatorAction) -> None:
    match errand.kind:
        case "delete":
            await _delete(account, asked, errand)
        case "read":
            await _mark_read(account, asked.account_id, errand)
        case "blacklist":
            await _blacklist(account, asked.account_id, errand)


async def _delete(account: AccountContext, asked: PendingAction, errand: OperatorAction) -> None:
    if not errand.begun:
        noted = operator_actions.write(replace(errand, begun=True))
        await account.redis.execute_command(
            "HSET", keys.operator_actions(asked.account_id), asked.errand_id, noted
        )
    try:
        await account.avito.delete_message(errand.chat_id, errand.message_id)
    except (NotFound, BadRequest):
        if errand.begun and await _is_gone(account, errand):
            return
        raise
    held = await held_message(account.redis, asked.account_id, errand.chat_id, errand.message_id)
    if held is not None:
        await _commit(account, asked.account_id, as_deleted(held))


async def _is_gone(account: AccountContext, errand: OperatorAction) -> bool:
    """Look whether a try whose answer was lost has deleted it; shows what Avito has. Raises AvitoError."""
    await read_newest(account, account.avito, errand.chat_id)
    held = await held_message(account.redis, account.account_id, errand.chat_id, errand.message_id)
    return held is not None and held.deleted


async def _mark_read(account: AccountContext, account_id: int, errand: OperatorAction) -> None:
    """Mark as read what the operator saw; Avito, which marks all, is told only when that is all."""
    read, newer = await read_until(
        account.redis,
        account_id,
        errand.chat_id,
        lambda message: errand.saw_last(message.id, message.created),
    )
    if not newer:
        await account.avito.mark_read(errand.chat_id)
    if read is not None:
        await _commit(account, account_id, replace(read, read=True))


async def _blacklist(account: AccountContext, account_id: int, errand: OperatorAction) -> None:
    shown = await account.redis.execute_command("HGET", keys.chat(account_id, errand.chat_id), "json")
    chat = orjson.loads(shown) if shown else {}
    buyer, item = chat.get("buyer") or {}, chat.get("item") or {}
    if buyer.get("id") is None:
        raise Refusal(409, "unknown_buyer", "Avito has not told who the buyer is.")
    await account.avito.blacklist(buyer["id"], item.get("id"), errand.reason_id)


async def _commit(account: AccountContext, account_id: int, message: Message) -> None:
    change = Change(account_id, message.chat_id, (message,), "reply")
    await commit(account.redis, change, account.clock(), account.keep)


async def _forget(account: AccountContext, account_id: int, errand_id: str) -> None:
    await account.redis.execute_command("HDEL", keys.operator_actions(account_id), errand_id)


def _extra(errand: OperatorAction) -> dict[str, object]:
    return {"errand": errand.kind, "chat": errand.chat_id, "operator": errand.by}
