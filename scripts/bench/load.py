"""HTTP load from 64 connections that post the same body: by wrk if installed, else by a client of ours."""

import asyncio
import re
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import uvloop

from bench import webhooks
from bench.figures import quantile
from bench.poster import Poster
from bench.timing import address

CONNECTIONS = 64
_MS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


class LoadError(Exception):
    """Not every request was answered 200."""


@dataclass(frozen=True, slots=True)
class LoadResult:
    """The result of a run."""

    requests: int
    seconds: float
    p50_ms: float
    p99_ms: float

    @property
    def rate(self) -> float:
        """Requests per second."""
        return self.requests / self.seconds


def tool() -> str:
    """Return the name of the load generator."""
    return "wrk" if shutil.which("wrk") else "an asyncio client of our own"


def run(url: str, body: bytes, seconds: float, folder: Path) -> LoadResult:
    """Post for `seconds`, which wrk rounds. Raises LoadError."""
    if shutil.which("wrk") is None:
        return uvloop.run(_own(url, body, seconds))
    script = folder / "post.lua"
    quoted = body.decode().replace("\\", "\\\\").replace('"', '\\"')
    script.write_text(
        f'wrk.method = "POST"\nwrk.body = "{quoted}"\nwrk.headers["Content-Type"] = "application/json"\n',
        encoding="utf-8",
    )
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{max(1, round(seconds))}s", "--latency"]
    command += ["-s", str(script), url]
    return read_wrk(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def read_wrk(text: str) -> LoadResult:
    """Parse the output of wrk. Raises LoadError if a request failed."""
    if bad := re.search(r"(Non-2xx.*|Socket errors.*)", text):
        raise LoadError(bad[1])
    done = re.search(r"(\d+) requests in ([\d.]+)(us|ms|s|m)", text)
    shares = {part: float(n) * _MS[unit] for part, n, unit in re.findall(r"(\d+)%\s+([\d.]+)(us|ms|s)", text)}
    if done is None or not {"50", "99"} <= shares.keys():
        raise LoadError(f"unexpected output of wrk: {text[:300]}")
    seconds = float(done[2]) * (60 if done[3] == "m" else _MS[done[3]] / 1000)
    return LoadResult(int(done[1]), seconds, shares["50"], shares["99"])


async def _own(url: str, body: bytes, seconds: float) -> LoadResult:
    path = "/" + url.partition("//")[2].partition("/")[2]
    request = webhooks.request(path, body)
    posters = [await Poster.at(*address(url)) for _ in range(CONNECTIONS)]
    took: list[float] = []
    began = time.perf_counter()

    async def post(poster: Poster) -> None:
        while (at := time.perf_counter()) - began < seconds:
            if await poster.send(request) != 200:
                raise LoadError("a request was not answered 200")
            took.append(time.perf_counter() - at)

    await asyncio.gather(*map(post, posters))
    lasted = time.perf_counter() - began
    for poster in posters:
        poster.close()
    return LoadResult(len(took), lasted, quantile(took, 0.5) * 1000, quantile(took, 0.99) * 1000)
