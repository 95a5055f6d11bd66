"""What a command says of a Redis that was replaced while it worked."""

from pathlib import Path

import pytest
from redis.asyncio import Redis

from avito_live.runner.errors import RunError
from avito_live.runner.redis_command import run_on_redis
from tests.shared.redis.test_server_watch import lead, two_servers


def test_a_change_of_a_redis_that_was_replaced_meanwhile_is_not_said_to_be_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with two_servers(tmp_path) as (address, new):
        monkeypatch.setenv("REDIS_URL", f"unix://{address}")

        async def do(redis: Redis) -> str:
            lead(address, new)
            await redis.set("changed", "on the old one")
            return "Done."

        with pytest.raises(RunError, match="may be lost"):
            run_on_redis(do)
