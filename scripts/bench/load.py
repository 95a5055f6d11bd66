"""HTTP load by wrk, from 64 connections that post the same body."""

from dataclasses import dataclass
from pathlib import Path

import anyio

CONNECTIONS = 64
_WRK = """
wrk.method, wrk.body, wrk.headers["Content-Type"] = "POST", [==[%s]==], "application/json"
function done(summary, latency)
    local bad = 0
    for _, count in pairs(summary.errors) do bad = bad + count end
    print(bad, summary.requests, summary.duration / 1e6, latency:percentile(99) / 1e3)
end
"""


class LoadError(Exception):
    """Not every request was answered 200."""


@dataclass(frozen=True, slots=True)
class LoadResult:
    """The result of a run. `rate`: requests per second."""

    requests: int
    rate: float
    p99_ms: float


async def run(url: str, body: bytes, seconds: int, folder: Path) -> LoadResult:
    """Post for `seconds`. Raises LoadError, and FileNotFoundError if wrk is not installed."""
    script = folder / "post.lua"
    script.write_text(_WRK % body.decode(), encoding="utf-8")
    command = ("wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", str(script), url)
    return read_wrk((await anyio.run_process(command)).stdout)


def read_wrk(said: bytes) -> LoadResult:
    """Parse what our script lets wrk print at the end. Raises LoadError if a request failed."""
    bad, requests, took, p99_ms = map(float, said.split()[-4:])
    if bad:
        raise LoadError(f"{bad:g} of {requests:g} requests failed")
    return LoadResult(int(requests), requests / took, p99_ms)
