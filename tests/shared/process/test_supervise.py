"""What runs beside requests: it begins again, and its errors do not go unnoticed."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import pytest
from redis.asyncio import Redis
from redis.exceptions import AuthenticationError, NoPermissionError
from redis.exceptions import ConnectionError as RedisConnectionError

from shared.process import once_a_minute
from shared.process import supervise as supervising
from shared.process.supervise import FAILURES, Loop, background, failing, repeat, retry, running, supervise
from shared.timing.backoff import Backoff
from shared.timing.rate_limiter import RateLimiters
from testbed import until

pytestmark = pytest.mark.anyio
LOG = logging.getLogger("part")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervising, "_BACKOFF", Backoff(0.001, 0.002))


class Failing:
    """A loop that fails with `error`, and runs well while there is none."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error
        self.begun = 0

    async def run(self) -> None:
        self.begun += 1
        if self.error is not None:
            raise self.error
        await asyncio.Event().wait()

    async def begins(self, more: int) -> None:
        wanted = self.begun + more
        await until(lambda: self.begun >= wanted)


@asynccontextmanager
async def supervised(loop: Loop) -> AsyncIterator[None]:
    async with running(supervise(LOG, "loop", loop)):
        yield


def counted(name: str = "loop") -> float:
    return float(FAILURES.labels(name)._value.get())


def events(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records]


def is_logged(caplog: pytest.LogCaptureFixture, times: int) -> bool:
    return len(events(caplog)) == times


async def test_an_unforeseen_error_is_logged_once_counted_each_time_and_makes_the_process_unready(
    caplog: pytest.LogCaptureFixture,
) -> None:
    before, loop = counted(), Failing(LookupError("unforeseen"))
    async with supervised(loop.run):
        await loop.begins(5)

        assert counted() - before >= 4
        assert failing() == ["loop"]

    assert events(caplog) == ["part.loop_failed"]
    assert "LookupError: unforeseen" in caplog.text
    assert failing() == []


async def test_a_loop_that_runs_well_for_a_while_makes_the_process_ready_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(supervising, "_SETTLED_S", 0.1)
    loop = Failing(LookupError("unforeseen"))
    async with supervised(loop.run):
        await loop.begins(2)
        loop.error = None

        await until(lambda: not failing())


async def test_trouble_that_comes_back_after_a_loop_had_settled_is_logged_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(supervising, "_SETTLED_S", 0.01)
    release = asyncio.Event()

    async def loop() -> None:
        await release.wait()
        release.clear()
        raise LookupError("unforeseen")

    async with supervised(loop):
        for times in (1, 2):
            await asyncio.sleep(0.02)  # it runs well for so long
            release.set()
            await until(partial(is_logged, caplog, times))


async def test_a_loop_that_something_else_cancels_begins_again(caplog: pytest.LogCaptureFixture) -> None:
    loop = Failing(None)

    async def cancelled() -> None:
        loop.begun += 1
        cancelled_elsewhere = asyncio.get_running_loop().create_future()
        cancelled_elsewhere.cancel()
        await cancelled_elsewhere

    async with supervised(cancelled):
        await loop.begins(3)

        assert failing() == ["loop"]

    assert events(caplog) == ["part.loop_failed"]


@pytest.mark.usefixtures("nothing_said_yet")
async def test_a_right_that_many_loops_lack_is_one_line_with_the_remedy(
    caplog: pytest.LogCaptureFixture, real_redis: Redis
) -> None:
    await real_redis.execute_command(
        "ACL", "SETUSER", "half", "reset", "on", ">x", "~*", "&*", "+@all", "-multi"
    )
    place = {name: real_redis.connection_pool.connection_kwargs[name] for name in ("host", "port")}
    async with Redis(**place, username="half", password="x") as half:

        async def write() -> None:
            begun.append(1)
            async with half.pipeline() as pipe:
                pipe.set("one", 1)
                await pipe.execute()

        begun: list[int] = []
        async with running(*(supervise(LOG, f"loop {number}", write) for number in range(3))):
            await until(lambda: len(begun) > 9)

    assert events(caplog) == ["part.loop_failed"]
    assert "Traceback" not in caplog.text
    assert "MULTI: our user may not do that" in caplog.records[0].__dict__["reason"]


@pytest.mark.usefixtures("nothing_said_yet")
async def test_the_next_right_that_a_loop_lacks_is_said_too_and_again_after_a_minute(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = Failing(NoPermissionError("no permissions to run the 'xadd' command"))
    async with supervised(loop.run):
        await loop.begins(3)
        loop.error = NoPermissionError("no permissions to run the 'zadd' command")
        await until(lambda: is_logged(caplog, 2))
        monkeypatch.setattr(once_a_minute, "_LIMITERS", RateLimiters(per_second=1 / 60))
        await until(lambda: is_logged(caplog, 3))

    assert ["'zadd'" in record.__dict__["reason"] for record in caplog.records] == [False, True, True]


async def test_a_loop_begins_again_after_an_error_that_is_no_exception() -> None:
    loop = Failing(_Panic())
    async with supervised(loop.run):
        await loop.begins(3)

        assert failing() == ["loop"]


class _Panic(BaseException):
    """What an extension in Rust raises when it panics."""


async def test_a_peer_that_is_away_is_logged_once_and_is_no_failure(caplog: pytest.LogCaptureFixture) -> None:
    before, loop = counted(), Failing(RedisConnectionError("refused"))
    async with supervised(loop.run):
        await loop.begins(3)
        loop.error = TimeoutError()
        await loop.begins(3)

        assert (counted() - before, failing()) == (0, [])

    assert events(caplog) == ["part.redis_away"]


async def test_work_is_tried_again_while_a_peer_is_away_and_not_after_another_error() -> None:
    outcomes = iter((RedisConnectionError("refused"), TimeoutError(), ValueError("no use")))

    async def work() -> None:
        raise next(outcomes)

    with pytest.raises(ValueError, match="no use"):
        await retry(LOG, "work", work)


async def test_a_round_that_hangs_or_meets_no_peer_is_skipped(caplog: pytest.LogCaptureFixture) -> None:
    rounds = 0

    async def work() -> None:
        nonlocal rounds
        rounds += 1
        if rounds == 1:
            raise RedisConnectionError("refused")
        if rounds == 2:
            await asyncio.Event().wait()

    async with running(repeat(LOG, -0.99, work)):
        await until(lambda: rounds > 3)

    assert events(caplog) == []


async def test_an_error_of_background_work_is_logged_and_counted(caplog: pytest.LogCaptureFixture) -> None:
    before = counted("short")

    async def work() -> None:
        raise LookupError("unforeseen")

    await background(LOG, "short", work())

    assert counted("short") - before == 1
    assert events(caplog) == ["part.task_failed"]


async def test_what_runs_beside_a_block_has_ended_after_it() -> None:
    async def work() -> None:
        await asyncio.Event().wait()

    async with running(work(), work()) as tasks:
        pass

    assert [task.cancelled() for task in tasks] == [True, True]


async def test_another_trouble_with_the_same_peer_is_logged_with_its_own_remedy(
    caplog: pytest.LogCaptureFixture,
) -> None:
    loop = Failing(RedisConnectionError("refused"))
    async with supervised(loop.run):
        await loop.begins(3)
        loop.error = AuthenticationError("invalid username-password pair or user is disabled.")
        await loop.begins(3)

    first, second = (str(vars(record)["reason"]) for record in caplog.records)
    assert first == "refused"
    assert second.endswith("correct user and password in REDIS_URL, redis://USER:PASSWORD@host")
