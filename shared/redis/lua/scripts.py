# fmt: off
"""Calls the Lua scripts, one function each. Made by `make lua` from their heads: do not edit."""

from collections.abc import Collection, Mapping
from itertools import chain
from typing import Any, Literal, NamedTuple

from shared.redis import keys
from shared.redis.lua import Call

Text = str | bytes
Value = str | bytes | float


def _pairs(flat: list[bytes]) -> dict[bytes, bytes]:
    return dict(zip(flat[::2], flat[1::2], strict=True))


def acknowledge(*, entry: Text, now: float, canary: float | None = None, account_id: int, chats:
    Collection[Value]) -> Call[bool]:
    """Acknowledges an inbox entry that changes nothing, or passes a canary on to the gateways."""
    return Call("acknowledge", [keys.STATE, keys.INBOX, keys.FACTS, keys.COUNTERS,
        keys.to_recheck(account_id)], [entry, now, "" if canary is None else canary, account_id, *chats],
        bool)


AcquirePermitReason = Literal["go", "pause", "down", "budget"]


class AcquirePermitReply(NamedTuple):
    """What acquire_permit.lua returns."""

    wait_ms: int
    reason: AcquirePermitReason
    failures: int
    denials: int
    since: float | None
    unpaid: str
    refused: bool
    shown: str
    receipt: str

    @classmethod
    def read(cls, reply: list[Any]) -> "AcquirePermitReply":
        """Read it."""
        return cls(int(reply[0]), reply[1].decode(), int(reply[2]), int(reply[3]), float(reply[4]) if reply[4]
            else None, reply[5].decode(errors="replace"), bool(reply[6]), reply[7].decode(errors="replace"),
            reply[8].decode(errors="replace"))


def acquire_permit(*, at: float | None = None, rpm: float, share: float, probe_s:
    float) -> Call[AcquirePermitReply]:
    """Takes a permit for one call to Avito from the limit of all workers, or says how long to wait."""
    return Call("acquire_permit", [keys.AVITO_RATE_LIMIT, keys.FACTS], ["" if at is None else at, rpm, share,
        probe_s], AcquirePermitReply.read)


def advance_position(*, name: Text, seen: Text, epoch: Text, reached: int, account_id: int) -> Call[bool]:
    """Advances the saved position of a follower, only while it is where the caller saw it."""
    return Call("advance_position", [keys.STATE, keys.journal_positions(account_id)], [name, seen, epoch,
        reached], bool)


AssignChatVerdict = Literal["done", "lost", "stranger", "off", "unknown"]


class AssignChatReply(NamedTuple):
    """What assign_chat.lua returns."""

    verdict: AssignChatVerdict
    owner: str

    @classmethod
    def read(cls, reply: list[Any]) -> "AssignChatReply":
        """Read it."""
        return cls(reply[0].decode(), reply[1].decode(errors="replace"))


def assign_chat(*, now: float, account_id: int, chat_id: str, chat_json: Text, owner: Text | None = None,
    seen: Text | None = None, option: Text | None = None) -> Call[AssignChatReply]:
    """Assigns a chat to an operator, or to none, if its owner is still the one that the caller saw."""
    return Call("assign_chat", [keys.STATE, keys.JOURNAL, keys.chat(account_id, chat_id),
        keys.thread(account_id, chat_id), keys.messages(account_id, chat_id), keys.waiting(account_id,
        chat_id), keys.chats(account_id), keys.unread(account_id), keys.unanswered(account_id),
        keys.unassigned(account_id), keys.assigned(account_id, ""), keys.OPERATORS, keys.OPTIONS], [now,
        account_id, chat_id, chat_json, "" if owner is None else owner, "" if seen is None else seen, "" if
        option is None else option], AssignChatReply.read)


def begin_attempt(*, now: float, owner: Text, ref: str, match: Text, account_id: int, chat_id: str, lease_key:
    str) -> Call[bool]:
    """Records that an attempt to send a reply is about to begin, before anything leaves."""
    return Call("begin_attempt", [keys.STATE, keys.JOURNAL, keys.outbox(account_id, chat_id),
        keys.reply(account_id, ref), keys.thread(account_id, chat_id), lease_key], [now, owner, ref, match],
        bool)


CancelReplyVerdict = Literal["done", "wrong", "unknown"]


