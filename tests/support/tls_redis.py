"""Redis servers and Sentinels that speak TLS alone, and take only certificates of their authority."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import redis

from testbed import SystemPart, eventually, find_binary, free_port, running_sentinel
from tests.support.certificates import Authority, make_authority

USER, PASSWORD = "shop", "c0pper-Kettle"
SENTINEL_USER, SENTINEL_PASSWORD = "eye", "w4tch-Tower"
_RULES = "~* &* +@all"


@dataclass(frozen=True, slots=True)
class Tls:
    """An authority, a certificate of a server, and one of a client."""

    authority: Authority
    server: tuple[Path, Path]
    client: tuple[Path, Path]

    @property
    def settings(self) -> dict[str, str]:
        """The settings of a server: redis-server's options."""
        certificate, key = map(str, self.server)
        files = {"tls-cert-file": certificate, "tls-key-file": key}
        files |= {"tls-ca-cert-file": str(self.authority.root)}
        return files | {"port": "0", "tls-auth-clients": "yes", "tls-replication": "yes"}

    @property
    def options(self) -> dict[str, str]:
        """The options of a URL."""
        certificate, key = map(str, self.client)
        return {"ssl_ca_certs": str(self.authority.root), "ssl_certfile": certificate, "ssl_keyfile": key}

    def url(self, place: str, scheme: str = "rediss", **changed: str) -> str:
        """Return the URL of a place; an option that is changed to '' is left out."""
        options = {name: value for name, value in (self.options | changed).items() if value}
        return f"{scheme}://{place}?{urlencode(options)}"


def make_tls(folder: Path) -> Tls:
    """Make an authority and the certificates."""
    folder.mkdir(parents=True, exist_ok=True)
    authority = make_authority(folder)
    return Tls(authority, authority.pair("server", "localhost"), authority.pair("client", "avito-live"))


@contextmanager
def tls_redis(folder: Path) -> Iterator[str]:
    """Yield the URL of such a Redis, with our certificates."""
    tls = make_tls(folder / "tls")
    with running_tls_redis(folder, tls) as port:
        yield tls.url(f"127.0.0.1:{port}/0")


@contextmanager
def running_tls_redis(folder: Path, tls: Tls, **more: str) -> Iterator[int]:
    """Yield the port of such a Redis."""
    port = free_port()
    folder.mkdir(parents=True, exist_ok=True)
    settings = {**tls.settings, "tls-port": str(port), "dir": str(folder), "save": "", "appendonly": "no"}
    settings |= {"bind": "127.0.0.1", "repl-diskless-sync-delay": "0", **more}
    words = [word for name, value in settings.items() for word in (f"--{name}", *_words(value))]
    part = SystemPart("tls-redis", folder / "redis.log", port, command=(find_binary(), *words))
    part.launch({"PATH": "/usr/bin:/bin"})
    try:
        eventually(lambda: _is_up(part), forgiven=(OSError,))
        yield port
    finally:
        part.kill()


def _words(value: str) -> list[str]:
    return value.split() if value else [""]


def _is_up(part: SystemPart) -> bool:
    text = part.log.read_text("utf-8", "replace")
    if not part.is_alive:
        pytest.skip("this redis-server has no TLS")
    return "Ready to accept connections" in text


@dataclass(frozen=True, slots=True)
class TlsGroup:
    """A master, a replica, and three Sentinels, all by TLS and with users."""

    tls: Tls
    ports: list[int]

    @property
    def url(self) -> str:
        """The URL for the services; the login at the Sentinels is in `settings`."""
        hosts = ",".join(f"127.0.0.1:{port}" for port in self.ports)
        return self.tls.url(f"{USER}:{PASSWORD}@{hosts}/main/0", "rediss+sentinel")

    @property
    def settings(self) -> dict[str, str]:
        """The settings of an owner's `.env`."""
        login = {"REDIS_SENTINEL_USERNAME": SENTINEL_USER, "REDIS_SENTINEL_PASSWORD": SENTINEL_PASSWORD}
        return {"REDIS_URL": self.url, **login}

    def ask(self, *words: str) -> Any:
        """Ask the first Sentinel."""
        port, options = self.ports[0], self.tls.options
        login = {"username": SENTINEL_USER, "password": SENTINEL_PASSWORD}
        with redis.Redis(port=port, ssl=True, ssl_check_hostname=False, **login, **options) as one:  # type: ignore[arg-type]  # its options by name
            return one.execute_command(*words)

    def master(self) -> int:
        """Return the port of the master."""
        return int(self.ask("SENTINEL", "GET-MASTER-ADDR-BY-NAME", "main")[1])

    def switch(self) -> None:
        """Start a planned failover and wait until there is another master."""
        before = self.master()
        eventually(lambda: self.ask("SENTINEL", "FAILOVER", "main"), within=30, forgiven=(redis.RedisError,))
        eventually(lambda: self.master() != before, within=30, forgiven=(redis.RedisError,))


@contextmanager
def tls_group(folder: Path) -> Iterator[TlsGroup]:
    """Yield such a group, whose replica is in sync."""
    tls = make_tls(folder / "tls")
    login = {"masteruser": USER, "masterauth": PASSWORD, "user": f"{USER} on >{PASSWORD} {_RULES}"}
    with ExitStack() as stack:

        def start(name: str, **more: str) -> int:
            return stack.enter_context(running_tls_redis(folder / name, tls, **login, **more))

        master = start("master")
        start("replica", replicaof=f"127.0.0.1 {master}")
        settings = [f"{name} {value}" for name, value in tls.settings.items() if name != "port"]
        settings += [
            f"sentinel monitor main 127.0.0.1 {master} 2",
            f"sentinel auth-user main {USER}",
            f"sentinel auth-pass main {PASSWORD}",
            "sentinel down-after-milliseconds main 1000",
            f"user {SENTINEL_USER} on >{SENTINEL_PASSWORD} {_RULES}",
            "user default off",
            f"sentinel sentinel-user {SENTINEL_USER}",
            f"sentinel sentinel-pass {SENTINEL_PASSWORD}",
        ]
        ports = [
            stack.enter_context(running_sentinel(folder / f"sentinel-{number}", *settings, tls=True))
            for number in (1, 2, 3)
        ]
        group = TlsGroup(tls, ports)
        eventually(lambda: _knows_all(group), within=30, every=0.1, forgiven=(redis.RedisError,))
        yield group


def _knows_all(group: TlsGroup) -> bool:
    told = group.ask("INFO", "sentinel")["master0"]
    return bool(told.get("slaves") == 1 and told.get("sentinels") == 3)
