"""`make latency`: measures the time from Avito's POST to the browser's WebSocket on an idle system.

Starts a Redis, the simulator and the three services in a temporary folder, posts one webhook at a time,
prints the quantiles and ends everything. Exit code 1 if a message was lost or the median is above 15 ms.
"""

import argparse
import sys

import uvloop

from bench import panel, timing
from bench.figures import quantile
from bench.installation import install
from bench.poster import Poster
from bench.processes import ACCOUNT, WEBHOOK, StartError, open_processes

_WARM_UP = 30
_RATE = 20.0
_TARGET_MS = 15.0


async def measure(count: int) -> timing.Timings:
    """Return the timings of `count` single messages, sent after some to warm up."""
    with open_processes() as processes:
        system = await install(processes)
        poster = await Poster.at(*timing.address(system.ingest.url))
        async with panel.socket(system.gateway.url, system.cookie) as ws:
            for run, number in (("warm", _WARM_UP), ("real", count)):
                measured = await timing.measure(
                    [poster],
                    WEBHOOK,
                    ws,
                    account=ACCOUNT,
                    chats=system.chats,
                    count=number,
                    rate=_RATE,
                    run=run,
                )
        poster.close()
    return measured


def main() -> int:
    """Measure and print the quantiles."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=300, help="messages, 20 a second (default: 300)")
    count = max(1, parser.parse_args().count)
    print(f"Starting the whole system, then {count} messages, one at a time …", flush=True)
    try:
        measured = uvloop.run(measure(count))
    except StartError as error:
        print(error)
        return 1
    except TimeoutError:
        print("The system does not get ready: its chat got no name in time.")
        return 1
    if measured.missing:
        print(f"{measured.missing} of {count} messages did not arrive.")
        return 1
    took = [seconds * 1000 for seconds in measured.from_post()]
    p50, p99 = quantile(took, 0.5), quantile(took, 0.99)
    print(f"POST → WebSocket frame: p50 {p50:.1f} ms, p99 {p99:.1f} ms, worst {max(took):.1f} ms, none lost")
    return 0 if p50 < _TARGET_MS else 1


if __name__ == "__main__":
    sys.exit(main())
