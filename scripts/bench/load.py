"""HTTP load by wrk, from 64 connections that post the same body."""

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


async def run(url: str, body: bytes, seconds: int, folder: Path) -> tuple[float, float, float]:
    """Post for `seconds`; return the requests, those in a second, and the p99 in ms.

    Raises RuntimeError if a request failed, and FileNotFoundError if wrk is not installed.
    """
    script = folder / "post.lua"
    script.write_text(_WRK % body.decode(), encoding="utf-8")
    command = ("wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", str(script), url)
    said = (await anyio.run_process(command)).stdout
    bad, requests, took, p99_ms = map(float, said.split()[-4:])
    if bad:
        raise RuntimeError(f"{bad:g} of {requests:g} requests failed")
    return requests, requests / took, p99_ms
