"""A part's output: its lines, their short form, and how often the part is started again."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avito_live.runner.part_process import lines_of, next_delay
from avito_live.runner.terminal import short


def lines(*chunks: bytes) -> list[str]:
    """Return the lines of a stream that comes in these chunks, one after the other."""

    async def feed(stream: asyncio.StreamReader) -> None:
        for chunk in chunks:
            stream.feed_data(chunk)
            await asyncio.sleep(0)
        stream.feed_eof()

    async def read() -> list[str]:
        stream = asyncio.StreamReader()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(feed(stream))
            return [line async for line in lines_of(stream)]

    return asyncio.run(read())


@given(st.lists(st.binary(max_size=40), max_size=30))
def test_lines_are_the_same_however_the_stream_is_cut(chunks: list[bytes]) -> None:
    *ended, rest = b"".join(chunks).split(b"\n")

    expected = [line.decode("utf-8", "replace").rstrip("\r") for line in (*ended, *([rest] if rest else []))]
    assert lines(*chunks) == expected


def test_a_line_without_an_end_comes_in_pieces() -> None:
    pieces = lines(*[b"x" * 10_000] * 100)

    assert "".join(pieces) == "x" * 1_000_000
    assert max(map(len, pieces)) < 100_000


@pytest.mark.parametrize(
    ("part", "line", "shown"),
    [
        (
            "worker",
            "12:00:00.123 INFO    worker.intake: committed chat=7",
            "worker    worker.intake: committed chat=7",
        ),
        (
            "worker",
            "12:00:00.123 INFO    worker.intake: worker.intake.done n=1",
            "worker    worker.intake.done n=1",
        ),
        ("ingest", "12:00:00.123 WARNING ingest: spooling", "ingest    WARNING ingest: spooling"),
        ("worker", "Traceback (most recent call last):", None),
        ("worker", '  File "x.py", line 1', None),
        ("worker", "ValueError: no", "worker    ValueError: no"),
        ("worker", "   ", None),
        ("redis", "7:M 22 Nov 2025 13:00:00.123 * Ready to accept connections tcp", None),
        ("redis", "7:M 22 Nov 2025 13:00:00.123 # WARNING Memory overcommit must be enabled!", None),
        (
            "redis",
            "7:M 22 Nov 2025 13:00:00.123 # Error writing to the AOF",
            "redis     Error writing to the AOF",
        ),
    ],
)
def test_the_terminal_shows_a_line_in_its_short_form(part: str, line: str, shown: str | None) -> None:
    assert short(part, line, 160) == shown


def test_a_long_line_is_cut_to_the_terminals_width() -> None:
    shown = short("worker", "x" * 500, 60)

    assert shown is not None
    assert len(shown) == 60
    assert shown.endswith("…")


def test_a_part_that_keeps_dying_is_started_ever_later_and_then_given_up() -> None:
    deaths: list[float] = []

    assert [next_delay(deaths, now) for now in range(6)] == [0.5, 1.0, 2.0, 4.0, 8.0, None]


def test_a_death_now_and_then_is_forgiven() -> None:
    deaths: list[float] = []

    assert [next_delay(deaths, now * 200.0) for now in range(20)] == [0.5] * 20
