"""A command that removes or replaces data asks first, and its last line says what became of it."""

import asyncio
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from shared.redis import keys
from testbed import RedisServer, running_redis, until
from tests.scripts.backups.restoring import Shop, opened
from tests.scripts.running import at_a_terminal, avito_live, begun

pytestmark = pytest.mark.anyio
ACCOUNT, CHAT, WORD = 7, "u2i-one", b"zwieback"
REMOVALS = [("forget", "--chat", CHAT), ("account", str(ACCOUNT))]
UNTOUCHED = "Nothing was removed: "


@pytest.fixture
async def shop(tmp_path: Path, redis_server: RedisServer, anyio_backend: str) -> AsyncIterator[Shop]:
    async with opened(tmp_path, redis_server) as shop:
        await fill(shop)
        yield shop


async def fill(shop: Shop) -> None:
    await shop.ask("HSET", keys.STATE, "epoch", "of-then", "seq", 0, "layout", 2)
    await shop.ask("SADD", keys.ACCOUNTS, ACCOUNT)
    await shop.ask("ZADD", keys.chats(ACCOUNT), 1, CHAT)
    await shop.ask("HSET", keys.chat(ACCOUNT, CHAT), "json", b'{"last_message":"%b"}' % WORD)


async def is_there(shop: Shop) -> bool:
    return bool(await shop.redis.exists(keys.chat(ACCOUNT, CHAT)))


@pytest.mark.parametrize("command", REMOVALS, ids=lambda command: command[0])
async def test_without_a_terminal_and_without_a_yes_nothing_is_removed(
    shop: Shop, command: tuple[str, ...]
) -> None:
    done = avito_live(shop.home, *command, REDIS_URL=shop.server.url)

    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert done.stderr.startswith(UNTOUCHED)
    assert "FORCE=1" in done.stderr
    assert await is_there(shop)


@pytest.mark.parametrize(
    ("types", "code", "said"),
    [
        ("y\n", 0, "Removed 1 chats."),
        ("\n", 1, f"{UNTOUCHED}it was not confirmed."),
        ("\x03", 130, f"{UNTOUCHED}it was interrupted."),
        ("", 130, ""),
    ],
    ids=["yes", "no", "Ctrl-C", "closed"],
)
async def test_it_is_removed_only_after_a_yes(shop: Shop, types: str, code: int, said: str) -> None:
    done = await asyncio.to_thread(
        at_a_terminal, shop.home, *REMOVALS[0], types=types, REDIS_URL=shop.server.url
    )

    assert (done[0], said in done[1]) == (code, True), done[1]
    assert await is_there(shop) == bool(code)


async def test_an_existing_file_is_replaced_only_after_a_yes(shop: Shop) -> None:
    path = shop.home / "a copy.tar"
    path.write_text("of last year")

    refused = avito_live(shop.home, "backup", path, REDIS_URL=shop.server.url)
    kept = path.read_text()
    done = avito_live(shop.home, "backup", "--yes", path, REDIS_URL=shop.server.url)

    assert (refused.returncode, kept) == (2, "of last year")
    assert refused.stderr.startswith(f"No backup was made: {path} exists. Replace it?")
    assert done.returncode == 0, done.stderr
    assert avito_live(shop.home, "restore-check", path).returncode == 0


async def test_a_nightly_script_replaces_its_backup_of_before(shop: Shop) -> None:
    path = shop.home / "nightly.tar"

    nights = [avito_live(shop.home, "backup", path, REDIS_URL=shop.server.url) for _ in range(2)]

    assert [done.returncode for done in nights] == [0, 0], nights[1].stderr


async def test_the_account_of_a_demo_is_not_removed_from_under_it(shop: Shop) -> None:
    await shop.ask("SADD", keys.ACCOUNTS, 301200100)

    done = avito_live(shop.home, "account", "--yes", "301200100", REDIS_URL=shop.server.url)

    assert (done.returncode, "this is the demo" in done.stderr) == (1, True)
    assert await shop.redis.sismember(keys.ACCOUNTS, "301200100")


CUTS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL, None]


@pytest.mark.parametrize(
    ("command", "number"),
    [*((REMOVALS[0], number) for number in CUTS), (REMOVALS[1], signal.SIGTERM)],
    ids=lambda one: one[0] if isinstance(one, tuple) else one.name if one else "Redis ends",
)
async def test_a_removal_that_is_cut_off_says_so_and_is_finished_by_another(
    tmp_path: Path, command: tuple[str, ...], number: signal.Signals | None
) -> None:
    """It is cut off while Redis rewrites its files."""
    with running_redis(tmp_path / "redis", "--appendonly", "yes", "--appendfsync", "always") as server:
        async with opened(tmp_path, server) as shop:
            await fill(shop)
            await shop.ask("CONFIG", "SET", "rdb-key-save-delay", 2_000_000)
            process = begun(tmp_path, command[0], "--yes", *command[1:], REDIS_URL=server.url)
            await until(lambda: rewrites(shop))
            gone = not await is_there(shop)
            process.send_signal(number) if number else server.kill()
            _, said = await asyncio.to_thread(process.communicate, timeout=60)
        if number:
            server.kill()
        server.start()
        again = avito_live(tmp_path, command[0], "--yes", *command[1:], REDIS_URL=server.url)

        assert gone
        if number != signal.SIGKILL:
            assert said.splitlines()[-1].startswith("The removal is not complete: "), said
            assert process.returncode == (130 if number else 1)
        assert (again.returncode, "files were rewritten" in again.stdout) == (1, True), again.stderr
        await until(lambda: not holding_the_word(server.folder))


async def rewrites(shop: Shop) -> bool:
    return bool((await shop.redis.info("persistence"))["aof_rewrite_in_progress"])


def holding_the_word(folder: Path) -> list[str]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [path.name for path in files if WORD in path.read_bytes()]
