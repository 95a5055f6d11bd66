"""The only writer of the read model: lua/commit.lua with typed arguments and result."""

from dataclasses import dataclass
from typing import Any

import orjson
from redis.asyncio import Redis

from shared.process.stored import note
from shared.redis import keys
from shared.redis.lua import Call, scripts
from shared.redis.lua.scripts import CommitReply, MessageRow
from shared.wires import forgotten
from worker.messages.counters import FIRST_ANSWER
from worker.messages.match import match_words
from worker.messages.message import ChatFacts, Message, Source

NO_TYPE = "null"
"""The type of a chat whose held type is wrong, and whose right one is not known."""


@dataclass(frozen=True, slots=True)
class Expected:
    """Messages created after `since` (Unix s) should have come by webhook, in this epoch only."""

    since: float
    epoch: bytes


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be merged into one chat, atomically.

    `entry`: the inbox entry that the commit acknowledges. `quiet`: publish one `thread` event for all.
    `from_row`: it is what the chat's row in Avito's list says; publish a `chat` event.
    `expected`: which messages should have come by webhook; None: none. `verified`: so many of the messages,
    the oldest, an earlier sweep has verified. `reply`: the ref of the reply that the one message is, `sure`
    when Avito's response to it said so; without a ref the commit looks for the reply itself. `recheck`: the
    chat is to be read again at Avito.
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
    from_row: bool = False
    expected: Expected | None = None
    reply: str = ""
    sure: bool = False
    verified: int = 0
    recheck: bool = False


def command(change: Change, now: float, keep: int) -> list[Any]:
    """Return the EVALSHA command of a commit; `keep`: how many messages of a chat are held."""
    return _call(change, now, keep).evalsha()


async def commit(redis: Redis, change: Change, now: float, keep: int) -> CommitReply:
    """Commit one change; raises redis.exceptions.RedisError when nothing was changed.

    Where `needs_recheck`, the thread must be read again (keys.to_recheck).
    """
    return observed(change, await _call(change, now, keep).run(redis))


def observed(change: Change, done: CommitReply) -> CommitReply:
    """Record what a commit found: how long the buyer had waited for this answer, and what is unreadable."""
    if done.waited is not None:
        FIRST_ANSWER.observe(done.waited)
    if done.unreadable:
        note(keys.messages(change.account_id, change.chat_id), "commit", done.unreadable)
    return done


def _call(change: Change, now: float, keep: int) -> Call[CommitReply]:
    facts, expected = change.facts, change.expected
    return scripts.commit(
        account_id=change.account_id,
        chat_id=change.chat_id,
        tombstone=forgotten.tombstone(change.account_id, change.chat_id),
        now=now,
        accepted=change.accepted,
        entry=change.entry,
        chat_json=orjson.dumps(change.chat_id),
        source=change.source,
        quiet=change.quiet,
        from_row=change.from_row,
        recheck=change.recheck,
        keep=keep,
        expected_since=None if expected is None else expected.since,
        expected_epoch=b"" if expected is None else expected.epoch,
        chat_type=_chat_type(change.chat_type),
        facts_updated="" if facts is None else _number(facts.updated),
        facts_read=None if facts is None else facts.read_at,
        facts_fp="" if facts is None else facts.fingerprint,
        buyer=b"" if facts is None else facts.buyer,
        item=b"" if facts is None else facts.item,
        facts_buying="" if facts is None or facts.buying is None else str(int(facts.buying)),
        own_ref=change.reply,
        sure=change.sure,
        messages=[_row(one, verified=at < change.verified) for at, one in enumerate(change.messages)],
    )


def _chat_type(name: str) -> str:
    """Return it as JSON, '' for one that is not known and leaves the held one as it is."""
    return "null" if name == NO_TYPE else f'"{name}"' if name else ""


def _row(m: Message, *, verified: bool) -> MessageRow:
    head = b'"id":%b,"chat_id":%b,"author_id":%d,"direction":"%b"' % (
        orjson.dumps(m.id),
        orjson.dumps(m.chat_id),
        m.author_id,
        m.direction.encode(),
    )
    return MessageRow(
        id=m.id,
        created=_number(m.created),
        rank="" if m.rank is None else str(m.rank),
        direction=m.direction[0],
        kind=m.notice,
        answers=int(m.answers),
        deleted=int(m.deleted),
        read=int(m.read),
        announces_deletion=int(m.announces_deletion),
        verified=int(verified),
        asof=_number(m.asof),
        content_fp=m.content_fp,
        quote_fp=m.quote_fp,
        head=head,
        type=orjson.dumps(m.type),
        content=m.content,
        quote=m.quote,
        own=m.own,
        match=match_words(m),
    )


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(value)
