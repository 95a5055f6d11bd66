"""`make dead` and `make redrive`, as operators of a server use them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from shared.redis import keys
from shared.wires import inbox
from testbed import RedisServer
from tests.scripts.running import avito_live


@pytest.fixture
def store(redis_server: RedisServer) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(redis_server.url) as client:
        client.flushall()
        yield client


def run(server: RedisServer, home: Path, *arguments: str) -> tuple[int, str, str]:
    done = avito_live(home, *arguments, REDIS_URL=server.url)
    return done.returncode, done.stdout, done.stderr


def bury(store: redis.Redis, body: bytes, reason: str = "not JSON") -> str:
    fields = {inbox.BODY: body, inbox.ACCEPTED: b"5.5", b"reason": reason, b"at": b"1757403725.0"}
    parts = (part for item in fields.items() for part in item)
    return str(store.execute_command("XADD", keys.DEAD, "*", *parts).decode())


def test_a_body_can_neither_break_the_line_nor_move_the_cursor(
    redis_server: RedisServer, store: redis.Redis, tmp_path: Path
) -> None:
    bury(store, b"\x1b[2Jone\r\ntwo\xff\x00" + b"x" * 900)

    head, line, *_ = run(redis_server, tmp_path, "dead")[1].splitlines()

    assert head.split() == ["id", "since", "reason", "webhook"]
    assert line.isprintable()
    assert len(line) < 200


def test_every_letter_is_listed_with_its_reason_and_body(
    redis_server: RedisServer, store: redis.Redis, tmp_path: Path
) -> None:
    bury(store, b"[]", "not a JSON object")

    code, said, _ = run(redis_server, tmp_path, "dead")

    assert code == 0
    assert "not a JSON object" in said
    assert "[]" in said


def test_more_than_can_be_read_are_counted(
    redis_server: RedisServer, store: redis.Redis, tmp_path: Path
) -> None:
    for number in range(53):
        bury(store, b"%d" % number)

    code, said, _ = run(redis_server, tmp_path, "dead")

    assert (code, "… and 3 older ones" in said) == (0, True)


def test_all_are_put_back_as_they_came_and_oldest_first(
    redis_server: RedisServer, store: redis.Redis, tmp_path: Path
) -> None:
    for number in range(45):
        bury(store, b"%d" % number)

    code, said, _ = run(redis_server, tmp_path, "redrive")

    back = store.execute_command("XRANGE", keys.INBOX, "-", "+")
    assert (code, said.split()[0]) == (0, "45")
    assert [fields for _, fields in back] == [
        {inbox.BODY: b"%d" % number, inbox.ACCEPTED: b"5.5"} for number in range(45)
    ]
    assert store.execute_command("XLEN", keys.DEAD) == 0


def test_one_is_put_back_and_the_others_stay(
    redis_server: RedisServer, store: redis.Redis, tmp_path: Path
) -> None:
    bury(store, b"one")
    chosen = store.execute_command("XREVRANGE", keys.DEAD, "+", "-")[0][0].decode()
    bury(store, b"two")

    assert run(redis_server, tmp_path, "redrive", chosen)[0] == 0

    (kept,) = store.execute_command("XRANGE", keys.DEAD, "-", "+")
    assert kept[1][inbox.BODY] == b"two"


@pytest.mark.parametrize("unknown", ["7-7", "+", "everything"])
def test_a_letter_that_is_not_there_is_said_to_be_so(
    redis_server: RedisServer, store: redis.Redis, tmp_path: Path, unknown: str
) -> None:
    bury(store, b"one")

    code, _, error = run(redis_server, tmp_path, "redrive", unknown)

    assert (code, "make dead" in error) == (1, True)
    assert store.execute_command("XLEN", keys.DEAD) == 1


def test_without_letters_nothing_is_wrong(
    redis_server: RedisServer, store: redis.Redis, tmp_path: Path
) -> None:
    assert run(redis_server, tmp_path, "dead")[:2] == (0, "There are no dead letters.\n")
    assert run(redis_server, tmp_path, "redrive")[0] == 0


def test_a_letter_says_how_many_it_stands_for_and_what_avito_answered(
    redis_server: RedisServer, store: redis.Redis, tmp_path: Path
) -> None:
    letter = bury(store, b"{}", "an order: this address is for the messenger")
    notes = {f"count:{letter}": 37, f"outcome:{letter}": "Avito was asked: the message is shown."}
    store.execute_command("HSET", keys.DEAD_NOTES, *(word for note in notes.items() for word in note))

    said = run(redis_server, tmp_path, "dead")[1]

    assert "an order: this address is for the messenger (37 that day)" in said
    assert "Avito was asked: the message is shown." in said
