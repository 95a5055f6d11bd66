"""Each fault of a real Redis has a row, and none once the remedy that stands beside it was applied."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

from avito_live import PROJECT
from avito_live.doctor import redis_checks
from avito_live.doctor.rows import without_consequences
from testbed import RedisServer, running_redis, until
from tests.support.managed_redis import forbid, unknown

pytestmark = pytest.mark.anyio
NO_FILE = Path("/nonexistent")
SENTINEL = "redis+sentinel://127.0.0.1/mymaster/0"
ILL = {
    "no_aof": [("appendonly", "no")],
    "may_evict": [("maxmemory", "100mb"), ("maxmemory-policy", "allkeys-lru")],
    "memory_full": [("maxmemory", "1")],
    "clients_nearly_full": [("maxclients", "1")],
    "redis_read_only": [("replicaof", "127.0.0.1 1")],
}
WELL = {
    "no_aof": [("appendonly", "yes")],
    "may_evict": [("maxmemory-policy", "noeviction"), ("maxmemory", "0")],
    "memory_full": [("maxmemory", "0")],
    "clients_nearly_full": [("maxclients", "10000")],
    "redis_read_only": [("replicaof", "no one")],
}


KEPT_BACK = {
    "SYNC": "no_snapshot",
    "WAIT": "no_wait",
    "CONFIG": "redis_keeps_back",
    "ACL": "redis_keeps_back",
    "CLIENT": "redis_keeps_back",
}
HIDDEN = {"redis_hides_run_id", "redis_hides_memory", "redis_hides_disk"}
OTHERS = {
    "snapshot_failing",
    "rewrite_failing",
    "evicting",
    "no_replica",
    "redis_hides_info",
    *HIDDEN,
    *KEPT_BACK.values(),
    "default_without_rights",
    "redis_unfit",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with running_redis(tmp_path_factory.mktemp("doctors"), "--appendonly", "yes") as started:
        yield started


async def names(redis: Redis, url: str = "redis://", users: Path = NO_FILE) -> set[str]:
    """Return what the doctor finds wrong, but for what this machine's kernel adds."""
    rows = redis_checks.judge(await redis_checks.ask(redis, url, users))
    return {row.name for row in rows if row.state != "right"} - {"overcommit"}


async def apply(redis: Redis, settings: list[tuple[str, str]]) -> None:
    for name, value in settings:
        if name == "replicaof":
            await redis.execute_command("REPLICAOF", *value.split())
        else:
            await redis.config_set(name, value)


@pytest.mark.parametrize("finding", ILL)
async def test_a_fault_is_named_until_its_remedy_was_applied(server: RedisServer, finding: str) -> None:
    async with Redis.from_url(server.url) as redis:
        assert await names(redis) == set()
        await apply(redis, ILL[finding])
        assert await names(redis) == {finding}
        await apply(redis, WELL[finding])
        assert await names(redis) == set()


DISK = [
    ("snapshot_failing", "dump.rdb", "BGSAVE SCHEDULE"),
    ("rewrite_failing", "appendonlydir/appendonly.aof.*.base.rdb", "BGREWRITEAOF"),
]


@pytest.mark.parametrize(("finding", "file", "write"), DISK)
async def test_a_disk_that_takes_nothing_is_named_until_it_does(
    server: RedisServer, finding: str, file: str, write: str
) -> None:
    async with Redis.from_url(server.url) as redis:
        await until(lambda: rests(redis))
        in_the_way = server.folder / file.replace("*", str(next_base(server.folder)))
        in_the_way.mkdir()

        async def is_named() -> bool:
            return await names(redis) == {finding}

        await redis.execute_command(write)
        await until(is_named)
        in_the_way.rmdir()
        await redis.execute_command(write)
        await until(lambda: is_right(redis))


def next_base(folder: Path) -> int:
    """Return the number of the next file that a rewrite makes."""
    known = [int(path.name.split(".")[2]) for path in folder.glob("appendonlydir/*.base.rdb")]
    return max(known) + 1


async def rests(redis: Redis) -> bool:
    """Tell whether no earlier write goes on."""
    info = await redis.info("persistence")
    return not (info["aof_rewrite_in_progress"] or info["aof_rewrite_scheduled"])


async def is_right(redis: Redis) -> bool:
    return await names(redis) == set()


