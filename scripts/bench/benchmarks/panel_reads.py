"""The reads of a panel that opens: the first fifty chats, the newest page of a long thread."""

import asyncio
import time

import uvloop
from redis import Redis

from bench import panel, read_model
from bench.figures import Spread, quantile, spread
from bench.poster import Poster
from bench.processes import open_processes
from bench.result import Result, Target
from bench.timing import address

_SAMPLES = 150
_WARM_UP = 20


def measure(rounds: int, chats: int, messages: int) -> Result:
    """Read with 50 chats and a thread of 50 messages, then with `chats` and `messages`."""
    with open_processes() as processes:
        processes.redis()
        few = processes.service("gateway")
        cookie = uvloop.run(panel.log_in(few.url))
        with Redis.from_url(processes.redis_url) as redis:
            read_model.begin(redis)
            read_model.add_chats(redis, [f"chat-{number}" for number in range(50)])
            read_model.add_messages(redis, "chat-1", 2, 50)
            before = uvloop.run(_read(few.url, cookie, rounds))
            read_model.add_chats(redis, [f"chat-{number}" for number in range(50, chats)])
            read_model.add_messages(redis, "chat-1", 50, messages)
            after = uvloop.run(_read(few.url, cookie, rounds))
    return _report(before, after, chats, messages)


async def _read(gateway: str, cookie: str, rounds: int) -> dict[str, tuple[Spread, Spread]]:
    """Return p50 and p99 in ms of both reads."""
    paths = {"chats": f"{panel.PATH}api/chats", "thread": f"{panel.PATH}api/chats/chat-1/messages"}
    runs: dict[str, list[list[float]]] = {name: [] for name in paths}
    poster = await Poster.at(*address(gateway))
    for _ in range(rounds):
        for name, path in paths.items():
            request = f"GET {path} HTTP/1.1\r\nHost: bench\r\nCookie: {cookie}\r\n\r\n".encode()
            runs[name].append(await _times(poster, request))
    poster.close()
    return {
        name: (spread([quantile(run, 0.5) for run in some]), spread([quantile(run, 0.99) for run in some]))
        for name, some in runs.items()
    }


async def _times(poster: Poster, request: bytes) -> list[float]:
    took = []
    for number in range(_WARM_UP + _SAMPLES):
        began = time.perf_counter()
        if await poster.send(request) != 200:
            raise RuntimeError("the gateway did not answer 200")
        if number >= _WARM_UP:
            took.append((time.perf_counter() - began) * 1000)
        await asyncio.sleep(0.002)
    return took


def _report(
    before: dict[str, tuple[Spread, Spread]],
    after: dict[str, tuple[Spread, Spread]],
    chats: int,
    messages: int,
) -> Result:
    names = {
        "chats": ("first 50 chats of 50", f"first 50 chats of {chats:,}"),
        "thread": ("newest 50 messages of 50", f"newest 50 messages of {messages:,}"),
    }
    rows, targets = [], []
    for what, titles in names.items():
        for title, figures in zip(titles, (before[what], after[what]), strict=True):
            rows.append((title, *(f"{one.median:.1f} ({one.least:.1f}–{one.most:.1f})" for one in figures)))
        targets.append(Target(f"{titles[1]}: p99", after[what][1].median, 20, " ms", at_least=False))
    growth = after["chats"][0].median / before["chats"][0].median
    targets.append(Target(f"{names['chats'][1]}: p50 relative to 50", growth, 1.5, "×", at_least=False))
    return Result(
        "What the panel reads",
        "GET at the real gateway, one request at a time, with session check, complete answers.",
        ("", "p50 ms", "p99 ms"),
        tuple(rows),
        tuple(targets),
    )