class CancelReplyReply(NamedTuple):
    """What cancel_reply.lua returns."""

    verdict: CancelReplyVerdict
    item: bytes

    @classmethod
    def read(cls, reply: list[Any]) -> "CancelReplyReply":
        """Read it."""
        return cls(reply[0].decode(), reply[1])


def cancel_reply(*, now: float, account_id: int, ref: str, chat_id: str) -> Call[CancelReplyReply]:
    """Cancels a reply that is not on its way to Avito, or dismisses one that failed."""
    return Call("cancel_reply", [keys.STATE, keys.JOURNAL, keys.reply(account_id, ref),
        keys.outbox(account_id, chat_id), keys.OUTBOX_WAITING, keys.to_deliver(account_id),
        keys.failed(account_id, chat_id), keys.PICTURES, keys.chat(account_id, chat_id)], [now],
        CancelReplyReply.read)


class MessageRow(NamedTuple):
    """One of `messages`."""

    id: Text
    created: Text
    rank: Text
    direction: Text
    kind: Text
    answers: int
    deleted: int
    read: int
    announces_deletion: int
    verified: int
    asof: Text
    content_fp: Text
    quote_fp: Text
    head: Text
    type: Text
    content: Text
    quote: Text
    own: Text
    match: Text


class CommitReply(NamedTuple):
    """What commit.lua returns."""

    new: int
    changed: int
    unenriched: bool
    seq: int
    is_reply: bool
    needs_recheck: bool
    unreadable: int
    waited: float | None

    @classmethod
    def read(cls, reply: list[Any]) -> "CommitReply":
        """Read it."""
        return cls(int(reply[0]), int(reply[1]), bool(reply[2]), int(reply[3]), bool(reply[4]),
            bool(reply[5]), int(reply[6]), float(reply[7]) if reply[7] else None)


def commit(*, now: float, accepted: float | None = None, entry: Text, account_id: int, chat_id: str,
    chat_json: Text, source: Text, quiet: bool, from_row: bool, recheck: bool, keep: float, expected_since:
    float | None = None, expected_epoch: Text, chat_type: Text, facts_updated: Text, facts_read: float | None
    = None, facts_fp: Text, buyer: Text, item: Text, facts_buying: Text, own_ref: Text, sure: bool, messages:
    Collection[MessageRow], tombstone: str) -> Call[CommitReply]:
    """Merges messages and facts of one chat into the read model: all of it or nothing."""
    return Call("commit", [keys.STATE, keys.JOURNAL, keys.INBOX, keys.COMMIT_ATTEMPTS, keys.chat(account_id,
        chat_id), keys.thread(account_id, chat_id), keys.messages(account_id, chat_id),
        keys.waiting(account_id, chat_id), keys.dismissed(account_id, chat_id), keys.chats(account_id),
        keys.unread(account_id), keys.unanswered(account_id), keys.unassigned(account_id),
        keys.assigned(account_id, ""), keys.floors(account_id), keys.forgotten(tombstone),
        keys.to_enrich(account_id), keys.to_recheck(account_id), keys.found_by_sweep(account_id),
        keys.outbox(account_id, chat_id), keys.claims(account_id, chat_id), keys.reply(account_id, ""),
        keys.OUTBOX_WAITING, keys.to_deliver(account_id), keys.failed(account_id, chat_id), keys.PICTURES],
        [now, "" if accepted is None else accepted, entry, account_id, chat_id, chat_json, source, int(quiet),
        int(from_row), int(recheck), keep, "" if expected_since is None else expected_since, expected_epoch,
        chat_type, facts_updated, "" if facts_read is None else facts_read, facts_fp, buyer, item,
        facts_buying, own_ref, int(sure), *chain.from_iterable(messages)], CommitReply.read)


def dead_letter(*, entry: Text, most: float, now: float, account_id: int, product: Text, day: Text, asked:
    Text, chats: Collection[Value], fields: Collection[Value]) -> Call[bytes]:
    """Moves an inbox entry that cannot be committed to the dead letters, with the reason."""
    return Call("dead_letter", [keys.INBOX, keys.DEAD, keys.DEAD_NOTES, keys.DEAD_ASKED, keys.COMMIT_ATTEMPTS,
        keys.COUNTERS, keys.to_recheck(account_id), keys.sweep_requested(account_id)], [entry, most, now,
        account_id, product, day, asked, len(chats), *chats, *fields], bytes)


def drop_idle_consumers(*, gone_after_ms: float) -> Call[int]:
    """Deletes consumers of the inbox that have been gone for long."""
    return Call("drop_idle_consumers", [keys.INBOX], [gone_after_ms], int)


