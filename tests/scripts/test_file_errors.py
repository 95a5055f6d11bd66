"""Files that cannot be written: a command ends in one line with the remedy, and leaves nothing half done."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis

from avito_live import PROJECT, env_file
from avito_live.file_errors import words_of
from testbed import RedisServer, running_redis
from tests.scripts.running import AVITO_LIVE, avito_live, environment

STANDS_THERE = "move away the file, folder or broken link"
SPACE = "free some disk space"


def a_file(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("no folder")


def a_broken_link(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to("/nowhere/at/all")


def with_small_files(
    home: Path, blocks: int, *arguments: str, **given: str
) -> subprocess.CompletedProcess[str]:
    """Run a command no file of which may have more blocks, as on a full disk."""
    return subprocess.run(
        ["sh", "-c", f'ulimit -f {blocks}; exec "$@"', "sh", *AVITO_LIVE, *arguments],
        env=environment(home, given),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with running_redis(tmp_path_factory.mktemp("redis")) as running:
        with redis.Redis(port=running.port) as client:
            client.set("much", b"x" * 100_000)
        yield running


@pytest.mark.parametrize(
    ("command", "place", "spoil", "remedy"),
    [
        (["run"], "var", a_file, STANDS_THERE),
        (["run"], "var/run", a_broken_link, STANDS_THERE),
        (["run"], "var/log", a_file, STANDS_THERE),
        (["run"], "var/demo/redis", a_broken_link, STANDS_THERE),
        (["status"], "var", a_file, STANDS_THERE),
        (["backup"], "var/backups", a_file, STANDS_THERE),
        (["init"], ".env", a_broken_link, STANDS_THERE),
        (["dead"], ".env", Path.mkdir, STANDS_THERE),
    ],
)
def test_what_stands_in_the_place_of_a_file_or_folder_is_named_in_one_line(
    tmp_path: Path, command: list[str], place: str, spoil: Callable[[Path], None], remedy: str
) -> None:
    if command == ["run"]:
        assert avito_live(tmp_path, "init").returncode == 0
    spoil(tmp_path / place)

    done = avito_live(tmp_path, *command, GATEWAY_PORT="0", INGEST_PORT="0", SIM_PORT="0")

    said = (done.stdout + done.stderr).strip().splitlines()
    assert done.returncode in (1, 2)
    assert place in said[-1]
    assert remedy in said[-1]
    assert len(said) <= 2  # `make run` says that it starts


def test_setup_names_a_folder_that_it_cannot_write(tmp_path: Path) -> None:
    for name in ("pyproject.toml", "constraints.txt", "scripts/setup.sh", "scripts/requirements.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes((PROJECT / name).read_bytes())
    a_file(tmp_path / "var")

    done = subprocess.run(
        ["sh", tmp_path / "scripts" / "setup.sh"], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (1, "", 1)
    assert f"{tmp_path}/var/run cannot be written" in done.stderr


def test_what_is_made_under_any_umask_is_writable_by_its_owner_alone(tmp_path: Path) -> None:
    subprocess.run(
        ["sh", "-c", 'umask 0; exec "$@"', "sh", *AVITO_LIVE, "redis-users"],
        env=environment(tmp_path),
        capture_output=True,
        check=True,
    )

    made = list(tmp_path.rglob("*"))
    assert made
    assert [path for path in made if path.stat().st_mode & 0o022] == []


def test_an_env_that_does_not_fit_is_not_there_at_all(tmp_path: Path) -> None:
    done = with_small_files(tmp_path, 1, "init")

    assert (done.returncode, list(tmp_path.iterdir())) == (1, [])
    assert SPACE in done.stderr
    assert with_small_files(tmp_path, 100, "init").returncode == 0


def test_an_env_that_cannot_be_changed_stays_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("A=1\n")
    (tmp_path / ".env.new").mkdir()

    with pytest.raises(OSError, match=r"irectory|permitted"):
        env_file.write(path, "A=2\n")

    assert path.read_text() == "A=1\n"


@pytest.mark.parametrize("where", [[], ["elsewhere.tar"]])
def test_a_backup_that_does_not_fit_leaves_nothing(
    tmp_path: Path, server: RedisServer, where: list[str]
) -> None:
    file = [str(tmp_path / name) for name in where]

    done = with_small_files(tmp_path, 1, "backup", *file, REDIS_URL=server.url)

    assert done.returncode == 1
    assert SPACE in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_refused_write_is_told_with_its_remedy_and_without_the_command(tmp_path: Path) -> None:
    with running_redis(tmp_path / "redis", "--maxmemory", "1") as full:
        done = avito_live(tmp_path, "token", "add", "till", REDIS_URL=full.url)

    assert done.returncode == 1
    assert "Redis refuses to write" in done.stderr
    assert "make status" in done.stderr
    assert "avito:tokens" not in done.stderr


def test_an_error_without_a_known_remedy_is_told_as_it_is() -> None:
    assert words_of(OSError("odd")) == "odd"
    assert words_of(ConnectionResetError(104, "reset")) == "[Errno 104] reset"
