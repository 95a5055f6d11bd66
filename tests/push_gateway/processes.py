"""A Redis of its own and gateways, as real processes; nothing of Avito is needed here."""

import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from testbed import RedisServer, System, free_port


@asynccontextmanager
async def running(
    folder: Path,
    *gateways: str,
    environ: Mapping[str, str] | None = None,
    redis_options: tuple[str, ...] = (),
) -> AsyncIterator[System]:
    """Give Redis and these gateways for the length of the block; their logs are shown when it fails."""
    server = RedisServer(folder / "redis", free_port(), redis_options)
    async with httpx.AsyncClient(trust_env=False, timeout=10) as http:
        system = System(folder, dict(environ or {}), server, http)
        try:
            await system.start("redis", *gateways)
            yield system
        except BaseException:
            sys.stderr.write(system.logs())
            raise
        finally:
            system.close()
