"""How a process reaches Redis: URL to client, retries, and the epoch check on every new connection."""

import secrets
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from redis.asyncio import ConnectionPool, Redis
from redis.asyncio.connection import AbstractConnection
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import (
    BusyLoadingError,
    ResponseError,
)
from redis.exceptions import (
    ConnectionError as RedisConnectionError,
)
from redis.exceptions import (
    TimeoutError as RedisTimeoutError,
)

from shared import keys, lua
from shared.layout import LAYOUT
from shared.master_pool import OneMasterPool
from shared.packing import pack_quickly
from shared.sentinels import Sentinels
from shared.settings import Environment

_MASTER = "mymaster"
_SENTINEL_PORT = 26379
_NOT_YET = ("NOREPLICAS", "READONLY")
"""How a new master refuses while its replicas come, and an old one once it is a replica."""


async def open_epoch(connection: AbstractConnection) -> None:
    """Finish a new connection by naming this run of Redis, see lua/open_epoch.lua.

    So no command ever reaches a Redis whose restart or failover went unnoticed.
    """
    await connection.on_connect()
    await connection.send_command("INFO", "server")
    info = await connection.read_response(disable_decoding=False)
    text = info.decode() if isinstance(info, bytes) else str(info)
    run_id = next(line[7:] for line in text.splitlines() if line.startswith("run_id:"))
    script = lua.load("open_epoch")
    await connection.send_command(
        *("EVAL", script.text, 2, keys.STATE, keys.JOURNAL),
        *(run_id.strip(), secrets.token_hex(6), LAYOUT),
    )
    try:
        await connection.read_response()
    except ResponseError as error:
        if not str(error).startswith(_NOT_YET):
            raise
        raise RedisConnectionError(str(error)) from None  # tried again, see `connection_options`


def connection_options(*, names_epoch: bool = True, timeout: float = 5.0) -> dict[str, Any]:
    """Return what every connection of ours is made with, on both the plain and the Sentinel path.

    No `health_check_interval`: redis-py checks amid connecting as well, connects anew when that fails, and
    so on without end while Redis is frozen. A connection that died unnoticed costs one of the retries.
    """
    options: dict[str, Any] = {
        "socket_timeout": timeout,
        "socket_connect_timeout": timeout,
        "socket_keepalive": True,
        "retry": Retry(ExponentialBackoff(cap=0.5, base=0.05), 3),
        "retry_on_error": [RedisConnectionError, RedisTimeoutError, BusyLoadingError],
    }
    if names_epoch:
        options["redis_connect_func"] = open_epoch
    return options


def make_pool(url: str, **options: Any) -> ConnectionPool:
    """Return a pool for `redis://`, `rediss://`, `unix://` or `redis+sentinel://h1:p,h2:p/master/db`.

    Its connections pack by hiredis.
    """
    if not url.startswith("redis+sentinel://"):
        return pack_quickly(ConnectionPool.from_url(url, **options))
    hosts, master, db, credentials, query = _sentinel_parts(url)
    sentinels = Sentinels(hosts, master, socket_timeout=1.0, socket_connect_timeout=1.0)
    return pack_quickly(OneMasterPool(master, sentinels, db=db, **credentials, **query, **options))


def read_url(environment: Environment) -> str:
    """Read REDIS_URL; one that leads nowhere is among the environment's problems."""
    url = environment.text("REDIS_URL")
    try:
        make_pool(url)
    except ValueError:
        environment.problems.append(
            "REDIS_URL must be redis://, rediss://, unix:// or redis+sentinel://h1:p,h2:p/master/db"
        )
    return url


def connect(url: str, *, names_epoch: bool = True, timeout: float = 5.0) -> Redis:
    """Return a client that carries on through restarts and failovers. Replies are bytes."""
    return Redis.from_pool(make_pool(url, **connection_options(names_epoch=names_epoch, timeout=timeout)))


def _sentinel_parts(
    url: str,
) -> tuple[list[tuple[str, int]], str, int, dict[str, str], dict[str, str]]:
    parts = urlsplit(url)
    login, _, hosts = parts.netloc.rpartition("@")
    username, _, password = login.partition(":")
    path = [part for part in parts.path.split("/") if part]
    credentials = {"username": unquote(username), "password": unquote(password)}
    return (
        [_host_port(host) for host in hosts.split(",")],
        path[0] if path else _MASTER,
        int(path[1]) if len(path) > 1 else 0,
        {name: value for name, value in credentials.items() if value},
        dict(parse_qsl(parts.query)),
    )


def _host_port(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":") if ":" in text else (text, "", "")
    return host or text, int(port or _SENTINEL_PORT)
