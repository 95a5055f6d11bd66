"""An interrupted restore leaves only a mark, and the next one starts over."""

import fcntl
import signal
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path

import pytest

from avito_live.backups import work_folder
from shared.redis import connection, keys, layout
from shared.redis.lua.constants import UNFINISHED_LAYOUT
from testbed import ACCOUNT, RedisServer, running_redis, until
from tests.scripts.backups.restoring import Shop, opened
from tests.scripts.running import AVITO_LIVE, avito_live, environment

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
CHATS = 3_000


@pytest.fixture
async def shop(tmp_path: Path, redis_server: RedisServer, anyio_backend: str) -> AsyncIterator[Shop]:
    """A shop with many chats, so that a restore takes its time."""
    async with opened(tmp_path, redis_server) as shop:
        await shop.ask("HSET", keys.STATE, "epoch", "of-then", "seq", 9, "layout", layout.LAYOUT)
        await shop.ask("SADD", keys.ACCOUNTS, ACCOUNT)
        async with shop.redis.pipeline(transaction=False) as pipe:
            for number in range(CHATS):
                pipe.execute_command("HSET", keys.chat(ACCOUNT, f"u2i-{number}"), "json", "{}")
            await pipe.execute()
        (tmp_path / "tmp").mkdir()
        yield shop
        await shop.ask("FLUSHALL")  # a half restore refuses others


def begin(shop: Shop, path: Path, **given: str) -> subprocess.Popen[bytes]:
    values = {"TMPDIR": str(shop.home / "tmp"), **given}
    return subprocess.Popen(
        [*AVITO_LIVE, "restore", path],
        env=environment(shop.home, values),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def again(shop: Shop, path: Path, **given: str) -> subprocess.CompletedProcess[str]:
    return avito_live(shop.home, "restore", path, TMPDIR=str(shop.home / "tmp"), **given)


def redises_in(folder: Path) -> int:
    """Count the processes whose working directory is this folder, such as a Redis in that of its data."""
    found = 0
    for place in Path("/proc").glob("[0-9]*/cwd"):
        with suppress(OSError):
            found += place.readlink().is_relative_to(folder)
    return found


async def cut(process: subprocess.Popen[bytes], number: signal.Signals, when: Callable[[], object]) -> str:
    """Send the signal as soon as it is time; return what the command said."""
    try:
        await until(when, every=0.002)
        process.send_signal(number)
    except BaseException:
        process.kill()
        raise
    finally:
        _, said = process.communicate(timeout=60)
    assert process.returncode != 0, "it had ended before"
    return said.decode()


@pytest.mark.parametrize(
    ("keys_there", "number"),
    [
        (0, signal.SIGKILL),
        (0, signal.SIGHUP),
        (1, signal.SIGINT),
        (CHATS // 3, signal.SIGKILL),
        (CHATS // 3, signal.SIGHUP),
        (CHATS // 3, signal.SIGTERM),
    ],
)
async def test_it_can_be_repeated_after_an_interruption_at_any_point(
    shop: Shop, number: signal.Signals, keys_there: int
) -> None:
    path = await shop.back_up()
    with running_redis(shop.home / "target") as server:
        target_process = server.process
        assert target_process is not None
        async with connection.connect(server.url, names_epoch=False) as target:

            async def has_come_so_far() -> bool:
                begun = await target.dbsize() if keys_there else len(list((shop.home / "tmp").iterdir()))
                if begun < max(keys_there, 1):
                    return False
                target_process.send_signal(signal.SIGSTOP)  # else it might finish before it gets the signal
                return True

            process = begin(shop, path, REDIS_URL=server.url)
            said = await cut(process, number, has_come_so_far)
            target_process.send_signal(signal.SIGCONT)
            await until(lambda: not redises_in(shop.home / "tmp"))
            after_the_cut = list((shop.home / "tmp").glob("avito-live-work-*"))
            if keys_there:
                assert await layout.stored_layout(target) == UNFINISHED_LAYOUT

            done = again(shop, path, REDIS_URL=server.url)

            assert done.returncode == 0, done.stderr
            assert await target.dbsize() == CHATS + 2
            assert await layout.stored_layout(target) == layout.LAYOUT
    assert not list((shop.home / "tmp").glob("avito-live-work-*"))
    if number != signal.SIGKILL:
        assert not after_the_cut
        assert ("Run it again: it starts over" if keys_there else "Nothing was restored") in said


async def test_the_redis_of_make_run_ends_with_a_restore_that_is_killed(shop: Shop) -> None:
    path = await shop.back_up()
    home = shop.home / "home"
    account = {"AVITO_CLIENT_ID": "id", "AVITO_CLIENT_SECRET": "secret", "AVITO_USER_ID": str(ACCOUNT)}
    assert avito_live(home, "init", **account).returncode == 0
    process = begin(shop, path, AVITO_LIVE_HOME=str(home))

    await cut(process, signal.SIGKILL, lambda: redises_in(shop.home) == 2)
    await until(lambda: not redises_in(shop.home))
    done = again(shop, path, AVITO_LIVE_HOME=str(home))

    assert done.returncode == 0, done.stderr
    assert f"Restored {CHATS + 1} keys" in done.stdout


async def test_no_command_works_on_a_half_restored_redis(shop: Shop) -> None:
    await shop.ask("HSET", keys.STATE, "layout", UNFINISHED_LAYOUT)

    done = avito_live(shop.home, "operator", REDIS_URL=shop.server.url)

    assert (done.returncode, "has begun and not ended" in done.stderr) == (1, True)


async def test_a_half_restored_redis_is_not_backed_up(shop: Shop) -> None:
    await shop.ask("HSET", keys.STATE, "layout", UNFINISHED_LAYOUT)

    done = avito_live(shop.home, "backup", shop.home / "half.tar", REDIS_URL=shop.server.url)

    assert done.returncode == 1
    assert "a restore into this Redis has begun and not ended" in done.stderr
    assert not (shop.home / "half.tar").exists()


def test_the_folder_of_an_older_version_that_still_works_stays(tmp_path: Path) -> None:
    working = tmp_path / "avito-live-work-older"
    working.mkdir()
    with (working / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)

        with work_folder.opened(tmp_path):
            assert working.exists()

    with work_folder.opened(tmp_path):
        assert not working.exists()


def test_a_folder_in_use_is_not_removed(tmp_path: Path) -> None:
    abandoned = tmp_path / "avito-live-work-killed"
    abandoned.mkdir()
    (abandoned / "lock").touch()
    (abandoned / "dump.rdb").write_text("conversations")

    with work_folder.opened(tmp_path) as first, work_folder.opened(tmp_path) as second:
        assert sorted(tmp_path.iterdir()) == sorted([first, second])
        assert first.stat().st_mode & 0o077 == 0

    assert not list(tmp_path.iterdir())
