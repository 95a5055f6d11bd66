"""HTTP load from 64 connections that post the same body: by wrk if installed, else by a client of ours."""

import asyncio
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

import anyio

from bench import webhooks
from bench.poster import Poster
from bench.result import p50_p99

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
    """The result of a run."""

    requests: int
    seconds: float
    p99_ms: float

    @property
    def rate(self) -> float:
        """Requests per second."""
        return self.requests / self.seconds


def tool() -> str:
    """Return the name of the load generator."""
    return "wrk" if shutil.which("wrk") else "an asyncio client of our own"


async def run(url: str, body: bytes, seconds: int, folder: Path) -> LoadResult:
    """Post for `seconds`. Raises LoadError."""
    if shutil.which("wrk") is None:
        return await _own(url, body, seconds)
    script = folder / "post.lua"
    script.write_text(_WRK % body.decode(), encoding="utf-8")
    done = await anyio.run_process(
        ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", str(script), url]
    )
    return read_wrk(done.stdout)


def read_wrk(said: bytes) -> LoadResult:
    """Parse what our script lets wrk print at the end. Raises LoadError if a request failed."""
    bad, requests, took, p99_ms = map(float, said.split()[-4:])
    if bad:
        raise LoadError(f"{bad:g} of {requests:g} requests failed")
    return LoadResult(int(requests), took, p99_ms)


async def _own(url: str, body: bytes, seconds: int) -> LoadResult:
    request = webhooks.request("/" + url.partition("//")[2].partition("/")[2], body)
    posters = [await Poster.to(url) for _ in range(CONNECTIONS)]
    took: list[float] = []
    began = time.perf_counter()

    async def post(poster: Poster) -> None:
        while (at := time.perf_counter()) - began < seconds:
            if await poster.send(request) != 200:
                raise LoadError("a request was not answered 200")
            took.append((time.perf_counter() - at) * 1000)

    await asyncio.gather(*map(post, posters))
    lasted = time.perf_counter() - began
    for poster in posters:
        poster.close()
    return LoadResult(len(took), lasted, p50_p99(took)[1])
