"""Decides what one inbox entry is: something to commit, to settle or to bury. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from shared.wires import inbox
from worker.intake.mark_unverified import is_unsigned
from worker.messages.commit import Change
from worker.messages.message import Probe, Unreadable
from worker.messages.reading import read_webhook


@dataclass(frozen=True, slots=True)
class Commit:
    """Merge this."""

    change: Change


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """Nothing to show: a probe, or a canary that was accepted at `canary`."""

    canary: float | None = None


@dataclass(frozen=True, slots=True)
class DeadLetterIt:
    """Nothing we understand, for this reason."""

    reason: str


@dataclass(frozen=True, slots=True)
class MarkUnverified:
    """It came by the right address, but is not signed as it must be: only a hint."""


def decide(
    entry: bytes, fields: Mapping[bytes, bytes], account_id: int, now: float, signature_key: bytes = b""
) -> Commit | Acknowledge | DeadLetterIt | MarkUnverified:
    """Decide by the entry alone; whatever is in it, this never raises for its content."""
    webhook = inbox.read(fields)
    if inbox.CANARY in fields:
        return Acknowledge(canary=webhook.accepted)
    if is_unsigned(fields, signature_key):
        return MarkUnverified()
    try:
        read = read_webhook(webhook.body, account_id, now)
    except Unreadable as why:
        return DeadLetterIt(str(why))
    if isinstance(read, Probe):
        return Acknowledge()
    message = read.message
    return Commit(
        Change(
            account_id=message.account_id,
            chat_id=message.chat_id,
            messages=(message,),
            source="webhook",
            chat_type=read.chat_type,
            entry=entry,
            accepted=webhook.accepted,
        )
    )
