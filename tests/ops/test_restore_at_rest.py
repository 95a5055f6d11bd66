"""A backup goes back into the Redis of a `make run` that is stopped."""

from pathlib import Path

import pytest
from redis.asyncio import Redis

from avito_live_run import lock
from shared import keys
from tests.scripts.running import run_script
from tests.support.redis_server import RedisServer
from tests.support.system import ACCOUNT

pytestmark = pytest.mark.anyio


@pytest.fixture
async def backup(tmp_path: Path, real_redis: Redis, redis_server: RedisServer) -> str:
    """A backup that holds one chat."""
    await real_redis.execute_command("SADD", keys.ACCOUNTS, ACCOUNT)
    await real_redis.zadd(keys.chats(ACCOUNT), {"u2i-one": 1_757_403_800})
    path = str(tmp_path / "one.tar")
    assert run_script("backup.py", tmp_path, REDIS_URL=redis_server.url, FILE=path).returncode == 0
    return path


def home_of_a_real_account(folder: Path) -> Path:
    account = {"AVITO_CLIENT_ID": "id", "AVITO_CLIENT_SECRET": "secret", "AVITO_USER_ID": str(ACCOUNT)}
    assert run_script("init_env.py", folder, **account).returncode == 0
    return folder


async def test_it_lands_where_make_run_will_look_and_a_second_one_is_refused(
    tmp_path: Path, backup: str
) -> None:
    home = home_of_a_real_account(tmp_path / "home")

    first = run_script("restore.py", home, FILE=backup)
    second = run_script("restore.py", home, FILE=backup)

    assert first.returncode == 0, first.stderr
    assert "1 chats" in first.stdout
    assert "the Redis of `make run`" in first.stdout
    assert (second.returncode, "is not empty" in second.stderr) == (1, True)
    assert list((home / "var/redis").glob("appendonly*"))


async def test_a_run_that_is_just_starting_is_not_disturbed(tmp_path: Path, backup: str) -> None:
    home = home_of_a_real_account(tmp_path / "home")
    held = lock.take_run(home / "var/run/lock")

    done = run_script("restore.py", home, FILE=backup)

    lock.give_back(held)
    assert done.returncode == 1
    assert "is running here already" in done.stderr


async def test_a_file_that_is_not_there_is_said_before_anything_is_touched(tmp_path: Path) -> None:
    done = run_script("restore.py", tmp_path, FILE=str(tmp_path / "none.tar"))

    assert (done.returncode, "there is no file" in done.stderr) == (1, True)
    assert not (tmp_path / "var").exists()