def drop_if_same(*, seen: Text, string_key: str) -> Call[bool]:
    """Deletes a string only while it still has the value that the caller saw."""
    return Call("drop_if_same", [string_key], [seen], bool)


def end_login_attempt(*, outcome: Text, window: float, address_key: str, wider_key: str, name_key:
    str) -> Call[None]:
    """Ends an attempt that take_login_attempt.lua took."""
    return Call("end_login_attempt", [address_key, wider_key, name_key], [outcome, window], lambda _: None)


def end_recheck(*, epoch: Text, chat_id: Text, account_id: int, token: Text) -> Call[bool]:
    """Ends the recheck of a chat that has this token, only in the epoch in which it was read."""
    return Call("end_recheck", [keys.STATE, keys.to_recheck(account_id)], [epoch, chat_id, account_id, token],
        bool)


class FollowJournalReply(NamedTuple):
    """What follow_journal.lua returns."""

    saved: bytes
    epoch: Any
    head: int
    after: int
    events: Any

    @classmethod
    def read(cls, reply: list[Any]) -> "FollowJournalReply":
        """Read it."""
        return cls(reply[0], reply[1], int(reply[2]), int(reply[3]), reply[4])


def follow_journal(*, name: Text, max_events: float, max_bytes: float, account_id:
    int) -> Call[FollowJournalReply]:
    """Reads what follows the saved position of a follower of the journal."""
    return Call("follow_journal", [keys.STATE, keys.JOURNAL, keys.journal_positions(account_id)], [name,
        max_events, max_bytes], FollowJournalReply.read)


def keep_mark(*, epoch: Text, chat_id: Text, mark: Text, shown: float, verified_key: str, to_import_key: str,
    sweep_key: str) -> Call[bool]:
    """Keeps the mark of a chat that a sweep has verified, only in the epoch in which its reading began."""
    return Call("keep_mark", [keys.STATE, verified_key, to_import_key, sweep_key], [epoch, chat_id, mark,
        shown], bool)


MarkAnsweredVerdict = Literal["done", "no_chat", "no_message"]


def mark_answered(*, now: float, account_id: int, chat_id: str, chat_json: Text, seen:
    Text) -> Call[MarkAnsweredVerdict]:
    """Dismisses what the buyer wrote so far, as needing no answer."""
    return Call("mark_answered", [keys.STATE, keys.JOURNAL, keys.chat(account_id, chat_id),
        keys.thread(account_id, chat_id), keys.messages(account_id, chat_id), keys.waiting(account_id,
        chat_id), keys.chats(account_id), keys.unread(account_id), keys.unanswered(account_id),
        keys.unassigned(account_id), keys.assigned(account_id, ""), keys.dismissed(account_id, chat_id)],
        [now, account_id, chat_id, chat_json, seen], lambda reply: reply.decode())


class OpenEpochReply(NamedTuple):
    """What open_epoch.lua returns."""

    epoch: str
    seq: int
    event: str

    @classmethod
    def read(cls, reply: list[Any]) -> "OpenEpochReply":
        """Read it."""
        return cls(reply[0].decode(errors="replace"), int(reply[1]), reply[2].decode(errors="replace"))


def open_epoch(*, run_id: Text, fresh: Text, mark: Text | None = None, over: Text | None = None, known: float
    | None = None, commits: float | None = None, promoted: Text | None = None, seen_epoch: Text | None = None,
    seen_seq: float | None = None, seen_event: Text | None = None) -> Call[OpenEpochReply]:
    """Opens an epoch for this run of Redis, and for data that are not those which the caller saw before."""
    return Call("open_epoch", [keys.STATE, keys.JOURNAL], [run_id, fresh, "" if mark is None else mark, "" if
        over is None else over, "" if known is None else known, "" if commits is None else commits, "" if
        promoted is None else promoted, "" if seen_epoch is None else seen_epoch, "" if seen_seq is None else
        seen_seq, "" if seen_event is None else seen_event], OpenEpochReply.read)


