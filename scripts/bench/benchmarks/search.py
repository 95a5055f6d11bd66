"""Search in a million messages at the real gateway, and the cost of the index."""

import random
import time
from collections.abc import Iterator
from itertools import accumulate, product
from typing import Any, cast
from urllib.parse import quote

from redis.asyncio import Redis

from bench import read_model
from bench.result import Result, at_most, p50_p99
from bench.stage import PANEL, running_stage
from bench.timing import time_reads
from shared.redis import keys
from testbed import ACCOUNT
from worker.accounts.context import AccountContext
from worker.accounts.search_index import SearchIndexer
from worker.messages.commit import Change

_SYLLABLES = ("ка", "ро", "ве", "ли", "до", "ста", "пе", "но", "за", "ми", "ру", "ше", "вы", "при", "сто")
_ENDINGS = ("", "а", "у", "ом", "ы", "ов", "ами")
_KNOWN = 40_000
_WORDS = 8
_CHATS = 5_000
_SAMPLES = 40


async def measure(*, quick: bool) -> Result:
    """Search in chats whose messages have eight words each."""
    messages = 20 if quick else 200
    chance = random.Random(1)  # noqa: S311 - made-up words
    words = chance.sample(["".join(syllables) + "к" for syllables in product(_SYLLABLES, repeat=4)], _KNOWN)
    async with running_stage("gateway") as stage, stage.system.redis as redis:
        await read_model.begin(redis)
        for changes in _changes(chance, words, messages):
            await read_model.run(redis, changes, messages)
        held = await _megabytes(redis)
        indexed_s = await _index(redis)
        index = await _megabytes(redis) - held
        url, cookie = stage.system.url("gateway"), await stage.log_in()
        rows: list[tuple[str, float, float]] = []
        for name, query in _queries(words):
            path = f"{PANEL}api/chats?q={quote(query)}"
            took = await time_reads(url, path, cookie, _SAMPLES if rows else 1)
            rows.append((name, *p50_p99(took)))
    return Result(
        "Search in messages",
        f"GET api/chats?q= at the real gateway; {_CHATS:,} chats of {messages} messages of {_WORDS} words.",
        ("", "p50 ms", "p99 ms"),
        [(name, f"{p50:.0f}", f"{p99:.0f}") for name, p50, p99 in rows],
        [at_most("search: p50 of the slowest kind of query", max(p50 for _, p50, _ in rows[1:]), 250, " ms")],
        (
            f"Indexing every chat took {indexed_s:.0f} s of work, without the pauses between chats.",
            f"The index of {held:.0f} MB of messages takes {index:.0f} MB in Redis.",
        ),
    )


def _changes(chance: random.Random, words: list[str], messages: int) -> Iterator[list[Change]]:
    """Yield a chat's change; the words have the frequencies of natural language (Zipf's law)."""
    weights = list(accumulate(1 / (place + 3) for place in range(len(words))))
    for number in range(_CHATS):
        chosen = chance.choices(words, cum_weights=weights, k=messages * _WORDS)
        said = [word + chance.choice(_ENDINGS) for word in chosen]
        texts = [" ".join(said[at : at + _WORDS]) for at in range(0, len(said), _WORDS)]
        first = read_model.START + number * messages
        created = range(first, first + messages)
        yield [read_model.change(f"chat-{number}", created, texts=texts, quiet=True)]


async def _index(redis: Redis) -> float:
    """Let the worker's indexer read every chat and return the seconds."""
    lease = keys.lease("watch")
    await redis.set(lease, "bench")
    account = AccountContext(cast("Any", redis), cast("Any", None), ACCOUNT, 0)
    began = time.perf_counter()
    await SearchIndexer(account, lease, "bench", rest=0.0).follow()
    return time.perf_counter() - began


def _queries(words: list[str]) -> list[tuple[str, str]]:
    return [
        ("the very first search", "nothing"),
        ("no such word", "nothing"),
        ("the most common word", words[0]),
        ("another form of a common word", f"{words[100]}ами"),
        ("a rare word", words[10_000]),
        ("two words", f"{words[100]} {words[3_000]}"),
        ("the first four letters of a word", words[200][:4]),
    ]


async def _megabytes(redis: Redis) -> float:
    said: Any = await redis.info("memory")
    return float(said["used_memory"]) / 1e6
