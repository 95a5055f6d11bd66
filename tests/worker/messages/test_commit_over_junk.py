"""Junk in what a commit stores: no commit fails, and the thread that Avito lists replaces the junk."""

from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from shared.redis import keys
from tests.worker.builders import CHAT, SELLER
from tests.worker.messages.stores import Stores
from tests.worker.messages.test_commit_properties import facts, report, snapshot, sweep
from worker.messages.commit import Change, command

MESSAGES, THREAD = keys.messages(SELLER, CHAT), keys.thread(SELLER, CHAT)
SHOWN = keys.chat(SELLER, CHAT)
WORDS = [b"", b"x", b"\xff", b"{", b"\n", b"\n{}", b"x y z\n{}", b"1 - i1 0\n{}", b"5 ", b"nan x", b"inf"]
MARKS = ["out", "answer", "read", "floor"]
FIELDS = [*MARKS, "type", "buyer", "item", "facts_updated", "facts_read", "facts_fp", "rule", "word", "mixed"]
ALL = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
IN_ORDER = [report(number, "webhook") for number in ALL]
few = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""Each takes two stores and a dozen commits."""


def _cut(value: bytes) -> bytes:
    return value[:-7]


def _longer(value: bytes) -> bytes:
    return value.replace(b'"content":', b'"content": ')


DAMAGES: list[Callable[[bytes], bytes]] = [_cut, _longer]


@few
@example(IN_ORDER, [(0, b"")], {"floor": b"x"}, [])
@given(
    st.permutations(IN_ORDER),
    st.lists(st.tuples(st.sampled_from(ALL), st.sampled_from([*WORDS, *DAMAGES])), max_size=3),
    st.dictionaries(st.sampled_from(FIELDS), st.sampled_from(WORDS), max_size=3),
    st.lists(st.sampled_from([*WORDS, b"~gone", b"001gone"]), max_size=2),
)
def test_after_avitos_list_the_thread_is_as_without_junk(
    stores: Stores,
    changes: list[Change],
    damaged: list[Any],
    fields: dict[str, bytes],
    strangers: list[bytes],
) -> None:
    listed = [sweep(ALL, "late sweep"), facts(5)]
    store = stores.run([*changes, sweep([0, 2, 4], "page")])
    for number, junk in damaged:
        held = store.hget(MESSAGES, f"m{number}")
        store.hset(MESSAGES, f"m{number}", junk(held) if callable(junk) else junk)
    if fields:
        store.hset(SHOWN, mapping=fields)
    for member in strangers:
        store.zadd(THREAD, {member: 1_000_000_002})

    for change in listed:
        store.execute_command(*command(change, 2_000_000_500.0, 200))

    store.zrem(THREAD, b"-", *strangers)
    expected = stores.run([*changes, sweep([0, 2, 4], "page"), *listed])
    assert _visible(store) == _visible(expected)


def _visible(store: Any) -> Any:
    """What operators see, but for who wrote it first."""
    messages, chat = snapshot(store)
    for message in [*messages, chat["last_message"]]:
        del message["rank"]
    return messages, chat
