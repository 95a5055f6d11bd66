"""A Redis that keeps commands from its users, as managed ones do: all goes on, and that is said."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from shared.redis import connection, keys, less_sure, lua
from shared.redis.epoch_watch import EpochWatch
from shared.redis.health import ask_health, ask_info
from shared.redis.pipelined import open_pipelined
from shared.redis.replication import is_replicated
from shared.redis.server_watch import ServerWatch
from shared.status import read_status
from shared.wires import jobs
from testbed import RedisServer, running_redis, until
from tests.push_gateway.panel import write
from tests.support.managed_redis import KEPT_BACK, forbid, unknown
from tests.support.replica import replica_of

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("real_redis")]
NO_RUN_ID = (
    b"redis_version:7.2.4\r\nused_memory:1048576\r\nmaxmemory:0\r\nrole:master\r\nconnected_slaves:0\r\n"
)
SAID = {"INFO": ["info"], "every one of them": ["info"]}


@pytest.fixture(autouse=True)
def noted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is said to be less sure, in this test."""
    said = list[str]()
    monkeypatch.setattr(less_sure, "_noted", set())
    monkeypatch.setattr(less_sure, "_LOG", _Log(said))
    return said


class _Log:
    def __init__(self, said: list[str]) -> None:
        self._names = {meaning: name for name, meaning in less_sure.MEANINGS.items()}
        self._said = said

    def warning(self, event: str, *, extra: dict[str, str]) -> None:
        assert event == "shared.redis.less_sure"
        self._said.append(self._names[extra["reason"]])


@contextmanager
def kept_back(way: str, port: int, commands: tuple[str, ...]) -> Iterator[str]:
    """Yield the URL of a Redis that keeps these commands from us."""
    if way == "no rights":
        yield forbid(port, commands)
    else:
        with unknown(port, commands) as url:
            yield url


async def epoch_of(redis: Redis) -> bytes | None:
    return await redis.hget(keys.STATE, "epoch")


@pytest.mark.parametrize("way", ["no rights", "unknown command"])
@pytest.mark.parametrize("command", [*KEPT_BACK, "every one of them"])
async def test_without_a_command_all_that_services_ask_is_answered(
    redis_server: RedisServer, real_redis: Redis, noted: list[str], command: str, way: str
) -> None:
    commands = KEPT_BACK if command == "every one of them" else (command,)
    with kept_back(way, redis_server.port, commands) as url:
        pool = connection.make_pool(url, commits=True)
        async with Redis.from_pool(pool) as redis:
            watch = EpochWatch(pool, commits=True)
            await watch.look()
            begun = await epoch_of(real_redis)
            await lua.make_known(redis, "commit")
            await jobs.enqueue(jobs.arq_client(pool), jobs.RECHECK_CHAT, 7, "u2i-one")
            await watch.look()

            assert (await ask_health(redis)).refusal == ""
            assert await is_replicated(redis, 0)
            assert (await read_status(redis, 0.0))["alarms"] == []
            assert await real_redis.script_exists(lua.load("commit").sha) == [True]
            assert await epoch_of(real_redis) == begun
    assert noted == SAID.get(command, [])


async def test_a_redis_that_a_script_holds_for_a_while_forbids_nothing(
    real_redis: Redis, redis_server: RedisServer, noted: list[str]
) -> None:
    pool = connection.make_pool(redis_server.url, retries=0)
    async with Redis.from_pool(pool) as redis:
        watch = EpochWatch(pool)
        await watch.look()
        begun = await epoch_of(real_redis)
        await real_redis.config_set("lua-time-limit", 1)  # ms until it answers others
        holding = asyncio.create_task(hold(real_redis))
        await until(lambda: is_held(redis_server), every=0.01)
        with pytest.raises(ResponseError, match="BUSY"):
            await watch.look()
        with pytest.raises(ResponseError, match="BUSY"):
            await ask_info(redis, "replication")
        async with Redis(port=redis_server.port) as other:
            await other.script_kill()
        with pytest.raises(ResponseError):
            await holding
        await watch.look()

        assert await epoch_of(real_redis) == begun
    assert noted == []


async def hold(redis: Redis) -> None:
    await redis.eval("while true do end", 0)


async def is_held(server: RedisServer) -> bool:
    async with Redis(port=server.port) as redis:
        try:
            return not await redis.ping()
        except ResponseError:
            return True


@pytest.mark.parametrize(
    "words", ["ERR command 'wait' not support for normal user", "ERR Command is not available"]
)
def test_the_words_of_providers_are_known(words: str) -> None:
    assert less_sure.is_forbidden(ResponseError(words))


