"""Which chats a sweep reads, and which it leaves."""

from dataclasses import replace
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tests.worker.sync.sweep.builders import DAY, NOW, make_chat
from worker.avito.chats import ChatListing
from worker.sync.sweep.marks import Mark, ThreadPosition, decode, encode, listed_as, mark_read, mark_unread
from worker.sync.sweep.plan import Plan, due_again, first_import, last_turn, plan, waiting_first

NOTHING = Plan((), (), ())

chats = st.lists(
    st.builds(
        make_chat,
        chat_id=st.sampled_from([f"c{number}" for number in range(8)]),
        updated=st.floats(NOW - 90 * DAY, NOW),
        last=st.sampled_from(["m1", "m2"]),
    ),
    max_size=12,
)
marks = st.builds(
    Mark,
    listed=st.text(max_size=20),
    facts=st.text(max_size=20),
    updated=st.floats(0, NOW),
    newest=st.none() | st.builds(ThreadPosition, st.floats(0, NOW), st.text(max_size=20)),
    read_at=st.floats(0, NOW),
)


def verified(chat: ChatListing, read_at: float = NOW - 60) -> Mark:
    return mark_read(chat, (), None, read_at)


def test_a_chat_that_is_as_it_was_verified_is_not_read() -> None:
    chat = make_chat()

    assert plan([chat], {"c1": verified(chat)}) == NOTHING


def test_a_chat_never_verified_is_read() -> None:
    assert plan([make_chat()], {}).read == (make_chat(),)


def test_a_chat_with_another_last_message_is_read_even_if_its_time_is_the_same() -> None:
    seen, now = make_chat(last="m1"), make_chat(last="m2")

    assert plan([now], {"c1": verified(seen)}).read == (now,)


def test_a_chat_whose_last_message_was_deleted_is_read() -> None:
    now = make_chat(gone=True)

    assert plan([now], {"c1": verified(make_chat())}).read == (now,)


def test_a_chat_whose_item_alone_changed_costs_no_call() -> None:
    now = make_chat(title="Самокат, торг")

    assert plan([now], {"c1": verified(make_chat())}) == Plan((), (now,), ())


def test_a_chat_to_recheck_is_read_although_its_row_is_the_same() -> None:
    chat = make_chat()

    assert plan([chat], {"c1": verified(chat)}, recheck={"c1"}).read == (chat,)


def test_a_chat_of_the_first_import_waits_for_it() -> None:
    chat = make_chat(updated=NOW - 100)

    assert plan([chat], {}, to_import={"c1"}, import_began=NOW) == Plan((), (), (chat,))


def test_a_live_message_does_not_wait_for_the_first_import() -> None:
    chat = make_chat(updated=NOW + 1)

    assert plan([chat], {}, to_import={"c1"}, import_began=NOW).read == (chat,)


@given(chats)
def test_the_most_recently_updated_chat_is_read_first_and_each_once(listed: list[ChatListing]) -> None:
    read = plan(listed, {}).read

    assert [chat.updated for chat in read] == sorted((chat.updated for chat in read), reverse=True)
    assert {chat.chat_id for chat in read} == {chat.chat_id for chat in listed}
    assert len({chat.chat_id for chat in read}) == len(read)


@given(chats)
def test_verified_chats_are_not_read_again_in_any_order_of_the_list(listed: list[ChatListing]) -> None:
    once = {chat.chat_id: chat for chat in listed}

    assert plan(once.values(), {chat.chat_id: verified(chat) for chat in listed}) == NOTHING


def test_the_first_import_takes_every_chat_of_30_days_and_leaves_the_rest_unread() -> None:
    young = [make_chat(f"young-{number}", updated=NOW - number) for number in range(1100)]
    old = [make_chat("old", updated=NOW - 31 * DAY)]

    assert first_import([*old, *young], {}, NOW) == (young, old)


def test_the_import_takes_chats_that_an_earlier_version_left_as_they_stood_and_no_others() -> None:
    left, read, old = (make_chat(name) for name in ("left", "read", "old"))
    old = replace(old, updated=NOW - 31 * DAY)
    marks = {"left": mark_unread(left), "read": verified(read), "old": mark_unread(old)}

    assert first_import([left, read, old], marks, NOW) == ([left], [])


def test_a_chat_that_changed_after_the_import_began_is_left_to_the_sweep() -> None:
    assert first_import([make_chat(updated=NOW + 5)], {}, NOW) == ([], [])


def test_chats_that_wait_for_an_answer_are_imported_first() -> None:
    waits = [replace(make_chat(name, updated=NOW - age), waits=True) for name, age in (("a", 900), ("b", 60))]
    others = [make_chat(name, updated=NOW - age) for name, age in (("c", 10), ("d", 600))]
    others = [replace(chat, waits=False) for chat in others]

    assert [chat.chat_id for chat in waiting_first([*others, *waits])] == ["b", "a", "c", "d"]


def test_a_row_without_its_last_message_is_compared_by_its_time() -> None:
    whole = make_chat()
    stub = replace(whole, last=None)
    newest = ThreadPosition(NOW - 60, "m1")

    assert plan([stub], {"c1": verified(whole)}) == NOTHING
    assert plan([whole], {"c1": replace(verified(stub), newest=newest)}) == NOTHING
    assert plan([make_chat(last="m2")], {"c1": replace(verified(stub), newest=newest)}).read
    assert plan([replace(stub, updated=NOW)], {"c1": verified(whole)}).read


def test_a_chat_left_unread_is_read_from_its_last_message_on_once_it_changes() -> None:
    chat = make_chat(updated=NOW - 40 * DAY, last="m9")
    mark = mark_unread(chat)

    assert mark.newest == ThreadPosition(NOW - 40 * DAY, "m9")
    assert plan([chat], {"c1": mark}) == NOTHING
    assert plan([make_chat(updated=NOW, last="m10")], {"c1": mark}).read


@given(offset=st.floats(0, DAY), chat_id=st.text(min_size=1, max_size=30))
def test_every_thread_has_its_turn_once_a_day(offset: float, chat_id: str) -> None:
    now = NOW + offset
    turn = last_turn(chat_id, now, DAY)

    assert now - DAY <= turn <= now
    assert abs(last_turn(chat_id, turn + DAY + 1, DAY) - (turn + DAY)) < 1


def test_turns_are_spread_over_the_day() -> None:
    marks = {f"chat-{n}": replace(verified(make_chat()), read_at=NOW) for n in range(240)}

    hours = [len(due_again(marks, NOW + hour * 3600, DAY)) for hour in range(25)]

    assert hours[0] == 0
    assert hours[24] == 240
    assert all(later - earlier < 30 for earlier, later in pairwise(hours))


def test_a_thread_silent_for_a_month_is_not_read_again() -> None:
    chat = make_chat(updated=NOW - 31 * DAY)

    assert due_again({"c1": verified(chat, NOW - 5 * DAY)}, NOW, DAY) == []


def test_a_thread_that_was_never_read_is_not_read_again() -> None:
    assert due_again({"c1": mark_unread(make_chat())}, NOW, DAY) == []


@given(marks)
def test_a_mark_is_read_as_it_was_written(mark: Mark) -> None:
    assert decode(encode(mark)) == mark


@given(st.binary(max_size=40))
def test_an_unreadable_mark_counts_as_none(text: bytes) -> None:
    mark = decode(text)

    assert mark is None or isinstance(mark, Mark)


def test_listings_differ_by_time_message_and_deletion() -> None:
    rows = [make_chat(), make_chat(updated=NOW), make_chat(last="m2"), make_chat(gone=True)]

    assert len({listed_as(row) for row in rows}) == 4