def prune_chat(*, chat_id: str, seen: float, most: float, account_id: int) -> Call[bool]:
    """Deletes a chat with all that belongs to it, unless it changed since it was found too old."""
    return Call("prune_chat", [keys.STATE, keys.chat(account_id, chat_id), keys.thread(account_id, chat_id),
        keys.messages(account_id, chat_id), keys.waiting(account_id, chat_id), keys.notes(account_id,
        chat_id), keys.dismissed(account_id, chat_id), keys.chats(account_id), keys.unread(account_id),
        keys.unanswered(account_id), keys.to_enrich(account_id), keys.search_words(account_id),
        keys.search_words_changed(account_id), keys.unassigned(account_id), keys.assigned(account_id, ""),
        keys.floors(account_id)], [chat_id, seen, most], bool)


def publish_mode(*, now: float, account_id: int, mode: Text, reason: Text, reason_json: Text, code: Text,
    trouble: Text, recovered: int, switch: Text, replaced: Text, owner: Text, detail: Text, detail_json: Text,
    lease_key: str) -> Call[bool]:
    """Sets the mode and tells the operators, with an entry in the list of switches."""
    return Call("publish_mode", [keys.STATE, keys.JOURNAL, keys.FACTS, keys.SWITCHES, lease_key], [now,
        account_id, mode, reason, reason_json, code, trouble, recovered, switch, replaced, owner, detail,
        detail_json], bool)


QueueReplyVerdict = Literal["queued", "known", "conflict", "unknown", "full", "answered", "withdrawn"]


class QueueReplyReply(NamedTuple):
    """What queue_reply.lua returns."""

    verdict: QueueReplyVerdict
    item: bytes

    @classmethod
    def read(cls, reply: list[Any]) -> "QueueReplyReply":
        """Read it."""
        return cls(reply[0].decode(), reply[1])


def queue_reply(*, now: float, most_here: float, most: float, reply: Mapping[Any, Value], account_id: int,
    ref: str, chat_id: str, with_withdrawn: bool) -> Call[QueueReplyReply]:
    """Adds a reply to a chat's queue, once per ref."""
    return Call("queue_reply", [keys.STATE, keys.JOURNAL, keys.reply(account_id, ref), keys.outbox(account_id,
        chat_id), keys.OUTBOX_WAITING, keys.to_deliver(account_id), keys.chat(account_id, chat_id),
        keys.thread(account_id, chat_id), *([keys.withdrawn(account_id)] if with_withdrawn else [])], [now,
        most_here, most, *chain.from_iterable(reply.items())], QueueReplyReply.read)


def raise_layout(*, owner: Text, before: int, after: int, lease_key: str) -> Call[bool]:
    """Records that the data was migrated to the next layout, unless another process migrates it by now."""
    return Call("raise_layout", [keys.STATE, lease_key], [owner, before, after], bool)


class ReadJournalReply(NamedTuple):
    """What read_journal.lua returns."""

    epoch: Any
    head: int
    after: int
    events: Any

    @classmethod
    def read(cls, reply: list[Any]) -> "ReadJournalReply":
        """Read it."""
        return cls(reply[0], int(reply[1]), int(reply[2]), reply[3])


def read_journal(*, epoch: Text, seq: float, max_events: float, max_bytes: float) -> Call[ReadJournalReply]:
    """Reads what follows a position in the journal."""
    return Call("read_journal", [keys.STATE, keys.JOURNAL], [epoch, seq, max_events, max_bytes],
        ReadJournalReply.read)


class RecordEpochSeenReply(NamedTuple):
    """What record_epoch_seen.lua returns."""

    epoch: str
    met: float

    @classmethod
    def read(cls, reply: list[Any]) -> "RecordEpochSeenReply":
        """Read it."""
        return cls(reply[0].decode(errors="replace"), float(reply[1]))


def record_epoch_seen(*, now: float) -> Call[RecordEpochSeenReply]:
    """Returns the epoch and since when the outbox has known it, and records now if it has not."""
    return Call("record_epoch_seen", [keys.STATE], [now], RecordEpochSeenReply.read)


class AnswerRow(NamedTuple):
    """One of `answers`."""

    field: Text
    begin: float
    value: Text


def record_first_answers(*, owner: Text, most: float, since: float, denied: Collection[Value], answers:
    Collection[AnswerRow], account_id: int, chat_id: str, lease_key: str) -> Call[bool]:
    """Records the first answers of one chat as its thread has them now."""
    return Call("record_first_answers", [keys.first_answers(account_id), keys.first_answer_times(account_id),
        keys.chat(account_id, chat_id), lease_key], [owner, most, since, len(denied), *denied,
        *chain.from_iterable(answers)], bool)