async def test_many_scripts_of_others_open_no_epoch_without_a_run_id(
    redis_server: RedisServer, real_redis: Redis
) -> None:
    with unknown(redis_server.port, info=b"redis_version:8.2.3\r\n") as url:
        pool = connection.make_pool(url)
        watch = EpochWatch(pool)
        await watch.look()
        begun = await epoch_of(real_redis)  # newer ones keep 500 scripts that were only run
        for number in range(600):
            await real_redis.eval(f"return {number}", 0)
        await watch.look()

        assert await epoch_of(real_redis) == begun


async def test_info_that_tells_little_is_said_once_for_each_thing(
    redis_server: RedisServer, noted: list[str]
) -> None:
    with unknown(redis_server.port, info=b"redis_version:7.2.4\r\n") as url:
        async with connection.connect(url) as redis:
            for _ in range(2):
                assert (await ask_health(redis)).aof_on is None
                await ask_info(redis, "replication")

    assert noted == ["run_id", "memory"]


@pytest.mark.parametrize("way", ["no rights", "unknown command"])
async def test_without_wait_a_change_counts_as_kept_and_that_is_said(
    tmp_path: Path, noted: list[str], way: str
) -> None:
    with (
        running_redis(tmp_path / "master") as master,
        replica_of(master, tmp_path),
        kept_back(way, master.port, ("WAIT",)) as url,
    ):
        async with connection.connect(url) as redis:
            await redis.set("promise", "1")
            assert await is_replicated(redis, 0)
            assert await is_replicated(redis, 0)

    assert noted == ["wait"]


async def test_a_restart_of_a_redis_without_run_id_opens_an_epoch(tmp_path: Path) -> None:
    with (
        running_redis(tmp_path, "--appendonly", "yes") as server,
        unknown(server.port, info=NO_RUN_ID) as url,
    ):
        before = await opened_epoch(url)
        again = await opened_epoch(url)
        server.kill()
        server.start()
        after = await opened_epoch(url)

    assert before == again
    assert after not in (None, before)


async def opened_epoch(url: str) -> bytes | None:
    async with connection.connect(url) as redis:
        return await epoch_of(redis)


async def test_processes_that_notice_a_restart_at_once_open_one_epoch(
    redis_server: RedisServer, real_redis: Redis
) -> None:
    with unknown(redis_server.port, info=NO_RUN_ID) as url:
        await opened_epoch(url)
        await real_redis.script_flush()  # as a restart does
        epochs = await asyncio.gather(*(opened_epoch(url) for _ in range(8)))
        later = await opened_epoch(url)

    assert len({*epochs, later} - {None}) == 1


async def test_processes_with_and_without_a_run_id_agree(
    redis_server: RedisServer, real_redis: Redis
) -> None:
    with unknown(redis_server.port, info=NO_RUN_ID) as hidden:
        await opened_epoch(hidden)
        settled = await opened_epoch(redis_server.url)

        assert {await opened_epoch(url) for url in (hidden, redis_server.url, hidden)} == {settled}


async def test_data_that_were_set_back_open_an_epoch_there_too(
    redis_server: RedisServer, real_redis: Redis
) -> None:
    with unknown(redis_server.port, info=NO_RUN_ID) as url:
        watch = EpochWatch(connection.make_pool(url))
        await watch.look()
        await write(real_redis, "a", "b")
        await watch.look()
        before = await epoch_of(real_redis)
        await real_redis.hincrby(keys.STATE, "seq", -1)

        await watch.look()

        assert await epoch_of(real_redis) != before


async def test_a_service_that_opens_no_epoch_leaves_a_replaced_server_by_the_mark(tmp_path: Path) -> None:
    with running_redis(tmp_path / "old") as old, running_redis(tmp_path / "new") as new:
        for server in (old, new):
            async with Redis(port=server.port) as admin:
                await admin.hset(keys.STATE, "mark", server.folder.name)
        with unknown(old.port, info=NO_RUN_ID) as first, unknown(new.port, info=NO_RUN_ID) as second:
            pool = connection.make_pool(first, names_epoch=False)
            watch = ServerWatch(pool)
            pipelined, _ = await open_pipelined(pool, 5.0)
            await watch.look()
            assert pipelined.open
            pool.connection_kwargs["port"] = int(second.rpartition(":")[2].partition("/")[0])

            await watch.look()

            assert not pipelined.open
