"""A backup goes back into the Redis of a `make run` that is stopped."""

import os
from pathlib import Path

import pytest
from redis.asyncio import Redis

from avito_live.backups.restore import refuse_other
from avito_live.runner import lock
from avito_live.runner.folders import Folders
from shared.redis import keys
from testbed import ACCOUNT, RedisServer
from tests.scripts.running import avito_live

pytestmark = pytest.mark.anyio


@pytest.fixture
async def backup(tmp_path: Path, real_redis: Redis, redis_server: RedisServer) -> str:
    """A backup that holds one chat."""
    await real_redis.execute_command("SADD", keys.ACCOUNTS, ACCOUNT)
    await real_redis.zadd(keys.chats(ACCOUNT), {"u2i-one": 1_757_403_800})
    path = str(tmp_path / "one.tar")
    assert avito_live(tmp_path, "backup", path, REDIS_URL=redis_server.url).returncode == 0
    return path


def home_of_a_real_account(folder: Path) -> Path:
    account = {"AVITO_CLIENT_ID": "id", "AVITO_CLIENT_SECRET": "secret", "AVITO_USER_ID": str(ACCOUNT)}
    assert avito_live(folder, "init", **account).returncode == 0
    return folder


async def test_it_lands_where_make_run_will_look_and_a_second_one_is_refused(
    tmp_path: Path, backup: str
) -> None:
    home = home_of_a_real_account(tmp_path / "home")

    first = avito_live(home, "restore", backup)
    second = avito_live(home, "restore", backup)

    assert first.returncode == 0, first.stderr
    assert "1 chats" in first.stdout
    assert "the Redis of `make run`" in first.stdout
    assert (second.returncode, "is not empty" in second.stderr) == (1, True)
    assert list((home / "var/redis").glob("appendonly*"))


async def test_a_run_that_is_just_starting_is_not_disturbed(tmp_path: Path, backup: str) -> None:
    home = home_of_a_real_account(tmp_path / "home")
    held = lock.take_run(Folders(home))

    done = avito_live(home, "restore", backup)

    os.close(held)
    assert done.returncode == 1
    assert "is running here already" in done.stderr


async def test_a_file_that_is_not_there_is_said_before_anything_is_touched(tmp_path: Path) -> None:
    done = avito_live(tmp_path, "restore", str(tmp_path / "none.tar"))

    assert (done.returncode, "there is no file" in done.stderr) == (1, True)
    assert not (tmp_path / "var").exists()


async def test_a_real_accounts_backup_never_goes_into_the_demo(
    tmp_path: Path, real_redis: Redis, redis_server: RedisServer
) -> None:
    await real_redis.execute_command("SADD", keys.ACCOUNTS, 555)
    path, home = str(tmp_path / "one.tar"), tmp_path / "home"
    assert avito_live(tmp_path, "backup", path, REDIS_URL=redis_server.url).returncode == 0
    assert avito_live(home, "init").returncode == 0

    done = avito_live(home, "restore", path)
    with_keys = avito_live(home, "restore", path, AVITO_USER_ID="555")

    assert done.returncode == 1
    assert "the backup is of account 555: put that system's .env here first" in done.stderr
    assert (with_keys.returncode, "AVITO_CLIENT_ID" in with_keys.stderr) == (2, True)


async def test_a_backup_of_another_account_is_refused_before_anything_is_written(
    tmp_path: Path, backup: str, real_redis: Redis, redis_server: RedisServer
) -> None:
    await real_redis.flushall()

    done = avito_live(tmp_path, "restore", backup, REDIS_URL=redis_server.url, AVITO_USER_ID="5")

    assert done.returncode == 1
    assert f"the backup is of account {ACCOUNT}, and AVITO_USER_ID is 5" in done.stderr
    assert await real_redis.keys() == []


@pytest.mark.parametrize(
    ("held", "own", "into_demo"),
    [
        (set(), "", True),
        ({301200100}, "", True),
        ({7}, "", False),  # REDIS_URL says where, and nothing says whose
        ({7}, "7", False),
        ({7, 8}, "8", False),
        (set(), "7", False),
    ],
)
def test_a_backup_of_the_same_account_is_accepted(held: set[int], own: str, into_demo: bool) -> None:
    refuse_other(held, own, into_demo=into_demo)
