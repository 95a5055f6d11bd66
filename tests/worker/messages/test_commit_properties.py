"""Reports of one chat give the same thread in any order of arrival."""

from dataclasses import replace
from typing import Any

import orjson
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from shared.redis import keys
from tests.worker.builders import BUYER, CHAT, SELLER, make_message
from tests.worker.messages.stores import Stores
from worker.messages.commit import Change
from worker.messages.message import ChatFacts, Message

Snapshot = tuple[list[dict[str, Any]], dict[str, Any]]
TIMES = [1_000_000_000 + n for n in (0, 0, 0, 1, 2, 2, 3, 4, 2, 5, 5)]
RANKS = [1, 0, 2, None, 0, 1, None, None, 2, None, None]
AUTHORS = [BUYER, SELLER, BUYER, 1, SELLER, BUYER, BUYER, SELLER, BUYER, BUYER, BUYER]
KINDS = ["text"] * 8 + ["call", "appCall", "text"]
LEAD = 10
"""The number of a lead in the buyer's name."""


def report(number: int, form: str) -> Change:
    """One report of message `number`: the same facts, however it reached us."""
    asof = {"webhook": 0.0, "early sweep": 50.0, "page": 60.0, "reply": 70.0, "late sweep": 90.0}.get(
        form, 0.0
    )
    more: dict[str, Any] = {"type": "deleted", "content": {}} if form == "deletion" else {}
    if form == "empty webhook":
        more = {"content": {}}
    if asof and form != "page":  # a page has the webhook's content, so only the rank is new
        more = {"content": {"text": f"as of {asof}"}, "read": 60 if form == "late sweep" else None}
        more |= {"isRead": form == "late sweep"}
    if number == LEAD:
        more |= {"content": {"text": f"[Системное сообщение] Клиент попросил вас позвонить {asof}"}}
    more = {"type": KINDS[number]} | more
    message = make_message(f"m{number}", created=TIMES[number], author=AUTHORS[number], asof=asof, **more)
    if form == "reply":
        return Change(SELLER, CHAT, (message,), "reply")
    return _change(_ranked(message, RANKS[number] if asof else None), sweep=bool(asof))


def _ranked(message: Message, rank: int | None) -> Message:
    return replace(message, rank=rank)


def _change(message: Message, *, sweep: bool) -> Change:
    return Change(SELLER, CHAT, (message,), "sweep" if sweep else "webhook")


def sweep(numbers: list[int], form: str) -> Change:
    """One list of Avito's with these messages, oldest first."""
    messages = (report(number, form).messages[0] for number in numbers)
    return Change(SELLER, CHAT, tuple(sorted(messages, key=lambda m: (m.created, m.rank or 0))), "sweep")


def facts(updated: int) -> Change:
    said = ChatFacts(updated, updated + 1, b'{"name":"%d"}' % updated, b"null", str(updated))
    return Change(SELLER, CHAT, (), "sweep", facts=said)


FORMS = ["webhook", "empty webhook", "deletion", "early sweep", "page", "reply", "late sweep"]
reports = st.lists(
    st.one_of(
        st.builds(report, st.integers(0, LEAD), st.sampled_from(FORMS)),
        st.builds(
            sweep,
            st.lists(st.integers(0, LEAD), min_size=2, max_size=5, unique=True),
            st.sampled_from(["early sweep", "page", "late sweep"]),
        ),
        st.builds(facts, st.integers(1, 5)),
    ),
    max_size=14,
)


def snapshot(store: Any) -> Snapshot:
    held = store.hgetall(keys.messages(SELLER, CHAT))
    members = store.zrange(keys.thread(SELLER, CHAT), 0, -1)
    ids = [member[1:] if member.startswith(b"~") else member[3:] for member in members]
    messages = [orjson.loads(held[message_id].partition(b"\n")[2]) for message_id in ids]
    chat = orjson.loads(store.hget(keys.chat(SELLER, CHAT), "json") or b"{}")
    return [_unsourced(message) for message in messages], _unsourced(chat)


def _unsourced(shown: dict[str, Any]) -> dict[str, Any]:
    """The first source stays, so it alone may depend on the order."""
    rest = {name: value for name, value in shown.items() if name != "source"}
    if rest.get("last_message"):
        rest["last_message"] = _unsourced(rest["last_message"])
    return rest


