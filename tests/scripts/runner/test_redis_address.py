import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from redis.asyncio import Redis

from avito_live.runner import lock
from avito_live.runner.errors import NotRunningError
from avito_live.runner.folders import Folders
from avito_live.runner.redis_address import find
from testbed import RedisServer, free_port
from tests.scripts.running import avito_live


@contextmanager
def running(home: Path, url: str) -> Iterator[None]:
    """Yield a running `make run` that has written the address of its Redis."""
    held = lock.take_run(Folders(home))
    Folders(home).redis_url.write_text(f"{url}\n")
    yield
    os.close(held)


def test_redis_url_comes_first(tmp_path: Path) -> None:
    with running(tmp_path, "redis://running.example/0"):
        found = find({"AVITO_LIVE_HOME": str(tmp_path), "REDIS_URL": "redis://given.example/0"})

    assert found == "redis://given.example/0"


def test_then_redis_url_of_the_env_file(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("REDIS_URL=redis://file.example/0\n")

    with running(tmp_path, "redis://running.example/0"):
        assert find({"AVITO_LIVE_HOME": str(tmp_path)}) == "redis://file.example/0"


def test_then_the_one_that_make_run_wrote_down(tmp_path: Path) -> None:
    with running(tmp_path, "redis://running.example/0"):
        assert find({"AVITO_LIVE_HOME": str(tmp_path)}) == "redis://running.example/0"


def test_what_a_killed_run_wrote_down_is_no_address(tmp_path: Path) -> None:
    with running(tmp_path, "redis://running.example/0"):
        pass
    assert Folders(tmp_path).redis_url.exists()

    with pytest.raises(NotRunningError, match="make run"):
        find({"AVITO_LIVE_HOME": str(tmp_path)})


def test_the_next_run_removes_the_address_that_a_killed_run_left(tmp_path: Path) -> None:
    with running(tmp_path, "redis://running.example/0"):
        pass

    os.close(lock.take_run(Folders(tmp_path)))

    assert not Folders(tmp_path).redis_url.exists()


def test_else_the_fix_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotRunningError, match="make run"):
        find({"AVITO_LIVE_HOME": str(tmp_path)})


def test_status_of_nothing_is_one_line(tmp_path: Path) -> None:
    done = avito_live(tmp_path, "status")

    assert (done.returncode, len(done.stderr.splitlines()), done.stdout) == (1, 1, "")


def test_status_says_when_redis_does_not_answer(tmp_path: Path) -> None:
    done = avito_live(tmp_path, "status", REDIS_URL=f"redis://127.0.0.1:{free_port()}/0")

    assert (done.returncode, len(done.stderr.splitlines()), done.stdout) == (1, 1, "")
    assert "does not answer" in done.stderr


@pytest.mark.anyio
async def test_status_tells_what_redis_knows(
    tmp_path: Path, real_redis: Redis, redis_server: RedisServer
) -> None:
    done = avito_live(tmp_path, "status", REDIS_URL=redis_server.url)

    rows = dict(line.split(maxsplit=1) for line in done.stdout.splitlines())
    assert rows["status"] == "down"
    assert rows["workers"] == "0"
    assert rows["inbox.waiting"] == "0"


def test_then_the_one_that_docker_compose_runs(tmp_path: Path) -> None:
    docker = tmp_path / "docker"
    docker.write_text('#!/bin/sh\n[ "$*" = "compose port redis 6379" ] && echo 127.0.0.1:49153\n')
    docker.chmod(0o755)
    (tmp_path / ".env").write_text("COMPOSE_FILE=deploy/compose.yml\nREDIS_PASSWORD=made-up\n")

    found = find({"AVITO_LIVE_HOME": str(tmp_path), "PATH": f"{tmp_path}:/usr/bin:/bin"})

    assert found == "redis://:made-up@127.0.0.1:49153/0"


def test_a_docker_that_runs_nothing_of_ours_is_no_redis(tmp_path: Path) -> None:
    docker = tmp_path / "docker"
    docker.write_text("#!/bin/sh\necho no such service >&2\nexit 1\n")
    docker.chmod(0o755)
    (tmp_path / ".env").write_text("COMPOSE_FILE=deploy/compose.yml\nREDIS_PASSWORD=made-up\n")

    with pytest.raises(NotRunningError, match="make up"):
        find({"AVITO_LIVE_HOME": str(tmp_path), "PATH": f"{tmp_path}:/usr/bin:/bin"})
