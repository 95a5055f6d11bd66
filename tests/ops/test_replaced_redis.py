"""Every way in which the Redis of a running system is replaced by another, or by another state of itself.

The address stays the same: a proxy leads to the Redis, old connections to the one they were opened to.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError
from websockets.exceptions import ConnectionClosed

from shared.redis import keys
from testbed import ACCOUNT, RedisServer, System, TcpProxy, running_redis, running_system, shown, truth, until
from tests.push_gateway.panel import Panel
from tests.scripts.redis_rules import readable_rules
from tests.support.engine import is_redis_before

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

PARTS = ("ingest", "worker", "gateway")
QUICK = {"POLL_INTERVAL_S": "1", "SWEEP_INTERVAL_S": "2", "WATCH_INTERVAL_S": "1", "LOG_LEVEL": "INFO"}
RIGHTS = {part: re.findall(rf"^user {part} on (.+)$", readable_rules(), re.MULTILINE)[0] for part in PARTS}
OPTIONS = () if is_redis_before(7) else ("--enable-debug-command", "yes")


@dataclass(slots=True)
class Stage:
    """A running system whose address of Redis is a proxy's."""

    system: System
    proxy: TcpProxy
    server: RedisServer
    more: AsyncExitStack
    made: int = 0
    left: list[RedisServer] = field(default_factory=list)

    def client(self, server: RedisServer | None = None) -> Redis:
        """A client that opens no epoch."""
        return Redis(port=(server or self.server).port)

    def another(self, *options: str) -> RedisServer:
        """Start another server."""
        self.made += 1
        folder = self.server.folder / f"another-{self.made}"
        return self.more.enter_context(running_redis(folder, *OPTIONS, *options))

    def lead_to(self, server: RedisServer) -> None:
        """Lead new connections to another server; those that are open stay."""
        self.left.append(self.server)
        self.server, self.proxy.target = server, server.port

    async def ask(self, *command: Any) -> Any:
        """Send a command to the server as its admin."""
        async with self.client() as redis:
            return await redis.execute_command(*command)

    async def copy(self) -> RedisServer:
        """Start a server with the same data, which it had from this one."""
        copied = self.another("--replicaof", "127.0.0.1", str(self.server.port))
        async with self.client(copied) as redis:
            await until(lambda: in_sync(redis))
            await redis.execute_command("REPLICAOF", "NO", "ONE")
        return copied


@pytest.fixture(scope="module")
async def stage(tmp_path_factory: pytest.TempPathFactory, anyio_backend: str) -> AsyncIterator[Stage]:
    folder = tmp_path_factory.mktemp("replaced")
    async with (
        running_system(folder, environ=QUICK, redis_options=OPTIONS) as system,
        AsyncExitStack() as more,
    ):
        proxy = TcpProxy(system.redis_server.port)
        await more.enter_async_context(proxy.serving())
        stage = Stage(system, proxy, system.redis_server, more)
        await allow(stage)
        for part in PARTS:
            await system.start(part, REDIS_URL=f"redis://{part}:x@127.0.0.1:{proxy.port}/0")
        await system.avito.subscribe(system.webhook_url)
        yield stage


async def write(stage: Stage, text: str) -> str:
    """Write as the buyer of a new chat; returns the message's id."""
    return await stage.system.avito.write(await stage.system.avito.chat(), text)


async def is_shut_out(stage: Stage) -> bool:
    """Ingest says that Redis refuses it."""
    ready = (await stage.system.http.get(f"{stage.system.url('ingest')}/readyz")).json()
    return ready["redis"] is False


async def in_sync(redis: Redis) -> bool:
    return str((await redis.info("replication"))["master_link_status"]) == "up"


async def flushall(stage: Stage) -> None:
    await stage.ask("FLUSHALL")


async def flushdb(stage: Stage) -> None:
    await stage.ask("FLUSHDB")


async def swap_with_older(stage: Stage) -> None:
    """An older copy of the same database takes its place."""
    async with stage.client() as redis:
        for key in await redis.keys("*"):
            await redis.execute_command("COPY", key, key, "DB", 1)
        await write(stage, "после копии")
        await until(partial(equal, stage), within=40)
        await redis.execute_command("SWAPDB", 0, 1)


async def reload(stage: Stage) -> None:
    await stage.ask("DEBUG", "RELOAD")


async def reload_older(stage: Stage) -> None:
    """An older dump is loaded while the server runs on."""
    await stage.ask("SAVE")
    await write(stage, "после файла")
    await until(partial(equal, stage), within=40)
    await stage.ask("DEBUG", "RELOAD", "NOSAVE")


async def restart_empty(stage: Stage) -> None:
    stage.server.kill()
    (stage.server.folder / "dump.rdb").unlink(missing_ok=True)
    await asyncio.to_thread(stage.server.start)
    await allow(stage)


async def restart_older(stage: Stage) -> None:
    """It comes back with an older dump, as from a restored backup."""
    await stage.ask("SAVE")
    await write(stage, "после файла")
    stage.server.kill()
    await asyncio.to_thread(stage.server.start)
    await allow(stage)


async def lead_to_empty(stage: Stage) -> None:
    stage.lead_to(stage.another())
    await allow(stage)


async def lead_to_copy(stage: Stage) -> None:
    copied = await stage.copy()
    async with stage.client(copied) as redis:
        await let_in(redis)
    stage.lead_to(copied)


