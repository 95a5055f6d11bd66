"""What one read of the inbox is to become: each entry decided, with the command that does it. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from shared.redis import keys, lua
from shared.wires import inbox
from worker.intake import dead_letters
from worker.intake.acknowledge import acknowledge_command
from worker.intake.entry import Acknowledge, Commit, DeadLetterIt, MarkUnverified, decide
from worker.intake.mark_unverified import mark_unverified_command
from worker.messages import commit

NOTE_WEBHOOK = lua.load("note_webhook")

StreamEntry: TypeAlias = tuple[bytes, Mapping[bytes, bytes]]
Command: TypeAlias = list[Any]
Decision: TypeAlias = Commit | Acknowledge | DeadLetterIt | MarkUnverified


@dataclass(frozen=True, slots=True)
class Batch:
    """Entries in the order they came, what each becomes, the command of each, and then what else to note."""

    entries: tuple[StreamEntry, ...]
    decisions: tuple[Decision, ...]
    commands: tuple[Command, ...]


def understand(
    entries: Iterable[StreamEntry], account_id: int, keep: int, now: float, signature_key: bytes = b""
) -> Batch:
    """Decide each entry by itself; whatever is in one, this never raises for its content."""
    taken = tuple(entries)
    decisions = tuple(decide(*entry, account_id, now, signature_key) for entry in taken)
    commands = [_command(*entry, what, keep, now) for entry, what in zip(taken, decisions, strict=True)]
    newest = _newest_webhook(fields for _, fields in taken)
    if newest is not None:
        commands.append(["EVALSHA", NOTE_WEBHOOK.sha, 1, keys.FACTS, repr(newest), repr(now)])
    return Batch(taken, decisions, tuple(commands))


def _newest_webhook(entries: Iterable[Mapping[bytes, bytes]]) -> float | None:
    """Return when the newest real webhook among these was accepted; canaries are not webhooks."""
    return max(
        (inbox.read(fields).accepted for fields in entries if not inbox.is_canary(fields)), default=None
    )


def _command(entry: bytes, fields: Mapping[bytes, bytes], what: Decision, keep: int, now: float) -> Command:
    match what:
        case Commit(change):
            return commit.command(change, now, keep)
        case Acknowledge(canary):
            return acknowledge_command(entry, now, canary)
        case MarkUnverified():
            return mark_unverified_command(entry, fields)
        case DeadLetterIt(reason):
            return dead_letters.dead_letter_command(entry, fields, reason, now)
