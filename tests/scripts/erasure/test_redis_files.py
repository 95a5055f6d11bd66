"""Forgotten data is also gone from the files of Redis."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from redis.asyncio import Redis

from avito_live.erasure import chats, redis_files
from avito_live.erasure.accounts import remove_account
from shared.redis import connection, keys
from testbed import RedisServer, running_redis, until
from tests.scripts.backups.restoring import Shop, opened
from tests.scripts.running import avito_live

pytestmark = pytest.mark.anyio
ACCOUNT, CHAT, WORD = 7, "u2i-one", "zwieback"
DISKLESS = ("--repl-diskless-sync", "yes")
BY_DISK = ("--repl-diskless-sync", "no")


@pytest.fixture(params=[DISKLESS, BY_DISK], ids=["diskless", "by disk"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RedisServer]:
    with running_redis(tmp_path / "redis", "--appendonly", "yes", *request.param) as server:
        yield server


@asynccontextmanager
async def lived_in(home: Path, server: RedisServer) -> AsyncIterator[Shop]:
    """A shop in which a buyer used a word."""
    async with opened(home, server) as shop:
        await shop.ask("HSET", keys.STATE, "epoch", "of-then", "seq", 0, "layout", 2)
        await shop.ask("SADD", keys.ACCOUNTS, ACCOUNT)
        await shop.ask("ZADD", keys.chats(ACCOUNT), 1, CHAT)
        await shop.ask("HSET", keys.chat(ACCOUNT, CHAT), "json", f'{{"last_message":"{WORD}"}}')
        yield shop


def holding_the_word(folder: Path) -> list[str]:
    """Return the files of Redis that contain the word."""
    return [path.name for path in folder.rglob("*") if path.is_file() and WORD.encode() in path.read_bytes()]


async def test_no_word_of_the_buyer_is_left_in_a_file_of_redis(tmp_path: Path, server: RedisServer) -> None:
    async with lived_in(tmp_path, server) as shop:
        backed_up = avito_live(tmp_path, "backup", tmp_path / "one.tar", REDIS_URL=server.url)
        before = holding_the_word(server.folder)
        done = avito_live(tmp_path, "forget", "--yes", "--chat", CHAT, REDIS_URL=server.url)
        assert await shop.redis.dbsize()

    assert before
    assert ("dump.rdb" in backed_up.stderr) == ("dump.rdb" in before)  # Valkey 9.1 leaves none
    assert done.returncode == 0, done.stderr
    assert "Redis' files were rewritten" in done.stdout
    await until(lambda: not holding_the_word(server.folder))  # Redis removes the old file a moment later


async def forgot(redis: Redis) -> None:
    await chats.forget(redis, (ACCOUNT, CHAT), 1.0)


async def left(redis: Redis) -> None:
    await remove_account(redis, ACCOUNT)


@pytest.mark.parametrize(
    ("command", "cut_off"), [(("forget", "--chat", CHAT), forgot), (("account", str(ACCOUNT)), left)]
)
async def test_a_command_that_was_cut_off_before_the_files_is_finished_by_another(
    tmp_path: Path, command: tuple[str, ...], cut_off: Callable[[Redis], Awaitable[None]]
) -> None:
    with running_redis(tmp_path / "redis", "--appendonly", "yes", *DISKLESS) as server:
        async with lived_in(tmp_path, server) as shop:
            await cut_off(shop.redis)
            before = holding_the_word(server.folder)
            done = avito_live(tmp_path, *command, REDIS_URL=server.url)

        assert before
        assert (done.returncode, "Redis' files were rewritten" in done.stdout) == (1, True)
        await until(lambda: not holding_the_word(server.folder))


async def test_a_backup_leaves_no_copy_beside_redis_data(tmp_path: Path) -> None:
    with running_redis(tmp_path / "redis", "--appendonly", "yes", *DISKLESS) as server:
        async with lived_in(tmp_path, server) as shop:
            await shop.back_up()

    assert not list(server.folder.rglob("dump.rdb"))


async def test_files_that_cannot_be_rewritten_are_reported(tmp_path: Path, server: RedisServer) -> None:
    async with lived_in(tmp_path, server) as shop:
        await shop.ask("ACL", "SETUSER", "tools", "on", ">secret", "~*", "+@all", "-bgrewriteaof", "-bgsave")
        url = f"redis://tools:secret@127.0.0.1:{server.port}/0"
        async with connection.connect(url, names_epoch=False) as tools:
            with pytest.raises(
                redis_files.StillInFilesError,
                match=r"still in Redis' files, .*; as Redis' admin: redis-cli BGR",
            ):
                await redis_files.rewrite(tools)
