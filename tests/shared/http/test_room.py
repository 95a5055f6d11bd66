"""How much one of many may take of what they share."""

from shared.http.room import Room


def test_room_is_bounded_for_each_and_in_all() -> None:
    room = Room(of_one=8, of_all=32)

    assert [room.take("a") for _ in range(9)] == [True] * 8 + [False]
    assert [room.take(str(number)) for number in range(25)] == [True] * 24 + [False]
    room.give_back("a")
    assert room.take("b")


def test_those_who_hold_nothing_are_forgotten() -> None:
    room = Room(of_one=1, of_all=1)
    room.take("a")
    room.give_back("a")

    assert not room._of
