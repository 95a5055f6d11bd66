import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from push_gateway.features.presence import presence
from push_gateway.features.presence.presence import MAX_CLIENTS, TYPING_FOR, VIEWING_FOR, Presence, Sign

signs = st.builds(
    Sign,
    client=st.sampled_from("123"),
    operator=st.sampled_from(["anna", "boris"]),
    chat_id=st.sampled_from(["c", "d", None]),
    typing=st.booleans(),
)


def test_two_windows_of_one_operator_count_once() -> None:
    table = Presence()

    table.apply(Sign("1", "anna", "c"), 0)
    table.apply(Sign("2", "anna", "c", typing=True), 0)
    table.apply(Sign("3", "boris", "c"), 0)

    assert table.of("c", 1) == (["anna", "boris"], ["anna"])


def test_going_elsewhere_changes_both_chats() -> None:
    table = Presence()
    table.apply(Sign("1", "anna", "c"), 0)

    assert table.apply(Sign("1", "anna", "d"), 0) == {"c", "d"}
    assert table.of("c", 0) == ([], [])


def test_a_repeated_sign_changes_nothing_but_lasts_longer() -> None:
    table = Presence()
    table.apply(Sign("1", "anna", "c"), 0)

    assert table.apply(Sign("1", "anna", "c"), VIEWING_FOR - 1) == set()
    assert table.fade(VIEWING_FOR + 1) == set()
    assert table.fade(2 * VIEWING_FOR) == {"c"}


def test_typing_fades_before_viewing_does() -> None:
    table = Presence()
    table.apply(Sign("1", "anna", "c", typing=True), 0)

    assert table.fade(TYPING_FOR) == {"c"}
    assert table.of("c", TYPING_FOR) == (["anna"], [])
    assert table.fade(TYPING_FOR) == set()


def test_clients_beyond_the_limit_are_not_shown() -> None:
    table = Presence()
    for number in range(MAX_CLIENTS):
        table.apply(Sign(str(number), "anna", "c"), 0)

    assert table.apply(Sign("late", "boris", "c"), 0) == set()
    assert table.of("c", 0) == (["anna"], [])


@given(st.lists(st.tuples(signs, st.floats(0, 30)), max_size=20))
def test_every_chat_that_looks_different_is_returned(steps: list[tuple[Sign, float]]) -> None:
    table = Presence()
    now = 0.0
    for sign, later in steps:
        now += later
        table.fade(now)
        before = {chat: table.of(chat, now) for chat in ("c", "d")}
        changed = table.apply(sign, now)
        assert {chat for chat in ("c", "d") if table.of(chat, now) != before[chat]} <= changed


def test_signs_are_read_as_they_were_written() -> None:
    told = [Sign("1", "anna", "c", typing=True), Sign("2", "boris", None)]

    assert presence.read(orjson.loads(presence.write(told))) == told


@pytest.mark.parametrize(
    "event", [{}, {"signs": 7}, {"signs": [7, {}, {"client": 1, "operator": 2, "chat_id": 3, "typing": 4}]}]
)
def test_malformed_signs_are_left_out(event: dict[str, object]) -> None:
    assert presence.read(event) == []
