"""What each inbox entry is, and the commands by which Redis handles it, atomically. Pure."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from shared.redis.lua import scripts
from shared.wires import dead_letters, inbox
from shared.wires.webhook_body import UnopenedError, open_body
from worker.messages import commit
from worker.messages.commit import Change
from worker.messages.message import Message
from worker.messages.webhook import read_webhook

MOST_DEAD_LETTERS = 10_000
_LONGEST_REASON = 500
SCRIPTS = ("commit", "acknowledge", "dead_letter", "record_webhook")
"""All that the commands of a batch run."""

Fields: TypeAlias = Mapping[bytes, bytes]
StreamEntry: TypeAlias = tuple[bytes, Fields]
Command: TypeAlias = list[Any]


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """Nothing to show: a probe, an event in `chats`, or a canary, accepted at `canary`, for the gateways."""

    canary: float | None = None
    chats: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reject:
    """Not readable, for this reason: it goes to the dead letters.

    `chats`: to be looked up at Avito; `message_ids`: named by it. `product`: the other product it is of.
    """

    reason: str
    chats: tuple[str, ...] = ()
    message_ids: tuple[str, ...] = ()
    product: str = ""


Step: TypeAlias = Change | Acknowledge | Reject
"""A change is to be merged into the read model."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of an entry: the first step at once, the others when it is done, one by one.

    Only the last step acknowledges the entry, so an entry that is gone has had its whole effect.
    """

    first: Step
    others: tuple[Step, ...] = ()

    @property
    def is_test(self) -> bool:
        """Whether it says nothing of Avito: a canary, or a probe, which `make doctor` sends too."""
        return isinstance(self.first, Acknowledge) and not self.first.chats


@dataclass(frozen=True, slots=True)
class Batch:
    """Entries in the order they came, the decision on each, its first command, then that of the batch."""

    entries: tuple[StreamEntry, ...]
    decisions: tuple[Decision, ...]
    commands: tuple[Command, ...]


def understand(
    entries: Iterable[StreamEntry],
    account_id: int,
    keep: int,
    now: float,
    is_enough: Callable[[], bool] = lambda: False,
) -> Batch:
    """Decide on each entry by itself; no content of an entry makes this raise.

    `is_enough` is asked after each: of an iterator the others are left.
    """
    taken: list[StreamEntry] = []
    decisions: list[Decision] = []
    commands: list[Command] = []
    for entry in entries:
        decision = decide(*entry, account_id, now)
        taken.append(entry)
        decisions.append(decision)
        commands.append(command(entry, decision.first, account_id, keep, now))
        if is_enough():
            break
    told = zip(taken, decisions, strict=True)
    webhooks = (inbox.read(fields) for (_, fields), decision in told if not decision.is_test)
    newest = max((webhook.accepted for webhook in webhooks), default=None)
    if newest is not None:
        commands.append(scripts.record_webhook(accepted=newest, now=now).evalsha())
    return Batch(tuple(taken), tuple(decisions), tuple(commands))


def understand_in_turns(
    entries: Iterable[StreamEntry], account_id: int, keep: int, clock: Callable[[], float], turn_s: float
) -> Iterator[Batch]:
    """Understand entries, as many at a time as take `turn_s` of CPU; mostly that is all of them."""
    rest = iter(entries)
    while True:
        batch = understand(rest, account_id, keep, clock(), _over_after(turn_s))
        if not batch.entries:
            return
        yield batch


def _over_after(seconds: float) -> Callable[[], bool]:
    until = time.thread_time() + seconds
    return lambda: time.thread_time() >= until


def decide(entry: bytes, fields: Fields, account_id: int, now: float) -> Decision:
    """Decide by the entry alone."""
    webhook = inbox.read(fields)
    if inbox.is_canary(fields):
        return Decision(Acknowledge(canary=webhook.accepted))
    try:
        body = open_body(webhook)
    except UnopenedError as error:
        return Decision(Reject(str(error)))
    read = read_webhook(body, account_id, now, webhook.accepted or now)
    steps: list[Step] = [_change(message, webhook.accepted) for message in read.messages]
    if read.problem:
        steps.append(Reject(read.problem, read.chats, read.message_ids, read.product))
    elif read.chats or not steps:
        steps.append(Acknowledge(chats=read.chats))
    if isinstance(steps[-1], Change):
        steps[-1] = replace(steps[-1], entry=entry)
    return Decision(steps[0], tuple(steps[1:]))


def command(entry: StreamEntry, step: Step, account_id: int, keep: int, now: float) -> Command:
    """Return the command of one step."""
    match step:
        case Change():
            return commit.command(step, now, keep)
        case Acknowledge():
            return scripts.acknowledge(
                entry=entry[0], now=now, canary=step.canary, account_id=account_id, chats=step.chats
            ).evalsha()
        case Reject():
            return _reject_command(*entry, step, account_id, now)


def _reject_command(entry: bytes, fields: Fields, rejected: Reject, account_id: int, now: float) -> Command:
    """Return the command that moves an entry to the dead letters, see shared/wires/dead_letters.py."""
    kept: list[Any] = [part for name in dead_letters.KEPT if name in fields for part in (name, fields[name])]
    kept += [dead_letters.REASON, rejected.reason[:_LONGEST_REASON], dead_letters.AT, now]
    asked = "" if rejected.product else dead_letters.write_asked(rejected.chats, rejected.message_ids)
    return scripts.dead_letter(
        entry=entry,
        most=MOST_DEAD_LETTERS,
        now=now,
        account_id=account_id,
        product=rejected.product,
        day=time.strftime("%Y-%m-%d", time.gmtime(now)),
        asked=asked,
        chats=rejected.chats,
        fields=kept,
    ).evalsha()


def _change(message: Message, accepted: float) -> Change:
    return Change(
        account_id=message.account_id,
        chat_id=message.chat_id,
        messages=(message,),
        source="webhook",
        chat_type=message.chat_type,
        accepted=accepted,
        recheck=message.doubtful,
    )