async def replicate_and_back(stage: Stage) -> None:
    """It copies an older copy of itself by hand, and is its own master again."""
    older = await stage.copy()
    await write(stage, "после копии")
    await until(partial(equal, stage), within=40)
    await stage.ask("REPLICAOF", "127.0.0.1", older.port)
    async with stage.client() as redis:
        await until(lambda: in_sync(redis))
        await redis.execute_command("REPLICAOF", "NO", "ONE")
    older.kill()


async def fail_over(stage: Stage) -> None:
    """A planned failover by hand; then the address leads to the promoted one."""
    replica = stage.another("--replicaof", "127.0.0.1", str(stage.server.port))
    async with stage.client(replica) as redis:
        await let_in(redis)
        await until(lambda: in_sync(redis))
        await until(
            partial(stage.ask, "FAILOVER", "TO", "127.0.0.1", replica.port), forgiven=(ResponseError,)
        )
        await until(lambda: is_master(redis))
    stage.lead_to(replica)


async def read_only_for_a_while(stage: Stage) -> None:
    """It is a replica of a master that is not there, and its own master again."""
    await stage.ask("REPLICAOF", "127.0.0.1", 1)
    await write(stage, "пока только читает")
    await stage.ask("REPLICAOF", "NO", "ONE")


async def is_master(redis: Redis) -> bool:
    return str((await redis.info("replication"))["role"]) == "master"


async def kill_clients(stage: Stage) -> None:
    for kind in ("normal", "pubsub"):
        await stage.ask("CLIENT", "KILL", "TYPE", kind)


async def change_password(stage: Stage) -> None:
    """Our password is another for a moment, and our connections are closed."""
    for part in PARTS:
        await stage.ask("ACL", "SETUSER", part, "resetpass", ">y")
        await stage.ask("CLIENT", "KILL", "USER", part)
    await write(stage, "за дверью")
    await until(partial(is_shut_out, stage))
    await allow(stage)


async def take_rights(stage: Stage) -> None:
    more = () if is_redis_before(7) else ("clearselectors",)
    for part in PARTS:
        await stage.ask("ACL", "SETUSER", part, *more, "-@write", "-@scripting")
    await write(stage, "без прав")
    await until(partial(is_shut_out, stage))
    await allow(stage)


async def let_in(redis: Redis) -> None:
    """Give each service its user, with the rights as shipped."""
    for part, rules in RIGHTS.items():
        await redis.execute_command("ACL", "SETUSER", part, "reset", "on", ">x", *rules.split())


async def allow(stage: Stage) -> None:
    async with stage.client() as redis:
        await let_in(redis)


RENEWED: tuple[Callable[[Stage], Awaitable[None]], ...] = (
    flushall,
    flushdb,
    swap_with_older,
    reload_older,
    restart_empty,
    restart_older,
    lead_to_empty,
    lead_to_copy,
    replicate_and_back,
    fail_over,
    read_only_for_a_while,
)
SAME = (reload, kill_clients, change_password, take_rights)


@pytest.mark.parametrize("way", RENEWED)
async def test_every_browser_reads_again_and_nothing_of_avitos_is_missing(
    stage: Stage, way: Callable[[Stage], Awaitable[None]]
) -> None:
    async with Panel.at(stage.system.url("gateway")) as panel:
        await until(lambda: logged_in(panel), every=0.5)
        async with panel.socket() as socket:
            first = await socket.read_type("hello")
            before = len(stage.left)
            await way(stage)
            with suppress(ConnectionClosed):  # its session went with the data
                async with asyncio.timeout(15):
                    second = await socket.read_type("hello")
                    assert (second["recovered"], second["epoch"] != first["epoch"]) == (False, True)
    await goes_on(stage)
    for left in stage.left[before:]:
        await until(partial(nobody_is_left, stage, left), within=15)
    async with stage.client() as redis:
        assert (await redis.hget(keys.STATE, "epoch") or b"").decode() not in ("", first["epoch"])
        denials = await redis.execute_command("ACL LOG")
    assert [denial for denial in denials if denial["reason"] != "auth"] == []


@pytest.mark.parametrize("way", SAME)
async def test_it_goes_on_by_itself(stage: Stage, way: Callable[[Stage], Awaitable[None]]) -> None:
    await way(stage)
    await goes_on(stage)


async def goes_on(stage: Stage) -> None:
    """A message stands in a browser within seconds, and every thread is as Avito has it."""
    async with Panel.at(stage.system.url("gateway")) as panel:
        await until(lambda: logged_in(panel), every=0.5)
        async with panel.socket() as socket:
            await socket.read_type("hello")
            message = await write(stage, "после")
            async with asyncio.timeout(20):
                while not stands(await socket.read(), message):
                    pass
    await until(lambda: equal(stage), within=40, every=0.2, forgiven=(RedisError,))


def stands(frame: dict[str, Any], message: str) -> bool:
    """The browser shows the message, or reads the thread that ends with it.

    Where ingest noticed the other Redis last, an import brings the message, as one of many.
    """
    if frame["type"] == "thread":
        return bool(frame["chat"]["last_message"]["id"] == message)
    return frame["type"] == "message" and bool(frame["message"]["id"] == message)


async def logged_in(panel: Panel) -> bool:
    return (await panel.log_in()).status_code == 303


async def equal(stage: Stage) -> bool:
    async with stage.client() as redis:
        return await shown(redis, ACCOUNT) == await truth(stage.system.avito)


async def nobody_is_left(stage: Stage, server: RedisServer) -> bool:
    """No service has a connection to it."""
    async with stage.client(server) as redis:
        return all(one.get("user") not in PARTS for one in await redis.client_list())
