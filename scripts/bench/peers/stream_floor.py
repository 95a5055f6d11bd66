"""Floor of the worker: reads a stream with XREADGROUP in batches like ours and only acknowledges.

Arguments: Redis URL, stream, number of entries, and how to acknowledge: `each` (one XACK per entry, as usual)
or `batch` (all of a batch in one write). Prints seconds and CPU seconds.
"""

import sys
import time

import uvloop
from redis.asyncio import Redis

_BATCH = 128


async def each(redis: Redis, stream: str, entries: list[bytes]) -> None:
    """Acknowledge one by one, as the documentation does."""
    for entry in entries:
        await redis.xack(stream, "floor", entry)


async def batch(redis: Redis, stream: str, entries: list[bytes]) -> None:
    """Acknowledge a batch in one write."""
    async with redis.pipeline(transaction=False) as pipe:
        for entry in entries:
            pipe.xack(stream, "floor", entry)
        await pipe.execute()


async def main(url: str, stream: str, count: int, how: str) -> None:
    """Read all entries."""
    async with Redis.from_url(url) as redis:
        await redis.xgroup_create(stream, "floor", id="0")
        began, used, read = time.perf_counter(), time.process_time(), 0
        while read < count:
            reply = await redis.xreadgroup("floor", "one", {stream: ">"}, count=_BATCH, block=2000)
            entries = [entry for _, some in reply for entry, _ in some]
            await {"each": each, "batch": batch}[how](redis, stream, entries)
            read += len(entries)
        print(time.perf_counter() - began, time.process_time() - used)


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]))
