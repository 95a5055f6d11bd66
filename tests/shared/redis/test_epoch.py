"""A Redis whose user may not do what all else rests on."""

from collections import deque
from typing import TYPE_CHECKING, Any, cast

import pytest
from redis.exceptions import ResponseError

from shared.redis.epoch import name_epoch
from shared.redis.server_run import UnfitRedisError

if TYPE_CHECKING:
    from redis.asyncio.connection import AbstractConnection

pytestmark = pytest.mark.anyio


class Peer:
    """A Redis that gives these replies."""

    def __init__(self, *replies: object) -> None:
        self.replies = deque(replies)

    async def send_command(self, *command: object) -> None:
        """Take it."""

    async def read_response(self, **options: Any) -> object:
        reply = self.replies.popleft()
        if isinstance(reply, Exception):
            raise reply
        return reply


async def test_a_redis_that_is_too_old_is_refused_with_the_version_that_is_needed(anyio_backend: str) -> None:
    old = b"redis_version:6.0.16\r\nrun_id:one\r\n"

    with pytest.raises(UnfitRedisError, match=r"version 6\.0\.16: 6\.2 or newer is needed"):
        await name_epoch(cast("AbstractConnection", Peer(old)))


@pytest.mark.usefixtures("nothing_said_yet")
async def test_it_is_logged_once_a_minute(caplog: pytest.LogCaptureFixture, anyio_backend: str) -> None:
    for _ in range(3):
        peer = Peer(b"run_id:one\r\n", ResponseError("UNFIT"))
        with pytest.raises(UnfitRedisError):
            await name_epoch(cast("AbstractConnection", peer), commits=True)

    assert [record.message for record in caplog.records] == ["shared.redis.unfit"]
