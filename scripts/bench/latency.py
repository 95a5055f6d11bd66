"""`make latency`: measures the time from Avito's POST to the browser's WebSocket on an idle system.

Starts the whole system in a temporary folder, posts one webhook at a time, prints the quantiles and ends
everything. Exit code 1 if a message was lost or the median is above 15 ms.
"""

import sys

import uvloop

from bench.poster import Poster
from bench.result import p50_p99
from bench.stage import WEBHOOK, open_socket, running_stage
from bench.timing import Load, time_messages

_WARM_UP = Load("warm", 30, 20.0)
_LOAD = Load("real", 300, 20.0)
_TARGET_MS = 15.0


async def measure() -> list[float]:
    """Return the milliseconds of single messages that arrived, sent after some to warm up."""
    async with running_stage(chats=1) as stage:
        poster = await Poster.to(stage.system.url("ingest"))
        async with open_socket(stage.system.url("gateway"), await stage.log_in()) as ws:
            await time_messages([poster], WEBHOOK, ws, stage.chats, _WARM_UP)
            return await time_messages([poster], WEBHOOK, ws, stage.chats, _LOAD)


def main() -> int:
    """Measure and print the quantiles."""
    print(f"Starting the whole system, then {_LOAD.count} messages, one at a time …", flush=True)
    took = uvloop.run(measure())
    if len(took) < _LOAD.count:
        print(f"{_LOAD.count - len(took)} of {_LOAD.count} messages did not arrive.")
        return 1
    p50, p99 = p50_p99(took)
    print(f"POST → WebSocket frame: p50 {p50:.1f} ms, p99 {p99:.1f} ms, worst {max(took):.1f} ms, none lost")
    return 0 if p50 < _TARGET_MS else 1


if __name__ == "__main__":
    sys.exit(main())
