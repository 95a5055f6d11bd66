"""A sweep counts each message once, wherever it breaks off."""

from itertools import count
from typing import Any

import pytest
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

from testbed import RedisServer
from tests.worker.fake_avito import FakeAvito
from tests.worker.sync.sweep.conftest import SweepRig, make_rig_on

pytestmark = pytest.mark.anyio


class Breaking(Redis):
    """Fails with every command from the one on that `left` reaches 0 at; None: never."""

    left: int | None = None

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        self.count()
        run: Any = super().execute_command
        return await run(*args, **options)

    def count(self) -> None:
        if self.left == 0:
            raise RedisConnectionError("broken off")
        self.left = None if self.left is None else self.left - 1

    def pipeline(self, *args: Any, **options: Any) -> Any:
        pipe = super().pipeline(*args, **options)
        send = pipe.execute

        async def execute(*args: Any, **options: Any) -> Any:
            self.count()
            return await send(*args, **options)

        pipe.execute = execute  # type: ignore[method-assign]
        return pipe


async def breaks_off(rig: SweepRig, redis: Breaking, after: int) -> bool:
    """Sweep until so many commands were sent; tells whether the sweep had not ended by then."""
    redis.left = after
    try:
        await rig.sweep()
    except RedisError:
        return True
    finally:
        redis.left = None
    return False


async def test_each_message_is_counted_once_wherever_a_sweep_breaks_off(
    real_redis: Redis, redis_server: RedisServer
) -> None:
    never = Retry(NoBackoff(), 0)
    async with Breaking.from_url(redis_server.url, retry=never) as redis:
        rig = make_rig_on(redis, FakeAvito())
        await rig.start()
        for after in count():
            rig.avito.write("c1", age=10_000 - after)
            broke_off = await breaks_off(rig, redis, after)
            await rig.sweep()

            assert (await rig.facts())["sweep_shown"] == str(after + 1)
            if not broke_off:
                break

    assert after > 5
