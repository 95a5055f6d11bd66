"""A backup holds our data wherever it is in a Redis, and whatever that Redis allows."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest
import redis
from redis.asyncio import Redis

from avito_live.backups import temporary_redis
from avito_live.runner.errors import RunError
from shared.redis import connection, keys
from testbed import RedisServer, eventually, running_redis, running_sentinel
from tests.scripts.running import avito_live
from tests.support.managed_redis import forbid
from tests.support.tls_redis import tls_redis

pytestmark = pytest.mark.anyio
ACCOUNT = 7


async def fill(store: Redis) -> None:
    """Write a chat, and a key of every kind that others do not have."""
    await store.hset(keys.STATE, mapping={"epoch": "of-then", "seq": 0, "layout": 2})
    await store.sadd(keys.ACCOUNTS, ACCOUNT)
    await store.zadd(keys.chats(ACCOUNT), {"u2i-one": 1})
    await store.hset(keys.chat(ACCOUNT, "u2i-one"), "json", "{}")
    await store.xadd(keys.INBOX, {"b": "{}"})
    await store.xgroup_create(keys.INBOX, keys.INBOX_GROUP, id="0")


@pytest.fixture
async def database(real_redis: Redis, redis_server: RedisServer) -> str:
    """The URL of a database that is not the first; there is another one in front of it, and one behind."""
    url = redis_server.url.removesuffix("/0")
    await real_redis.set("another program's", "key")
    for number in (3, 15):
        async with connection.connect(f"{url}/{number}", names_epoch=False) as store:
            await (fill(store) if number == 3 else store.set("another program's", "key"))
    return f"{url}/3"


PASSWORD = "p@ss/w'#?:%d x"


@contextmanager
def reached(way: str, folder: Path) -> Iterator[str]:
    """Yield the URL of a Redis that is reached by a socket, a Sentinel, TLS, or with an odd password."""
    if way == "TLS":
        with tls_redis(folder) as url:
            yield url
        return
    socket = folder / "so ck"
    with running_redis(folder / "redis", "--unixsocket", str(socket)) as server:
        if way == "socket":
            yield f"unix://{socket}"
        elif way == "Sentinel":
            with running_sentinel(
                folder / "sentinel", f"sentinel monitor main 127.0.0.1 {server.port} 1"
            ) as port:
                eventually(lambda: is_answering(port), forgiven=(redis.RedisError,))
                yield f"redis+sentinel://127.0.0.1:{port}/main/0"
        else:
            with redis.Redis(port=server.port) as admin:
                admin.config_set("requirepass", PASSWORD)
            yield server.url.replace("//", f"//:{quote(PASSWORD, safe='')}@")


def is_answering(sentinel: int) -> bool:
    with redis.Redis(port=sentinel) as client:
        return bool(client.ping())


@pytest.mark.parametrize("way", ["socket", "Sentinel", "password", "TLS"])
async def test_a_backup_is_made_and_restored_by_every_way_to_a_redis(tmp_path: Path, way: str) -> None:
    with reached(way, tmp_path) as url:
        async with connection.connect(url, names_epoch=False) as store:
            await fill(store)
            made = avito_live(tmp_path, "backup", tmp_path / "one.tar", REDIS_URL=url)
            await store.flushall()
            restored = avito_live(tmp_path, "restore", tmp_path / "one.tar", REDIS_URL=url)
            assert await store.exists(keys.chat(ACCOUNT, "u2i-one"))

    assert (made.returncode, restored.returncode) == (0, 0), made.stderr + restored.stderr


async def test_a_system_in_another_database_is_restored_into_any(tmp_path: Path, database: str) -> None:
    assert avito_live(tmp_path, "backup", tmp_path / "one.tar", REDIS_URL=database).returncode == 0
    checked = avito_live(tmp_path, "restore-check", tmp_path / "one.tar")
    elsewhere = database.replace("/3", "/4")

    done = avito_live(tmp_path, "restore", tmp_path / "one.tar", REDIS_URL=elsewhere)

    assert checked.returncode == 0, checked.stdout
    assert "1 chats" in done.stdout, done.stderr
    async with connection.connect(elsewhere, names_epoch=False) as store:
        assert await store.exists(keys.chat(ACCOUNT, "u2i-one"))


async def test_a_system_in_a_database_beyond_the_usual_sixteen_is_checked(tmp_path: Path) -> None:
    with running_redis(tmp_path / "redis", "--databases", "64") as server:
        url = server.url.replace("/0", "/40")
        async with connection.connect(url, names_epoch=False) as store:
            await fill(store)
        assert avito_live(tmp_path, "backup", REDIS_URL=url).returncode == 0

    checked = avito_live(tmp_path, "restore-check")

    assert checked.returncode == 0, checked.stdout + checked.stderr


async def test_where_no_snapshot_is_allowed_the_keys_are_copied(
    tmp_path: Path, database: str, redis_server: RedisServer
) -> None:
    forbid(redis_server.port, ("SYNC",))
    url = database.replace("//", "//hosted:x@")

    done = avito_live(tmp_path, "backup", tmp_path / "one.tar", REDIS_URL=url)
    checked = avito_live(tmp_path, "restore-check", tmp_path / "one.tar")

    assert (done.returncode, len(done.stderr.splitlines())) == (0, 1), done.stderr
    assert "its keys are copied one by one" in done.stderr
    assert checked.returncode == 0, checked.stdout + checked.stderr


async def test_a_file_that_no_redis_here_reads_names_the_one_to_install(tmp_path: Path) -> None:
    newer = b"REDIS0099\xfa\tredis-ver\x0611.2.0\xfa\nredis-bits\xc0@"
    (tmp_path / "dump.rdb").write_bytes(newer)

    with pytest.raises(RunError, match=r"which redis 11\.2\.0 wrote \(install that one\)"):
        async with temporary_redis.started_from(tmp_path / "dump.rdb"):
            pass
