"""Whose item is next when those of many keys wait."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from shared.http.fair_queue import FairQueue

KEYS = st.lists(st.integers(0, 3), min_size=1, max_size=60)


def filled(keys: list[int]) -> FairQueue[tuple[int, int]]:
    queue = FairQueue[tuple[int, int]]()
    for number, key in enumerate(keys):
        queue.put(key, (key, number))
    return queue


@given(KEYS)
def test_keys_take_turns_and_keep_the_order_of_their_items(keys: list[int]) -> None:
    queue = filled(keys)
    taken = [queue.take() for _ in keys]

    assert len(queue) == 0
    for key in range(4):
        numbers = [number for of, number in taken if of == key]
        assert numbers == sorted(numbers)
    for index, (key, _) in enumerate(taken[1:]):
        if taken[index][0] == key:  # twice in a row only when no other key has an item
            assert {of for of, _ in taken[index:]} == {key}


@given(KEYS)
def test_the_newest_item_of_a_key_with_most_is_dropped(keys: list[int]) -> None:
    queue, left = filled(keys), list(enumerate(keys))
    while left:
        key, number = queue.drop()
        of_each = Counter(of for _, of in left)

        assert of_each[key] == max(of_each.values())
        assert number == max(at for at, of in left if of == key)
        left.remove((number, key))
    assert len(queue) == 0