def record_response(*, at: float | None = None, pause_s: float, rpm: int | None = None, left: int | None =
    None, denials: int, failures: int, since: float | None = None, open_s: float, unpaid: Text, refused: bool,
    shown: Text) -> Call[None]:
    """Makes what a response of Avito said hold for all workers: pauses, limits, health."""
    return Call("record_response", [keys.AVITO_RATE_LIMIT, keys.FACTS], ["" if at is None else at, pause_s, ""
        if rpm is None else rpm, "" if left is None else left, denials, failures, "" if since is None else
        since, open_s, unpaid, int(refused), shown], lambda _: None)


def record_revocations(*, ended: Mapping[Any, Value]) -> Call[None]:
    """Records access that has ended, in a full Redis too."""
    return Call("record_revocations", [keys.ACCESS_ENDED], [*chain.from_iterable(ended.items())], lambda _:
        None)


def record_search_words(*, owner: Text, chat_id: str, words: Text, account_id: int, lease_key:
    str) -> Call[bool]:
    """Records the words of one chat for the search (shared/search_words.py) and numbers the change."""
    return Call("record_search_words", [keys.chat(account_id, chat_id), keys.search_words(account_id),
        keys.search_words_changed(account_id), keys.search_changes(account_id), lease_key], [owner, chat_id,
        words], bool)


def record_subscription(*, now: float, listed: Text, host: Text, owner: Text, account_id: int, lease_key:
    str) -> Call[bool]:
    """Records which webhook URL Avito lists and, while it is ours, since when webhooks are expected."""
    return Call("record_subscription", [keys.STATE, keys.FACTS, keys.found_by_sweep(account_id),
        keys.missed_webhooks(account_id), lease_key], [now, listed, host, owner], bool)


def record_wanted_mode(*, wanted: bool, owner: Text, lease_key: str) -> Call[bool]:
    """Records whether webhooks are wanted, as far as Avito's list tells; the owner's own choice stands."""
    return Call("record_wanted_mode", [keys.FACTS, lease_key], [int(wanted), owner], bool)


def record_webhook(*, accepted: float, now: float) -> Call[bool]:
    """Records when the newest webhook was accepted."""
    return Call("record_webhook", [keys.FACTS], [accepted, now], bool)


def redrive(*, letter: Text, wanted: Collection[Value]) -> Call[bool]:
    """Moves one dead letter back to the inbox, without its reason and what was noted of it."""
    return Call("redrive", [keys.DEAD, keys.INBOX, keys.DEAD_NOTES, keys.DEAD_ASKED], [letter, *wanted], bool)


RemoveNoteVerdict = Literal["done", "unknown", "foreign"]


def remove_note(*, now: float, note_id: Text, author: Text | None = None, head: Text, scope: Text, account_id:
    int, chat_id: str) -> Call[RemoveNoteVerdict]:
    """Deletes a note for good and tells all operators."""
    return Call("remove_note", [keys.STATE, keys.JOURNAL, keys.notes(account_id, chat_id)], [now, note_id, ""
        if author is None else author, head, scope], lambda reply: reply.decode())


def renew_if_same(*, owner: Text, ms: float, lease_key: str) -> Call[bool]:
    """Renews a lease that is still the caller's."""
    return Call("renew_if_same", [lease_key], [owner, ms], bool)


def reserve_picture_space(*, now: float, expires: float, member: Text, size: float, most_bytes: float,
    most_pictures: float) -> Call[bool]:
    """Reserves space for a picture among those that wait to be sent, if there is enough."""
    return Call("reserve_picture_space", [keys.PICTURES], [now, expires, member, size, most_bytes,
        most_pictures], bool)


RetryReplyVerdict = Literal["done", "wrong", "unknown"]


class RetryReplyReply(NamedTuple):
    """What retry_reply.lua returns."""

    verdict: RetryReplyVerdict
    item: bytes

    @classmethod
    def read(cls, reply: list[Any]) -> "RetryReplyReply":
        """Read it."""
        return cls(reply[0].decode(), reply[1])


def retry_reply(*, now: float, account_id: int, ref: str, chat_id: str) -> Call[RetryReplyReply]:
    """Puts a failed reply that may work another time at the end of its chat's queue."""
    return Call("retry_reply", [keys.STATE, keys.JOURNAL, keys.reply(account_id, ref), keys.outbox(account_id,
        chat_id), keys.OUTBOX_WAITING, keys.to_deliver(account_id), keys.failed(account_id, chat_id),
        keys.thread(account_id, chat_id)], [now], RetryReplyReply.read)


