import pytest
from hypothesis import given
from hypothesis import strategies as st

from avito_simulator.model import DELETED_TEXT, Buyer, Chat, Item, Message
from avito_simulator.world import NotThereError, RefusedError, World

ACCOUNT, BUYER = 1001, 2002
seconds = st.integers(min_value=1_000, max_value=1_010)


def make_chat(chat_id: str = "c", *, buyer: int = BUYER, item: int | None = 5) -> Chat:
    kept = Item(item, "Стол", "1 ₽", "Тверь", "https://example.test") if item else None
    return Chat(chat_id, "u2i" if item else "u2u", 900, Buyer(buyer, "Марина"), kept)


def make_message(number: int, created: int = 1_000, author: int = BUYER) -> Message:
    return Message(f"m{number}", "c", author, "text", {"text": str(number)}, created)


def make_world(*messages: Message) -> World:
    world = World(ACCOUNT)
    world.add_chat(make_chat())
    for message in messages:
        world.add(message)
    return world


@given(st.lists(seconds))
def test_a_thread_is_newest_first_and_the_later_of_one_second_comes_first(times: list[int]) -> None:
    world = make_world(*(make_message(n, created) for n, created in enumerate(times)))

    expected = sorted(enumerate(times), key=lambda one: (one[1], one[0]), reverse=True)
    assert [message.id for message in world.thread("c")] == [f"m{n}" for n, _ in expected]


@given(st.lists(seconds, min_size=1))
def test_updated_is_the_time_of_the_newest_message(times: list[int]) -> None:
    world = make_world(*(make_message(n, created) for n, created in enumerate(times)))

    assert world.updated("c") == max(times)


@given(st.lists(seconds, min_size=1), st.data())
def test_a_deletion_moves_neither_updated_nor_the_order(times: list[int], data: st.DataObject) -> None:
    world = make_world(*(make_message(n, created) for n, created in enumerate(times)))
    before, order = world.updated("c"), [message.id for message in world.thread("c")]

    world.delete("c", data.draw(st.sampled_from(order)), data.draw(st.sampled_from(["type", "text"])))

    assert (world.updated("c"), [message.id for message in world.thread("c")]) == (before, order)


def test_a_chat_without_messages_was_updated_when_it_was_made() -> None:
    assert make_world().updated("c") == 900


@pytest.mark.parametrize(
    ("form", "kind", "content"),
    [
        ("type", "deleted", {}),
        ("text", "text", {"text": DELETED_TEXT}),
        ("notice", "deleted", {}),
    ],
)
def test_a_deleted_message_keeps_its_id_and_loses_its_words(form, kind, content) -> None:  # type: ignore[no-untyped-def] # a plain table
    world = make_world(make_message(1))

    gone = world.delete("c", "m1", form)

    assert (gone.id, gone.type, gone.content, gone.deleted) == ("m1", kind, content, True)


def test_a_second_deletion_changes_nothing() -> None:
    world = make_world(make_message(1))
    first = world.delete("c", "m1", "type")

    assert world.delete("c", "m1", "text") == first


def test_unread_counts_the_buyers_messages_until_the_account_reads() -> None:
    world = make_world(make_message(1), make_message(2, author=ACCOUNT), make_message(3))
    assert world.unread("c") == 2

    world.read_by_account("c")

    assert world.unread("c") == 0


def test_system_and_deleted_messages_are_not_unread() -> None:
    system = Message("s", "c", 1, "system", {"text": "[Системное сообщение] …"}, 1_000)
    world = make_world(system, make_message(1))
    world.delete("c", "m1", "type")

    assert world.unread("c") == 0


def test_the_buyer_reads_only_what_the_account_wrote_and_only_once() -> None:
    world = make_world(make_message(1), make_message(2, author=ACCOUNT))

    world.read_by_buyer("c", 1_100)
    world.read_by_buyer("c", 1_200)

    assert [(m.id, m.read) for m in world.thread("c")] == [("m2", 1_100), ("m1", None)]


def test_a_message_is_hidden_until_the_lists_have_caught_up() -> None:
    late = Message("late", "c", ACCOUNT, "text", {"text": "?"}, 1_005, visible_at=1_010.0)
    world = make_world(make_message(1), late)

    assert world.updated("c", now=1_009) == 1_000
    assert [message.id for message in world.thread("c", now=1_010)] == ["late", "m1"]


def test_the_list_of_chats_is_newest_first() -> None:
    world = World(ACCOUNT)
    for chat in (make_chat("a", item=5), make_chat("b", item=6), make_chat("u", item=None)):
        world.add_chat(chat)
    world.add(Message("1", "b", BUYER, "text", {}, 1_000))
    world.add(Message("2", "a", BUYER, "text", {}, 1_000))
    world.add(Message("3", "u", ACCOUNT, "text", {}, 1_001))

    assert [chat.id for chat in world.listing()] == ["u", "a", "b"]


def test_what_is_not_there_is_said_so() -> None:
    world = make_world()

    with pytest.raises(NotThereError):
        world.thread("nowhere")
    with pytest.raises(NotThereError):
        world.message("c", "nothing")


def test_an_id_is_taken_once() -> None:
    world = make_world(make_message(1))

    with pytest.raises(RefusedError):
        world.add(make_message(1))
    with pytest.raises(RefusedError):
        world.add_chat(make_chat())
