"""What each inbox entry is, and the command by which Redis handles it, atomically. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from shared.redis.lua import scripts
from shared.wires import dead_letters, inbox
from shared.wires.webhook_body import UnopenedError, open_body
from worker.messages import commit
from worker.messages.commit import Change
from worker.messages.message import Unreadable
from worker.messages.reading import read_webhook

MOST_DEAD_LETTERS = 10_000
_LONGEST_REASON = 500
SCRIPTS = ("commit", "acknowledge", "dead_letter", "record_webhook")
"""All that the commands of a batch run."""

Fields: TypeAlias = Mapping[bytes, bytes]
StreamEntry: TypeAlias = tuple[bytes, Fields]
Command: TypeAlias = list[Any]


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """Nothing to show: a probe, or a canary that was accepted at `canary` and goes on to the gateways."""

    canary: float | None = None


@dataclass(frozen=True, slots=True)
class Reject:
    """Not readable, for this reason: it goes to the dead letters."""

    reason: str


Decision: TypeAlias = Change | Acknowledge | Reject
"""A change is to be merged into the read model."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Entries in the order they came, the decision on each, and the command of each, then of the batch."""

    entries: tuple[StreamEntry, ...]
    decisions: tuple[Decision, ...]
    commands: tuple[Command, ...]


def understand(entries: Iterable[StreamEntry], account_id: int, keep: int, now: float) -> Batch:
    """Decide on each entry by itself; no content of an entry makes this raise."""
    taken = tuple(entries)
    decisions = tuple(decide(*entry, account_id, now) for entry in taken)
    commands = [
        _command(*entry, decision, keep, now) for entry, decision in zip(taken, decisions, strict=True)
    ]
    webhooks = (inbox.read(fields) for _, fields in taken if not inbox.is_canary(fields))
    newest = max((webhook.accepted for webhook in webhooks), default=None)
    if newest is not None:
        commands.append(scripts.record_webhook(accepted=newest, now=now).evalsha())
    return Batch(taken, decisions, tuple(commands))


def decide(entry: bytes, fields: Fields, account_id: int, now: float) -> Decision:
    """Decide by the entry alone."""
    webhook = inbox.read(fields)
    if inbox.is_canary(fields):
        return Acknowledge(canary=webhook.accepted)
    try:
        read = read_webhook(open_body(webhook), account_id, now)
    except (UnopenedError, Unreadable) as error:
        return Reject(str(error))
    if read is None:
        return Acknowledge()
    return Change(
        account_id=read.account_id,
        chat_id=read.chat_id,
        messages=(read,),
        source="webhook",
        chat_type=read.chat_type,
        entry=entry,
        accepted=webhook.accepted,
    )


def reject_command(entry: bytes, fields: Fields, reason: str, now: float) -> Command:
    """Return the command that moves an entry to the dead letters, see shared/wires/dead_letters.py."""
    kept: list[Any] = [part for name in dead_letters.KEPT if name in fields for part in (name, fields[name])]
    kept += [dead_letters.REASON, reason[:_LONGEST_REASON], dead_letters.AT, now]
    return scripts.dead_letter(entry=entry, most=MOST_DEAD_LETTERS, fields=kept).evalsha()


def _command(entry: bytes, fields: Fields, decision: Decision, keep: int, now: float) -> Command:
    match decision:
        case Change():
            return commit.command(decision, now, keep)
        case Acknowledge(canary):
            return scripts.acknowledge(entry=entry, now=now, canary=canary).evalsha()
        case Reject(reason):
            return reject_command(entry, fields, reason, now)