def return_permit(*, receipt: Text) -> Call[None]:
    """Returns a permit of acquire_permit.lua whose call was not made."""
    return Call("return_permit", [keys.AVITO_RATE_LIMIT], [receipt], lambda _: None)


def set_field_if_same(*, field: Text, seen: Text, new: Text, hash_key: str) -> Call[bool]:
    """Sets a field of a hash only while it still has the value that the caller saw."""
    return Call("set_field_if_same", [hash_key], [field, seen, new], bool)


def set_if_same(*, seen: Text, new: Text, string_key: str) -> Call[bool]:
    """Sets a string only while it still has the value that the caller saw."""
    return Call("set_if_same", [string_key], [seen, new], bool)


def take_login_attempt(*, window: float, while_checked: float, most_of_address: float, most_of_wider: float,
    most_of_name: float, address_key: str, wider_key: str, name_key: str) -> Call[int]:
    """Takes one login attempt before the password is checked, if no limit is reached."""
    return Call("take_login_attempt", [address_key, wider_key, name_key], [window, while_checked,
        most_of_address, most_of_wider, most_of_name], int)


TakeReplyStatus = Literal["busy", "empty", "unreadable", "reply"]


class TakeReplyReply(NamedTuple):
    """What take_reply.lua returns."""

    status: TakeReplyStatus
    fields: dict[bytes, bytes]

    @classmethod
    def read(cls, reply: list[Any]) -> "TakeReplyReply":
        """Read it."""
        return cls(reply[0].decode(), _pairs(reply[1:]))


def take_reply(*, now: float, owner: Text, lease_ms: float, chat_id: str, account_id: int, lease_key:
    str) -> Call[TakeReplyReply]:
    """Gives one worker alone the first reply of a chat's queue, where it stays until it ends."""
    return Call("take_reply", [keys.STATE, keys.JOURNAL, keys.outbox(account_id, chat_id),
        keys.to_deliver(account_id), keys.reply(account_id, ""), keys.OUTBOX_WAITING, lease_key], [now, owner,
        lease_ms, chat_id, account_id], TakeReplyReply.read)


def unassign_chat(*, chat_id: str, updated: float, account_id: int) -> Call[bool]:
    """Gives a chat from before chats had owners the owner null."""
    return Call("unassign_chat", [keys.chat(account_id, chat_id), keys.unassigned(account_id)], [chat_id,
        updated], bool)


def update_reply(*, now: float, owner: Text, state: Text, fields: Mapping[Any, Value], account_id: int,
    chat_id: str, ref: str, lease_key: str) -> Call[bool]:
    """Changes a reply on its way, for the worker that has the chat's lease; a final state ends the reply."""
    return Call("update_reply", [keys.STATE, keys.JOURNAL, keys.outbox(account_id, chat_id),
        keys.reply(account_id, ref), keys.OUTBOX_WAITING, keys.to_deliver(account_id), keys.failed(account_id,
        chat_id), keys.PICTURES, lease_key], [now, owner, state, *chain.from_iterable(fields.items())], bool)


def withdraw_reply(*, now: float, ref: str, account_id: int) -> Call[bool]:
    """Remembers that a reply was withdrawn before it came: should it come, it is not queued."""
    return Call("withdraw_reply", [keys.withdrawn(account_id), keys.reply(account_id, ref)], [now, ref], bool)


WriteNoteVerdict = Literal["written", "known", "conflict", "unknown", "full", "all_full"]


class WriteNoteReply(NamedTuple):
    """What write_note.lua returns."""

    verdict: WriteNoteVerdict
    note: bytes

    @classmethod
    def read(cls, reply: list[Any]) -> "WriteNoteReply":
        """Read it."""
        return cls(reply[0].decode(), reply[1])


def write_note(*, now: float, note_id: Text, same: Text, head: Text, scope: Text, most: float, most_bytes:
    float, most_bytes_in_all: float, account_id: int, chat_id: str) -> Call[WriteNoteReply]:
    """Adds a note to those that operators keep beside a thread, once per id, and tells all of them."""
    return Call("write_note", [keys.STATE, keys.JOURNAL, keys.chat(account_id, chat_id),
        keys.notes(account_id, chat_id)], [now, note_id, same, head, scope, most, most_bytes,
        most_bytes_in_all], WriteNoteReply.read)
