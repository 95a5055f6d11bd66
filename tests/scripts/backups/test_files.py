"""A file that is no backup is told in one line, and a backup is whole or is not there."""

import asyncio
import io
import os
import signal
import tarfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import orjson
import pytest

from shared.redis import keys, layout
from testbed import RedisServer, running_redis, until
from tests.scripts.backups.restoring import Shop, opened
from tests.scripts.running import avito_live, begun

pytestmark = pytest.mark.anyio


@pytest.fixture
async def shop(tmp_path: Path, redis_server: RedisServer, anyio_backend: str) -> AsyncIterator[Shop]:
    async with opened(tmp_path, redis_server) as shop:
        await fill(shop)
        yield shop


async def fill(shop: Shop) -> None:
    await shop.ask("HSET", keys.STATE, "epoch", "of-then", "seq", 0, "layout", layout.LAYOUT)
    await shop.ask("SADD", keys.ACCOUNTS, 7)
    await shop.ask("HSET", keys.chat(7, "u2i-one"), "json", os.urandom(50_000))


def of_a_newer_layout(whole: bytes) -> bytes:
    with tarfile.open(fileobj=io.BytesIO(whole)) as tar:
        parts = {name: tar.extractfile(name).read() for name in tar.getnames()}  # type: ignore[union-attr]
    label = orjson.loads(parts["backup.json"])
    label["after"]["layout"] = layout.LAYOUT + 1
    parts["backup.json"] = orjson.dumps(label | {"version": "9.9"})
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as tar:
        for name, content in parts.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return made.getvalue()


SPOILT: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "empty": (lambda _: b"", "is not a backup of Avito Live"),
    "foreign": (lambda _: b"something else", "is not a backup of Avito Live"),
    "truncated": (lambda whole: whole[:20_000], "is not a backup of Avito Live"),
    "damaged": (lambda whole: whole.replace(b"REDIS", b"REDUS", 1), "is damaged"),
    "of a newer layout": (of_a_newer_layout, "is of version 9.9, whose data this version does not know"),
}


async def test_a_spoilt_file_is_named_before_anything_is_restored(shop: Shop) -> None:
    whole = (await shop.back_up()).read_bytes()
    await shop.redis.flushall()
    for name, (spoil, said) in SPOILT.items():
        file = shop.home / name
        file.write_bytes(spoil(whole))
        file.chmod(0o600)
        done = avito_live(shop.home, "restore", file, REDIS_URL=shop.server.url)

        assert (done.returncode, len(done.stderr.splitlines())) == (1, 1), done.stderr
        assert said in done.stderr
    assert not await shop.redis.dbsize()


@pytest.mark.parametrize("command", ["restore-check", "restore"])
async def test_what_is_no_file_is_refused_at_once(shop: Shop, command: str) -> None:
    os.mkfifo(shop.home / "pipe")
    for name in ("nowhere.tar", "pipe"):
        done = avito_live(shop.home, command, shop.home / name, REDIS_URL=shop.server.url)

        assert (done.returncode, done.stderr.count("\n")) == (1, 1)
        assert f"there is no file {shop.home / name}" in done.stderr


async def test_a_backup_may_be_anywhere_and_is_for_its_owner_alone(shop: Shop) -> None:
    path = shop.home / "новая папка" / "копия 1.tar"
    made = avito_live(shop.home, "backup", path, first="umask 0", REDIS_URL=shop.server.url)
    assert made.returncode == 0
    assert (path.stat().st_mode & 0o077, path.parent.stat().st_mode & 0o077) == (0, 0)
    assert avito_live(shop.home, "restore-check", path).stderr == ""

    path.chmod(0o644)
    assert (
        f"Other users of this machine can read {path}" in avito_live(shop.home, "restore-check", path).stderr
    )


async def test_a_disk_that_refuses_leaves_the_file_that_was_there(shop: Shop) -> None:
    path = shop.home / "copies" / "one.tar"
    path.parent.mkdir()
    path.write_text("of yesterday")

    done = avito_live(shop.home, "backup", "--yes", path, first="ulimit -f 20", REDIS_URL=shop.server.url)

    assert (done.returncode, done.stderr) == (
        1,
        "No backup was made: File too large: free some disk space (df -h, df -i), then run this again.\n",
    )
    assert [(one.name, one.read_text()) for one in path.parent.iterdir()] == [("one.tar", "of yesterday")]


@pytest.mark.parametrize(
    "number",
    [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL, None],
    ids=lambda number: number.name if number else "Redis ends",
)
async def test_a_backup_that_is_cut_off_leaves_no_file_and_is_made_by_another(
    tmp_path: Path, number: signal.Signals | None
) -> None:
    with running_redis(tmp_path / "redis", "--repl-diskless-sync", "yes") as server:
        async with opened(tmp_path, server) as shop:
            await fill(shop)
            await shop.ask("CONFIG", "SET", "rdb-key-save-delay", 1_000_000)
            process = begun(tmp_path, "backup", REDIS_URL=server.url)
            await until(lambda: is_saving(shop))
            process.send_signal(number) if number else server.kill()
            _, said = await asyncio.to_thread(process.communicate, timeout=60)
        cut = process.returncode
        left = [one.name for one in (tmp_path / "var/backups").iterdir()]
        server.kill()
        server.start()
        async with opened(tmp_path, server) as shop:
            await fill(shop)
        again = avito_live(tmp_path, "backup", REDIS_URL=server.url)

    if number != signal.SIGKILL:
        assert (cut, left) == (130 if number else 1, [])
        assert said.startswith("No backup was made: ")
        assert said.count("\n") == 1
    assert again.returncode == 0, again.stderr
    assert [one.suffix for one in (tmp_path / "var/backups").iterdir()] == [".tar"]


async def is_saving(shop: Shop) -> bool:
    return bool((await shop.redis.info("persistence"))["rdb_bgsave_in_progress"])
