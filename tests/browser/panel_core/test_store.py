"""What the panel knows after events and answers, in whatever order they come."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.browser.panel_core.conftest import Panel

pytestmark = pytest.mark.browser

RUN = """
    const state = m.emptyState();
    const effects = [];
    for (const [what, ...values] of value) {
        if (what === 'event') effects.push(...m.applyEvent(state, values[0]));
        if (what === 'chats') m.loadChats(state, values[0], values[1]);
        if (what === 'thread') m.loadThread(state, 'c', values[0]);
        if (what === 'older') m.loadThread(state, 'c', values[0], { older: true });
        if (what === 'open') m.openThread(state, values[0]);
        if (what === 'askOlder') state.threads.get('c').older = 'loading';
        if (what === 'newEpoch') m.forgetStamps(state);
        if (what === 'drop') m.dropUnstamped(state);
    }
    const thread = state.threads.get('c');
    return {
        chats: Object.fromEntries(state.chats),
        messages: thread ? thread.messages.map((one) => [one.id, one.content.text]) : null,
        replies: thread ? [...thread.outbox.values()].map((one) => [one.ref, one.state]) : [],
        next: thread?.next ?? null,
        effects: effects.map((one) => one.kind),
        threads: [...state.threads.keys()],
    };
"""


def tell(panel: Panel, *steps: tuple[Any, ...]) -> dict[str, Any]:
    answer: dict[str, Any] = panel.ask("core/store.js", RUN, [list(step) for step in steps])
    return answer


def message(id_: str, created: int, text: str = "", **more: Any) -> dict[str, Any]:
    words = {"content": {"text": text or id_}, "type": "text", "direction": "in", "rank": None}
    return {"id": id_, "created": created, "chat_id": "c", **words, **more}


def arrived(seq: int, one: dict[str, Any], unread: int = 1, *, ring: bool = False) -> tuple[Any, ...]:
    counters = {"unread": unread, "unanswered_since": one["created"], "last_message": one}
    event = {"type": "message", "seq": seq, "at": seq, "chat_id": "c", "account_id": 1}
    return ("event", event | {"message": one, "chat": counters, "ring": ring})


def chat(unread: int = 0, **more: Any) -> dict[str, Any]:
    facts = {"id": "c", "account_id": 1, "buyer": {"id": 7, "name": "Марина"}, "item": None, "updated": 5}
    return facts | {"unread": unread, "unanswered_since": None, "last_message": None, "enriched": True} | more


def page(seq: int, *messages: dict[str, Any], before: str | None = None, outbox: Any = ()) -> dict[str, Any]:
    return {"messages": list(messages), "outbox": list(outbox), "next": before, "seq": seq, "epoch": "e"}


def reply(seq: int, state: str, ref: str = "r") -> tuple[Any, ...]:
    item = {"ref": ref, "chat_id": "c", "state": state, "at": 1, "text": "Да", "message_id": None}
    return ("event", {"type": "outbox", "seq": seq, "at": 1, "chat_id": "c", "item": item})


def test_a_new_message_joins_the_open_thread_and_moves_its_chat(panel: Panel) -> None:
    after = tell(
        panel, ("chats", [chat()], 1), ("thread", page(1, message("a", 10))), arrived(2, message("b", 20))
    )

    assert [one for one, _ in after["messages"]] == ["a", "b"]
    assert (after["chats"]["c"]["unread"], after["chats"]["c"]["updated"]) == (1, 20)


def test_it_rings_only_when_the_event_says_so(panel: Panel) -> None:
    quiet = tell(panel, ("chats", [chat()], 1), arrived(2, message("a", 10)))
    loud = tell(panel, ("chats", [chat()], 1), arrived(2, message("a", 10), ring=True))

    assert (quiet["effects"], loud["effects"]) == ([], ["ring"])


def test_a_message_of_an_unknown_chat_is_shown_and_its_facts_are_asked_for(panel: Panel) -> None:
    after = tell(panel, arrived(2, message("a", 10)))

    assert (after["effects"], after["chats"]["c"]["buyer"]) == (["unknown chat"], None)


def test_facts_that_come_later_fill_in_without_undoing_counters(panel: Panel) -> None:
    after = tell(panel, arrived(5, message("a", 10), unread=3), ("chats", [chat(unread=2)], 4))

    assert (after["chats"]["c"]["unread"], after["chats"]["c"]["buyer"]["name"]) == (3, "Марина")


def test_an_answer_read_before_an_event_does_not_undo_it(panel: Panel) -> None:
    after = tell(panel, ("chats", [chat()], 1), arrived(5, message("a", 10)), ("chats", [chat(unread=0)], 4))

    assert after["chats"]["c"]["unread"] == 1


def test_an_event_older_than_the_answer_it_is_part_of_changes_nothing(panel: Panel) -> None:
    deleted = message("a", 10, "стёрто", deleted=True)

    after = tell(panel, ("thread", page(9, deleted)), arrived(8, message("a", 10, "первое")))

    assert after["messages"] == [["a", "стёрто"]]


def test_a_thread_read_before_an_event_keeps_what_the_event_brought(panel: Panel) -> None:
    first = page(1, message("a", 10))

    after = tell(
        panel, ("thread", first), arrived(5, message("b", 20)), ("thread", page(4, message("a", 10)))
    )

    assert [one for one, _ in after["messages"]] == ["a", "b"]


def test_what_happens_while_a_thread_is_being_loaded_is_not_lost(panel: Panel) -> None:
    quoted = message("a", 10, "с цитатой")

    after = tell(
        panel,
        ("open", "c"),
        arrived(5, quoted),
        ("thread", page(4, message("a", 10, "без цитаты"), before="x")),
    )

    assert (after["messages"], after["next"]) == ([["a", "с цитатой"]], "x")


def test_messages_of_the_same_second_keep_avitos_order(panel: Panel) -> None:
    tied = [message("z", 10, rank=1), message("a", 10, rank=2), message("m", 10)]

    after = tell(panel, ("thread", page(1, *tied)))

    assert [one for one, _ in after["messages"]] == ["z", "a", "m"]


def test_older_pages_stay_when_the_newest_joins_on_to_them(panel: Panel) -> None:
    newest = page(1, message("b", 20), before="x")
    older = page(1, message("a", 10))

    after = tell(panel, ("thread", newest), ("older", older), ("thread", newest))

    assert ([one for one, _ in after["messages"]], after["next"]) == (["a", "b"], None)


def test_a_message_that_its_rank_moves_above_the_newest_page_stays(panel: Panel) -> None:
    newest = page(1, message("b", 10), message("c", 10), before="x")
    older = page(1, message("a", 9))
    # Sorted by id so far; Avito's order puts c first, and the page has room for one.
    again = page(2, message("b", 10), before="y")

    after = tell(panel, ("thread", newest), ("older", older), ("thread", again))

    assert {id_ for id_, _ in after["messages"]} == {"a", "b", "c"}


def test_a_newest_page_that_leaves_a_hole_replaces_everything(panel: Panel) -> None:
    after = tell(
        panel,
        ("thread", page(1, message("a", 10), before="x")),
        ("thread", page(9, message("m", 90), before="y")),
    )

    assert ([one for one, _ in after["messages"]], after["next"]) == (["m"], "y")


def test_a_change_of_a_message_above_the_loaded_ones_waits_for_its_page(panel: Panel) -> None:
    after = tell(panel, ("thread", page(1, message("b", 20), before="x")), arrived(2, message("a", 10)))

    assert [one for one, _ in after["messages"]] == ["b"]


def test_a_late_message_that_its_page_just_missed_is_not_lost(panel: Panel) -> None:
    after = tell(
        panel,
        ("thread", page(1, message("c", 30), before="x")),
        ("askOlder",),
        arrived(3, message("b", 20)),
        ("older", page(2, message("a", 10))),
    )

    assert [one for one, _ in after["messages"]] == ["a", "b", "c"]


def test_a_thread_changed_in_bulk_is_to_be_read_again(panel: Panel) -> None:
    event = {"type": "thread", "seq": 2, "at": 1, "chat_id": "c", "chat": chat(unread=9)}

    after = tell(panel, ("chats", [chat()], 1), ("event", event))

    assert (after["effects"], after["chats"]["c"]["unread"]) == (["rewritten"], 9)


def test_where_a_reply_stands_follows_its_events(panel: Panel) -> None:
    after = tell(panel, ("thread", page(1)), reply(2, "queued"), reply(3, "sending"), reply(2, "queued"))

    assert after["replies"] == [["r", "sending"]]


def test_a_reply_the_server_no_longer_lists_leaves_the_screen(panel: Panel) -> None:
    after = tell(panel, ("thread", page(1)), reply(2, "queued"), ("thread", page(3)))

    assert after["replies"] == []


def test_a_new_epoch_lets_lower_numbers_through(panel: Panel) -> None:
    after = tell(panel, ("chats", [chat(unread=4)], 500), ("newEpoch",), ("chats", [chat(unread=1)], 3))

    assert after["chats"]["c"]["unread"] == 1


def test_after_reading_again_only_chats_that_were_named_remain(panel: Panel) -> None:
    kept, gone = chat(), chat(id="gone")

    after = tell(panel, ("chats", [kept, gone], 500), ("newEpoch",), ("chats", [kept], 3), ("drop",))

    assert list(after["chats"]) == ["c"]


def test_only_the_last_twenty_threads_are_held(panel: Panel) -> None:
    after = tell(panel, *[("open", f"chat-{n}") for n in range(30)])

    assert after["threads"] == [f"chat-{n}" for n in range(10, 30)]


def test_events_of_unknown_types_change_nothing(panel: Panel) -> None:
    after = tell(panel, ("chats", [chat()], 1), ("event", {"type": "weather", "seq": 2, "at": 1}))

    assert after["effects"] == []


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_a_thread_ends_the_same_in_whatever_order_page_and_events_come(
    panel: Panel, data: st.DataObject
) -> None:
    history = [message(f"m{n}", 10 + data.draw(st.integers(0, 3))) for n in range(5)]
    split = data.draw(st.integers(0, 5))
    events = [arrived(10 + n, one) for n, one in enumerate(history)]
    known = sorted(history[:split], key=lambda one: (one["created"], "~" + one["id"]))
    answer = ("thread", page(9 + split, *known))
    at = data.draw(st.integers(0, 5))
    mixed = [*events[:at], answer, *events[at:]]

    before = data.draw(st.sampled_from([("open", "c"), ("thread", page(0))]))
    first = tell(panel, before, *mixed)
    # The answer misses what came after it was read; those events are the ones that bring it.
    expected = sorted(history, key=lambda one: (one["created"], "~" + one["id"]))

    assert [one for one, _ in first["messages"]] == [one["id"] for one in expected]


@pytest.mark.parametrize(("unread", "first"), [(0, None), (1, "lead"), (2, "in"), (9, "in")])
def test_what_is_new_begins_with_the_oldest_unread_message_or_lead(
    panel: Panel, unread: int, first: str | None
) -> None:
    system = {"direction": "system"}
    held = [message("before", 1), message("out", 2, direction="out"), message("in", 3)]
    held += [
        message("shown", 4, **system),
        message("lead", 5, **system, lead=True),
        message("later", 6, **system),
    ]

    assert panel.ask("core/store.js", "return m.firstNew(...value);", [held, unread]) == first
