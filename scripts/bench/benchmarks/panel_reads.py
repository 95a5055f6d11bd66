"""The reads of a panel that opens: the first fifty chats, the newest page of a long thread."""

from collections import defaultdict
from statistics import median

from bench import read_model
from bench.result import Result, at_most, cell, p50_p99
from bench.stage import PANEL, running_stage
from bench.timing import time_reads

_SAMPLES = 150
_WARM_UP = 20
_PATHS = {
    "first 50 chats of": f"{PANEL}api/chats",
    "newest 50 messages of": f"{PANEL}api/chats/chat-1/messages",
}


async def measure(*, quick: bool) -> Result:
    """Read with 50 chats and a thread of 50 messages, then with many."""
    rounds, many = (1, 1000) if quick else (3, 10_000)
    runs: dict[str, list[tuple[float, float]]] = defaultdict(list)
    async with running_stage("gateway") as stage, stage.system.redis as redis:
        url, cookie = stage.system.url("gateway"), await stage.log_in()
        await read_model.begin(redis)
        for first, last in ((0, 50), (50, many)):
            await read_model.add_chats(redis, first, last)
            await read_model.add_messages(redis, "chat-1", first + 2, last)
            for _ in range(rounds):
                for title, path in _PATHS.items():
                    took = await time_reads(url, path, cookie, _WARM_UP + _SAMPLES)
                    runs[f"{title} {last:,}"].append(p50_p99(took[_WARM_UP:]))
    p50, p99 = ({name: [run[at] for run in some] for name, some in runs.items()} for at in (0, 1))
    few, lots = (f"first 50 chats of {count:,}" for count in (50, many))
    return Result(
        "What the panel reads",
        "GET at the real gateway, one request at a time, with session check, complete answers.",
        ("", "p50 ms", "p99 ms"),
        [
            (name, cell(p50[name]), cell(p99[name]))
            for title in _PATHS
            for name in runs
            if name.startswith(title)
        ],
        (
            *(at_most(f"{name}: p99", median(p99[name]), 20, " ms") for name in runs if f"{many:,}" in name),
            at_most(f"{lots}: p50 relative to 50", median(p50[lots]) / median(p50[few]), 1.5, "×"),
        ),
    )
