"""Reads anew the files of TLS that were renewed; redis-py reads them once for each connection of its pool."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from redis.asyncio import ConnectionPool
from redis.asyncio.connection import SSLConnection
from typing_extensions import override

Pool = TypeVar("Pool", bound=ConnectionPool)


def read_anew(pool: Pool) -> Pool:
    """Let the connections that the pool creates from now on read renewed files when they connect again."""
    kind = pool.connection_class
    if issubclass(kind, SSLConnection):
        pool.connection_class = type(f"Renewing{kind.__name__}", (_Renewing, kind), {})
    return pool


class _Renewing(SSLConnection):
    """Looks at the files each time that it connects."""

    _changed_at: tuple[int, ...] = ()

    @override
    def _connection_arguments(self) -> Mapping[str, Any]:
        context = self.ssl_context
        changed_at = tuple(map(_time_of, (context.ca_certs, context.certfile, context.keyfile)))
        if self._changed_at not in ((), changed_at):
            self.ssl_context.context = None
        self._changed_at = changed_at
        return super()._connection_arguments()


def _time_of(path: str | None) -> int:
    try:
        return Path(path).stat().st_mtime_ns if path else 0
    except OSError:
        return 0
