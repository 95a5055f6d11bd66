"""The only writer of the read model: lua/commit.lua with typed arguments and result."""

from dataclasses import dataclass
from typing import Any

import orjson

from shared.redis import keys, lua
from shared.wires import forgotten
from worker.messages.counters import FIRST_ANSWER
from worker.messages.match import match_words
from worker.messages.message import ChatFacts, Message, Source

SCRIPT = lua.load("commit")


@dataclass(frozen=True, slots=True)
class Expected:
    """Messages created after `since` (Unix s) should have come by webhook, in this epoch only."""

    since: float
    epoch: bytes


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be merged into one chat, atomically.

    `entry`: the inbox entry that the commit acknowledges. `quiet`: publish one `thread` event for all.
    `expected`: which messages should have come by webhook; None: none. `verified`: so many of the messages,
    the oldest, an earlier sweep has verified. `reply`: the ref of the reply that the one message is, `sure`
    when Avito's response to it said so; without a ref the commit looks for the reply itself.
    """

    account_id: int
    chat_id: str
    messages: tuple[Message, ...]
    source: Source
    facts: ChatFacts | None = None
    chat_type: str = ""
    entry: bytes = b""
    accepted: float | None = None
    quiet: bool = False
    expected: Expected | None = None
    reply: str = ""
    sure: bool = False
    verified: int = 0


@dataclass(frozen=True, slots=True)
class Committed:
    """What a commit did. `unenriched`: buyer and item of this chat are not known yet.

    `is_reply`: one of the messages is the reply in question. `needs_recheck`: the thread must be read again
    (keys.to_recheck), since a message was deleted under an unknown id, or only the ids of two messages of one
    second say that the buyer's came before ours. `waited`: how many seconds the buyer had waited for this
    answer; None where it is none.
    """

    new: int
    changed: int
    unenriched: bool
    seq: int
    is_reply: bool = False
    needs_recheck: bool = False
    waited: float | None = None


def command(change: Change, now: float, keep: int) -> list[bytes | str | int | float]:
    """Return the EVALSHA command of a commit; `keep`: how many messages of a chat are held."""
    names = _keys(change.account_id, change.chat_id)
    return ["EVALSHA", SCRIPT.sha, len(names), *names, *_arguments(change, now, keep)]


async def commit(redis: lua.Executor, change: Change, now: float, keep: int) -> Committed:
    """Commit one change; raises redis.exceptions.RedisError when nothing was changed."""
    names = _keys(change.account_id, change.chat_id)
    return result(await SCRIPT.run(redis, names, _arguments(change, now, keep)))


def result(returned: list[Any]) -> Committed:
    """Read what the script returned, and record how long the buyer had waited."""
    new, changed, unenriched, seq, is_reply, needs_recheck, waited = returned
    seconds = float(waited) if waited else None
    if seconds is not None:
        FIRST_ANSWER.observe(seconds)
    return Committed(new, changed, bool(unenriched), seq, bool(is_reply), bool(needs_recheck), seconds)


def _keys(account_id: int, chat_id: str) -> list[str]:
    return [
        keys.STATE,
        keys.JOURNAL,
        keys.INBOX,
        keys.chat(account_id, chat_id),
        keys.thread(account_id, chat_id),
        keys.messages(account_id, chat_id),
        keys.waiting(account_id, chat_id),
        keys.chats(account_id),
        keys.unread(account_id),
        keys.unanswered(account_id),
        keys.to_enrich(account_id),
        keys.found_by_sweep(account_id),
        keys.COMMIT_ATTEMPTS,
        keys.outbox(account_id, chat_id),
        keys.claims(account_id, chat_id),
        keys.reply(account_id, ""),
        keys.OUTBOX_WAITING,
        keys.to_deliver(account_id),
        keys.failed(account_id, chat_id),
        keys.to_recheck(account_id),
        keys.PICTURES,
        forgotten.key_of(account_id, chat_id),
        keys.unassigned(account_id),
        keys.assigned(account_id, ""),
        keys.floors(account_id),
        keys.dismissed(account_id, chat_id),
    ]


def _arguments(change: Change, now: float, keep: int) -> list[bytes | str | int | float]:
    facts, expected = change.facts, change.expected
    arguments: list[bytes | str | int | float] = [
        repr(now),
        "" if change.accepted is None else repr(change.accepted),
        keys.INBOX_GROUP,
        change.entry,
        change.account_id,
        change.chat_id,
        orjson.dumps(change.chat_id),
        change.source,
        int(change.quiet),
        keep,
        b"" if expected is None else b"%b %b" % (repr(expected.since).encode(), expected.epoch),
        f'"{change.chat_type}"' if change.chat_type else "",
        "" if facts is None else _number(facts.updated),
        "" if facts is None else repr(facts.read_at),
        "" if facts is None else facts.fingerprint,
        b"" if facts is None else facts.buyer,
        b"" if facts is None else facts.item,
        change.reply,
        "1" if change.sure else "",
    ]
    for index, message in enumerate(change.messages):
        arguments += _message_arguments(message, verified=index < change.verified)
    return arguments


def _message_arguments(m: Message, *, verified: bool) -> list[bytes | str | int | float]:
    flags = m.direction[0] + "".join(
        "01"[flag] for flag in (m.counts, m.answers, m.deleted, m.read, m.announces_deletion, verified)
    )
    head = b'"id":%b,"chat_id":%b,"author_id":%d,"direction":"%b"' % (
        orjson.dumps(m.id),
        orjson.dumps(m.chat_id),
        m.author_id,
        m.direction.encode(),
    )
    return [
        m.id,
        _number(m.created),
        "" if m.rank is None else m.rank,
        flags,
        _number(m.asof),
        m.content_fp,
        m.quote_fp,
        head,
        orjson.dumps(m.type),
        m.content,
        m.quote,
        m.own,
        match_words(m),
    ]


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(value)
