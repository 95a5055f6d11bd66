"""A Redis of its own and gateways, as real processes; nothing of Avito is needed here."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from testbed import System, running_system


def running(
    folder: Path,
    *gateways: str,
    environ: Mapping[str, str] | None = None,
    redis_options: tuple[str, ...] = (),
) -> AbstractAsyncContextManager[System]:
    """Give Redis and these gateways for the length of the block; their logs are shown when it fails."""
    return running_system(folder, *gateways, environ=environ, redis_options=redis_options, simulator=False)


@asynccontextmanager
async def second_gateway(system: System) -> AsyncIterator[str]:
    """Start a new gateway beside the first for the length of the block; gives its address."""
    await system.start("gateway-2")
    try:
        yield system.url("gateway-2")
    finally:
        await system.stop("gateway-2")
