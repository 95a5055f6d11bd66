"""A Redis of its own and gateways, as real processes; nothing of Avito is needed here."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
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