async def test_keys_that_were_thrown_away_are_named_until_that_has_ended(server: RedisServer) -> None:
    async with Redis.from_url(server.url) as redis:
        await redis.set("old", "x" * 100_000)
        await apply(redis, [("maxmemory-policy", "allkeys-lru"), ("maxmemory", "1")])
        with suppress(ResponseError):  # more than there is
            await redis.set("new", "x" * 100_000)
        assert "evicting" in await names(redis)
        assert "may_evict" not in await explained_names(redis)
        await apply(redis, WELL["may_evict"])
        await redis.config_resetstat()
        assert await names(redis) == set()


async def explained_names(redis: Redis) -> set[str]:
    rows = redis_checks.judge(await redis_checks.ask(redis, "redis://"))
    return {row.name for row in without_consequences(rows)}


async def test_a_master_of_sentinels_without_a_replica_is_named(server: RedisServer) -> None:
    async with Redis.from_url(server.url) as redis:
        assert await names(redis, SENTINEL) == {"no_replica"}


async def test_a_user_that_may_not_ask_is_named(server: RedisServer) -> None:
    async with Redis.from_url(server.url) as redis:
        await redis.execute_command("ACL", "SETUSER", "half", "on", ">x", "~*", "&*", "+@all", "-info")
        async with Redis(port=server.port, username="half", password="x") as half:
            assert await names(half) == {"redis_hides_info"}
            await redis.execute_command("ACL", "SETUSER", "half", "+info")
            assert await names(half) == set()


@pytest.mark.parametrize("command", KEPT_BACK)
async def test_a_command_that_is_kept_from_us_has_a_row_that_says_what_is_less_sure(
    server: RedisServer, command: str
) -> None:
    async with Redis.from_url(forbid(server.port, (command,))) as hosted:
        assert await names(hosted) == {KEPT_BACK[command]}
    if command != "SYNC":  # whose right is read from the users' rules
        with unknown(server.port, (command,)) as url:
            async with Redis.from_url(url) as redis:
                assert await names(redis) == {KEPT_BACK[command]}


@pytest.mark.parametrize(
    "rule", ["resetchannels", "-publish", "-subscribe", "-evalsha", "-eval", "-multi", "resetkeys"]
)
async def test_a_user_without_what_the_services_need_is_named(server: RedisServer, rule: str) -> None:
    async with Redis.from_url(server.url) as redis:
        if rule != "-eval" and (await redis.info("server"))["redis_version"] < "7":
            pytest.skip("Redis 6 does not tell")
        await redis.execute_command("ACL", "SETUSER", "half", "reset", "on", ">x", "~*", "&*", "+@all", rule)
        async with Redis(port=server.port, username="half", password="x") as half:
            assert await names(half) == {"redis_unfit"}


async def test_each_thing_that_info_does_not_tell_has_a_row(server: RedisServer) -> None:
    with unknown(server.port, info=b"redis_version:8.2.3\r\nrole:master\r\n") as url:
        async with Redis.from_url(url) as redis:
            assert await names(redis) == HIDDEN


async def test_a_user_default_without_rights_is_named_by_redis_or_by_the_file_of_our_users(
    server: RedisServer, tmp_path: Path
) -> None:
    (rules := tmp_path / "users.acl").write_text("user default off\nuser tools on ~* +@all\n")
    async with (
        Redis.from_url(server.url) as redis,
        Redis(port=server.port, username="boss", password="x") as boss,
        Redis(port=server.port, username="tools", password="x") as tools,
    ):
        await redis.execute_command("ACL", "SETUSER", "boss", "on", ">x", "~*", "&*", "+@all")
        await redis.execute_command(
            "ACL", "SETUSER", "tools", "on", ">x", "~*", "&*", "+@all", "-@admin", "+sync"
        )
        await boss.execute_command("ACL", "SETUSER", "default", "-@all")
        assert await names(boss) == {"default_without_rights"}
        await boss.config_set("appendonly", "no")
        assert await names(boss) == {"no_aof"}, "without that file nothing is replayed"
        await boss.config_set("appendonly", "yes")
        await boss.execute_command("ACL", "SETUSER", "default", "+@all")
        assert await names(boss) == set()

        assert await names(tools, users=rules) == {"default_without_rights"}
        rules.write_bytes((PROJECT / "deploy/redis/users.acl").read_bytes())
        assert await names(tools, users=rules) == set()


async def test_a_wrong_password_is_no_redis_that_is_away(server: RedisServer) -> None:
    async with Redis(port=server.port, password="wrong") as stranger:
        with pytest.raises(RedisError) as refused:
            await redis_checks.ask(stranger, "redis://")

    assert redis_checks.trouble(refused.value).name == "redis_refuses"
