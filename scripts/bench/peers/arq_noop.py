"""Peer of the worker: arq with jobs that do nothing, at its best poll delay.

Arguments: Redis URL, number of jobs. Prints seconds and CPU seconds.
"""

import asyncio
import sys
import time
from typing import Any

from arq import create_pool
from arq.connections import RedisSettings
from arq.worker import Worker, func


async def nothing(context: dict[Any, Any], body: bytes) -> None:
    """Do nothing."""


_NOTHING: Any = nothing  # arq types its jobs as functions of anything


async def main(url: str, count: int) -> None:
    """Queue the jobs, then run them."""
    pool = await create_pool(RedisSettings.from_dsn(url))
    for number in range(count):
        await pool.enqueue_job("nothing", b"x" * 600, _job_id=f"job-{number}")
    worker = Worker(
        [func(_NOTHING, keep_result=0)],
        redis_pool=pool,
        burst=True,
        poll_delay=0.005,
        max_jobs=100,
        handle_signals=False,
    )
    began, used = time.perf_counter(), time.process_time()
    await worker.main()
    print(time.perf_counter() - began, time.process_time() - used)
    await worker.close()
    await pool.aclose()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
