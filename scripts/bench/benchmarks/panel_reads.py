"""The reads of a panel that opens: the first fifty chats, the newest page of a long thread."""

from collections import defaultdict
from statistics import median

from bench import read_model
from bench.result import Result, at_most, cell, p50_p99
from bench.stage import logged_in, running_stage
from bench.timing import time_reads
from testbed import PANEL

_SAMPLES = 150
_WARM_UP = 20
_PATHS = {
    "first 50 chats of": f"{PANEL}api/chats",
    "newest 50 messages of": f"{PANEL}api/chats/chat-1/messages",
}


async def measure(*, quick: bool) -> Result:
    """Read with 50 chats and a thread of 50 messages, then with many."""
    rounds, many = (1, 1000) if quick else (3, 10_000)
    runs: dict[tuple[str, int], list[tuple[float, float]]] = defaultdict(list)
    async with running_stage("gateway") as system, system.redis as redis, logged_in(system) as panel:
        await read_model.begin(redis)
        for first, last in ((0, 50), (50, many)):
            await read_model.add_chats(redis, first, last)
            await read_model.add_messages(redis, "chat-1", first + 2, last)
            for title, path in list(_PATHS.items()) * rounds:
                took = await time_reads(panel.base + path, panel.cookie, _WARM_UP + _SAMPLES)
                runs[title, last].append(p50_p99(took[_WARM_UP:]))
    p50, p99 = ({key: [run[at] for run in some] for key, some in runs.items()} for at in (0, 1))
    few, lots = (median(p50[next(iter(_PATHS)), count]) for count in (50, many))
    return Result(
        "What the panel reads",
        "GET at the real gateway, one request at a time, with session check, complete answers.",
        ("", "p50 ms", "p99 ms"),
        [
            (f"{title} {n:,}", cell(p50[title, n]), cell(p99[title, n]))
            for title in _PATHS
            for n in (50, many)
        ],
        (
            *(at_most(f"{title} {many:,}: p99", median(p99[title, many]), 20, " ms") for title in _PATHS),
            at_most(f"first 50 chats of {many:,}: p50 relative to 50", lots / few, 1.5, "×"),
        ),
    )
