"""The commands on the data of a `make run` that is stopped."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from avito_live.runner import configuration, embedded_redis
from avito_live.runner.folders import Folders
from shared.redis import connection, keys
from tests.scripts.running import avito_live, environment

pytestmark = pytest.mark.anyio
OLD, NEW = 11223344, 55667788


@pytest.fixture
def usual_umask() -> Iterator[None]:
    before = os.umask(0o022)
    os.umask(before)
    yield
    os.umask(before)


@pytest.fixture
async def home(tmp_path: Path, usual_umask: None) -> Path:
    """A stopped `make run` of an old account; `.env` names the new one."""
    account = {"AVITO_CLIENT_ID": "id", "AVITO_CLIENT_SECRET": "secret", "AVITO_USER_ID": str(NEW)}
    assert avito_live(tmp_path, "init", **account).returncode == 0
    values = configuration.load(environment(tmp_path))
    async with (
        embedded_redis.of_stopped_run(tmp_path, values) as url,
        connection.connect(url, names_epoch=False) as redis,
    ):
        await redis.execute_command("SADD", keys.ACCOUNTS, OLD)
        await redis.zadd(keys.chats(OLD), {"u2i-one": 1_757_403_800, "u2i-two": 1_757_403_801})
    return tmp_path


async def test_the_account_is_changed(home: Path) -> None:
    done = avito_live(home, "account", "--yes", str(OLD))

    assert done.returncode == 0, done.stderr
    assert f"of account {OLD}" in done.stdout
    assert "Redis of `make run`" in done.stderr


async def test_a_chat_is_forgotten_and_a_token_is_made(home: Path) -> None:
    assert "Removed 1 chats" in avito_live(home, "forget", "--yes", "--chat", "u2i-one").stdout
    assert avito_live(home, "token", "add", "crm").returncode == 0

    assert "crm" in avito_live(home, "token").stdout


async def test_a_backup_is_made(home: Path) -> None:
    done = avito_live(home, "backup")

    assert done.returncode == 0, done.stderr
    assert "2 chats" in done.stdout
    assert "Redis of `make run`" in done.stderr
    assert str(home / "var/backups") in done.stdout


def test_where_nothing_was_ever_run_nothing_is_made(tmp_path: Path) -> None:
    done = avito_live(tmp_path, "account", str(OLD))

    assert (done.returncode, "Nothing is running here" in done.stderr) == (1, True)
    assert list(tmp_path.iterdir()) == []


async def test_what_a_killed_run_wrote_down_stands_in_no_commands_way(home: Path) -> None:
    Folders(home).redis_url.write_text("redis://:gone@127.0.0.1:1/0\n")

    assert avito_live(home, "token").returncode == 0