def _unranked(shown: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without ranks, which are told only where they move a message: the order itself must be right."""
    rest = [{name: value for name, value in one.items() if name != "rank"} for one in shown]
    for one in rest:
        if one.get("last_message"):
            [one["last_message"]] = _unranked([one["last_message"]])
    return rest


def journal(store: Any) -> list[dict[str, Any]]:
    return [orjson.loads(fields[b"e"]) for _, fields in store.xrange(keys.JOURNAL)]


def replay(events: list[dict[str, Any]], after: Snapshot) -> Snapshot:
    """What a client that holds `after` makes of the events that follow: idempotent upserts."""
    messages = {message["id"]: message for message in after[0]}
    chat = dict(after[1])
    for event in events:
        if event["type"] == "message":
            messages[event["message"]["id"]] = _unsourced(event["message"])
            chat |= _unsourced(event["chat"])
        elif event["type"] == "chat":
            chat |= _unsourced(event["chat"])
    order = sorted(
        messages.values(),
        key=lambda m: (m["created"], 1000 if m["rank"] is None else m["rank"], m["id"]),
    )
    return order, chat


quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@quick
@given(reports, st.randoms(use_true_random=False))
def test_the_result_is_independent_of_arrival_order(
    stores: Stores, changes: list[Change], chance: Any
) -> None:
    shuffled = changes * 2
    chance.shuffle(shuffled)
    asked = [change for change in changes if not change.messages]  # facts are asked for once a chat is held

    messages, chat = snapshot(stores.run([*shuffled, *asked]))
    expected_messages, expected_chat = snapshot(stores.run([*changes, *asked]))
    assert _unranked([*messages, chat]) == _unranked([*expected_messages, expected_chat])


@quick
@given(reports)
def test_each_id_is_shown_once_and_a_deleted_message_stays_deleted(
    stores: Stores, changes: list[Change]
) -> None:
    messages, _ = snapshot(stores.run(changes))

    ids = [message["id"] for message in messages]
    assert len(ids) == len(set(ids))
    deleted = {m.id for change in changes for m in change.messages if m.deleted}
    assert {message["id"] for message in messages if message["deleted"]} == deleted


RANG_BEFORE_OURS = [report(*what) for what in ((0, "webhook"), (1, "webhook"), (1, "page"), (0, "page"))]
BY_OUR_RANK_ALONE = [report(*what) for what in ((1, "webhook"), (0, "webhook"), (1, "early sweep"))]


@quick
@given(reports)
@example(RANG_BEFORE_OURS)
@example(BY_OUR_RANK_ALONE)
def test_words_that_are_unread_have_rung_and_nothing_rings_twice(
    stores: Stores, changes: list[Change]
) -> None:
    store = stores.run(changes)

    rings = [one["message"]["id"] for one in journal(store) if one["type"] == "message" and one["ring"]]
    assert len(rings) == len(set(rings))
    messages, _ = snapshot(store)
    seen = [number for number, m in enumerate(messages) if m["direction"] == "out" or m["read"]]
    unread = [m for m in messages[max(seen, default=-1) + 1 :] if m["direction"] == "in"]
    words = {m["id"] for m in unread if m["type"] == "text" and not m["deleted"]}
    assert words <= set(rings)


@quick
@given(reports)
def test_seq_has_no_holes(stores: Stores, changes: list[Change]) -> None:
    store = stores.run(changes)

    head = int(store.hget(keys.STATE, "seq") or 0)
    assert [event["seq"] for event in journal(store)] == list(range(1, head + 1))


@quick
@given(reports)
def test_a_tie_that_ids_alone_decide_against_a_buyer_is_always_rechecked(
    stores: Stores, changes: list[Change]
) -> None:
    store = stores.run([change for change in changes if change.source != "sweep"])

    messages, _ = snapshot(store)
    ours = [m for m in messages if m["direction"] == "out"]
    waiting = [m for m in messages if m["direction"] == "in" and not m["deleted"]]
    last = max(ours, key=lambda m: (m["created"], m["id"]), default=None)
    hidden = [m for m in waiting if last and m["created"] == last["created"] and m["id"] < last["id"]]
    assert not hidden or store.hexists(keys.to_recheck(SELLER), CHAT)


@quick
@given(reports, st.integers(0, 14))
def test_replaying_the_journal_from_any_position_gives_the_snapshot(
    stores: Stores, changes: list[Change], cut: int
) -> None:
    held = stores.run(changes[:cut])
    seq = int(held.hget(keys.STATE, "seq") or 0)
    whole = stores.run(changes)
    missed = [event for event in journal(whole) if event["seq"] > seq]

    messages, chat = replay(missed, snapshot(held))

    expected_messages, expected_chat = snapshot(whole)
    assert _unranked(messages) == _unranked(expected_messages)
    assert _unranked([chat]) == _unranked([expected_chat]) or not missed


CHANGED_BESIDE_A_DELETED_ONE = [report(0, "deletion"), report(2, "webhook"), sweep([0, 2], "early sweep")]
OUT_OF_ORDER = [report(*what) for what in ((5, "webhook"), (4, "webhook"), (4, "page"), (5, "page"))]


@quick
@given(reports, st.integers(0, 14), st.integers(0, 14))
@example(OUT_OF_ORDER, 1, 4)
@example(CHANGED_BESIDE_A_DELETED_ONE, 0, 0)
def test_what_is_read_anew_may_be_ahead_of_the_events_that_follow(
    stores: Stores, changes: list[Change], cut: int, ahead: int
) -> None:
    """A screen reads a thread over REST while events that were sent before are still on their way to it."""
    seq = int(stores.run(changes[:cut]).hget(keys.STATE, "seq") or 0)
    read = snapshot(stores.run(changes[: max(cut, ahead)]))
    whole = stores.run(changes)

    messages, _ = replay([event for event in journal(whole) if event["seq"] > seq], read)

    assert _unranked(messages) == _unranked(snapshot(whole)[0])


@quick
@given(st.lists(st.integers(0, 9), min_size=1, max_size=20), st.randoms(use_true_random=False))
def test_the_newest_messages_are_kept_in_any_order_of_arrival(
    stores: Stores, numbers: list[int], chance: Any
) -> None:
    """Calls among them wait by whether there was a word, also one that is no longer stored."""
    kinds = ["text"] * 3 + ["call"] * 7
    changes = [
        _change(make_message(f"m{n}", created=1_000_000_000 + n, type=kinds[n]), sweep=False) for n in numbers
    ]
    shuffled = changes[:]
    chance.shuffle(shuffled)

    assert snapshot(stores.run(shuffled, keep=2)) == snapshot(stores.run(changes, keep=2))
