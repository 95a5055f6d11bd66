"""Messages are ordered by their bytes in any locale of the Redis server."""

import shutil
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import orjson
import pytest
from redis.asyncio import Redis

from shared.redis import connection, keys
from shared.redis.lua.scripts import CommitReply
from testbed import running_redis
from tests.worker.builders import BUYER, CHAT, SELLER, make_message
from tests.worker.fake_avito import DAY, FakeAvito, make_account
from worker.jobs import prune
from worker.messages.commit import Change, commit

pytestmark = pytest.mark.anyio

NOW = 1_757_403_725

CHARMAP = """\
<code_set_name> BYTES
<comment_char> %
<escape_char> /
CHARMAP
<U0061> /x61 a
<U0062> /x62 b
END CHARMAP
"""
B_BEFORE_A = """\
comment_char %
escape_char /
LC_COLLATE
order_start forward
<U0062>
<U0061>
order_end
END LC_COLLATE
"""


def make_locale(folder: Path) -> None:
    """Make a locale `odd` in which b comes before a; where none can be made every locale sorts by bytes."""
    program = shutil.which("localedef")
    if program is None:
        return
    (folder / "charmap").write_text(CHARMAP)
    (folder / "source").write_text(B_BEFORE_A)
    command = [
        program,
        "-c",
        "-f",
        str(folder / "charmap"),
        "-i",
        str(folder / "source"),
        str(folder / "odd"),
    ]
    subprocess.run(command, check=False, capture_output=True)


@pytest.fixture
async def odd_redis(
    tmp_path: Path, anyio_backend: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Redis]:
    """A real Redis that was started in that locale."""
    make_locale(tmp_path)
    monkeypatch.setenv("LOCPATH", str(tmp_path))
    monkeypatch.setenv("LC_ALL", "odd")
    with running_redis(tmp_path / "redis") as server:
        async with connection.connect(server.url) as client:
            yield client


async def put(redis: Redis, message_id: str, author: int, created: float) -> CommitReply:
    change = Change(SELLER, CHAT, (make_message(message_id, author=author, created=created),), "webhook")
    return await commit(redis, change, created, 200)


async def test_what_came_after_our_answer_of_the_same_second_is_unread(odd_redis: Redis) -> None:
    await put(odd_redis, "a", SELLER, NOW)
    await put(odd_redis, "b", BUYER, NOW)

    members = await odd_redis.zrange(keys.thread(SELLER, CHAT), 0, -1)
    shown = orjson.loads(await odd_redis.execute_command("HGET", keys.chat(SELLER, CHAT), "json"))
    assert members == [b"~a", b"~b"]
    assert (shown["unread"], shown["unanswered_since"]) == (1, NOW)


async def test_the_last_message_of_a_chat_that_was_let_go_of_is_not_new_again(odd_redis: Redis) -> None:
    avito = FakeAvito()
    created = avito.clock() - 181 * DAY
    await put(odd_redis, "a", BUYER, created)
    await prune.prune(make_account(odd_redis, avito))

    again = await put(odd_redis, "a", BUYER, created)

    assert again.new == 0
