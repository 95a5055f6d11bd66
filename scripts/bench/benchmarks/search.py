"""Search in a million messages at the real gateway, and the cost of the index."""

import asyncio
import random
import time
from collections.abc import Iterator
from itertools import accumulate
from typing import Any, cast
from urllib.parse import quote

import redis
import uvloop

from bench import panel, read_model
from bench.figures import quantile
from bench.poster import Poster
from bench.processes import ACCOUNT, open_processes
from bench.result import Result, Target
from bench.timing import address
from shared.redis import connection, keys
from worker.accounts.context import AccountContext
from worker.accounts.search_index import SearchIndexer
from worker.messages.commit import Change
from worker.messages.reading import read_message

_SYLLABLES = (
    "ка",
    "ро",
    "ве",
    "ли",
    "до",
    "ста",
    "пе",
    "но",
    "за",
    "ми",
    "ру",
    "ше",
    "гла",
    "вы",
    "при",
    "сто",
)
_ENDINGS = ("", "а", "у", "ом", "ы", "ов", "ами")
_KNOWN = 40_000
_WORDS = 8
_SAMPLES = 40
_CHATS_AT_ONCE = 20


def measure(chats: int, messages: int) -> Result:
    """Search in `chats` chats of `messages` messages with eight words each."""
    chance = random.Random(1)  # noqa: S311 - made-up words
    words = _vocabulary(chance)
    with open_processes() as processes:
        processes.redis()
        gateway = processes.service("gateway")
        with redis.Redis.from_url(processes.redis_url) as store:
            read_model.begin(store)
            for some in _chats(chance, words, chats, messages):
                read_model.run(store, some, messages)
            before = _memory(store)
            indexed_s = uvloop.run(_index(processes.redis_url))
            index_mb, held_mb = (_memory(store) - before) / 1e6, before / 1e6
        cookie = uvloop.run(panel.log_in(gateway.url))
        memory = gateway.resident_bytes()
        rows = uvloop.run(_ask(gateway.url, cookie, _queries(words)))
        gateway_mb = (gateway.resident_bytes() - memory) / 1e6
    slowest = max(p50 for name, p50, _ in rows[1:])
    return Result(
        "Search in messages",
        f"GET api/chats?q= at the real gateway; {chats:,} chats of {messages} messages, {_WORDS} words each.",
        ("", "p50 ms", "p99 ms"),
        tuple((name, f"{p50:.0f}", f"{p99:.0f}") for name, p50, p99 in rows),
        (Target("search: p50 of the slowest kind of query", slowest, 250, " ms", at_least=False),),
        (
            f"Indexing every chat took {indexed_s:.0f} s of work, without the pauses between chats.",
            f"The index of {held_mb:.0f} MB of messages takes {index_mb:.0f} MB in Redis.",
            f"After the searches the gateway uses {gateway_mb:.0f} MB more.",
        ),
    )


def _vocabulary(chance: random.Random) -> list[str]:
    made = {"".join(chance.choices(_SYLLABLES, k=chance.randint(2, 4))) + "к" for _ in range(_KNOWN * 2)}
    words = sorted(made)[:_KNOWN]
    chance.shuffle(words)
    return words


def _chats(chance: random.Random, words: list[str], chats: int, messages: int) -> Iterator[list[Change]]:
    """Yield changes whose words have the frequencies of natural language (Zipf's law)."""
    weights = list(accumulate(1 / (place + 3) for place in range(len(words))))
    for start in range(0, chats, _CHATS_AT_ONCE):
        changes = []
        for number in range(start, min(chats, start + _CHATS_AT_ONCE)):
            chosen = chance.choices(words, cum_weights=weights, k=messages * _WORDS)
            said = [word + chance.choice(_ENDINGS) for word in chosen]
            texts = [" ".join(said[at : at + _WORDS]) for at in range(0, len(said), _WORDS)]
            changes.append(_change(f"chat-{number}", texts, read_model.START + number * messages))
        yield changes


def _change(chat: str, texts: list[str], created: int) -> Change:
    values = (
        {
            "id": f"{chat}-{at}",
            "author_id": 1,
            "created": created + at,
            "type": "text",
            "content": {"text": text},
        }
        for at, text in enumerate(texts)
    )
    return Change(
        ACCOUNT, chat, tuple(read_message(value, ACCOUNT, chat) for value in values), "webhook", quiet=True
    )


async def _index(redis_url: str) -> float:
    """Let the worker's indexer read every chat and return the seconds."""
    async with connection.connect(redis_url) as store:
        lease = keys.lease("watch")
        await store.set(lease, "bench")
        account = AccountContext(cast("Any", store), cast("Any", None), ACCOUNT, 0)
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


async def _ask(gateway: str, cookie: str, queries: list[tuple[str, str]]) -> list[tuple[str, float, float]]:
    poster = await Poster.at(*address(gateway))
    rows = []
    for number, (name, query) in enumerate(queries):
        path = f"{panel.PATH}api/chats?q={quote(query)}"
        request = f"GET {path} HTTP/1.1\r\nHost: bench\r\nCookie: {cookie}\r\n\r\n".encode()
        took = []
        for _ in range(_SAMPLES if number else 1):
            began = time.perf_counter()
            if await poster.send(request) != 200:
                raise RuntimeError("the gateway did not answer 200")
            took.append((time.perf_counter() - began) * 1000)
            await asyncio.sleep(0.002)
        rows.append((name, quantile(took, 0.5), quantile(took, 0.99)))
    poster.close()
    return rows


def _memory(store: redis.Redis) -> int:
    said: Any = store.info("memory")
    return int(said["used_memory"])
