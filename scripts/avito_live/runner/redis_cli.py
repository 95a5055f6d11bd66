"""The `redis-cli` that reaches the same Redis as a pool, and asks for the password itself."""

from shlex import join
from typing import Any

from redis.asyncio import ConnectionPool
from redis.asyncio.connection import SSLConnection

SERVICE_USERS = ("ingest", "worker", "gateway", "tools")
"""The users of `make redis-users`, which may not CONFIG."""
_HERE = ("", "localhost", "127.0.0.1")
_TLS = {"ssl_ca_certs": "--cacert", "ssl_certfile": "--cert", "ssl_keyfile": "--key"}


def redis_cli(pool: ConnectionPool, *, configures: bool = False) -> str:
    """Return the start of a command for the shell; that of Sentinels leads to the master that was met.

    `configures`: ADMIN is named in the place of a user of ours, which may not CONFIG.
    """
    given: dict[str, Any] = pool.connection_kwargs
    host, port = getattr(pool, "master_address", None) or (given.get("host", ""), given.get("port", 6379))
    words = ["redis-cli"]
    if "path" in given:
        words += ["-s", given["path"]]
    elif host not in _HERE:
        words += ["-h", host]
    if port != 6379 and "path" not in given:
        words += ["-p", str(port)]
    if issubclass(pool.connection_class, SSLConnection):
        words.append("--tls")
        words += [word for name, flag in _TLS.items() if given.get(name) for word in (flag, given[name])]
        words += ["--insecure"] if given.get("ssl_cert_reqs") == "none" else []
    if user := given.get("username"):
        words += ["--user", "ADMIN" if configures and user in SERVICE_USERS else user]
    if given.get("password"):
        words.append("--askpass")
    return join(words)
