"""Tasks end for certain, and work that must not be interrupted finishes first."""

import asyncio

import pytest

from shared.process.shutdown import cancel_and_wait, run_to_completion, run_together
from testbed import until
from tests.support.stubborn import Stubborn

pytestmark = pytest.mark.anyio


async def done_after(go: asyncio.Event, done: list[str]) -> str:
    await go.wait()
    done.append("done")
    return "result"


async def test_a_task_that_swallows_a_cancellation_is_ended() -> None:
    task = asyncio.create_task(Stubborn().run())
    await asyncio.sleep(0)

    await cancel_and_wait(task)

    assert task.cancelled()


async def test_cancelling_a_caller_that_ends_a_task_does_not_stop_the_waiting() -> None:
    go, done = asyncio.Event(), list[str]()
    task = asyncio.create_task(run_to_completion(done_after(go, done), 60))
    await asyncio.sleep(0)
    ending = asyncio.create_task(cancel_and_wait(task))
    await until(task.cancelling)

    ending.cancel()
    await until(lambda: task.cancelling() > 1)
    assert not ending.done()
    go.set()

    with pytest.raises(asyncio.CancelledError):
        await ending
    assert done == ["done"]


async def test_undisturbed_work_returns_its_result_or_raises_its_error() -> None:
    go = asyncio.Event()
    go.set()
    assert await run_to_completion(done_after(go, []), 60) == "result"

    async def broken() -> None:
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        await run_to_completion(broken(), 60)


async def test_work_runs_to_completion_however_often_its_caller_is_cancelled() -> None:
    go, done = asyncio.Event(), list[str]()
    task = asyncio.create_task(run_to_completion(done_after(go, done), 60))
    await asyncio.sleep(0)
    ending = asyncio.create_task(cancel_and_wait(task))
    await until(lambda: task.cancelling() > 1)

    go.set()
    await ending

    assert done == ["done"]
    assert task.cancelled()


async def test_work_that_does_not_end_is_cancelled_in_time() -> None:
    done = list[str]()
    task = asyncio.create_task(run_to_completion(done_after(asyncio.Event(), done), 0.05))
    await asyncio.sleep(0)

    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(task, 15)
    assert done == []


async def test_all_that_runs_together_has_ended_when_the_caller_has() -> None:
    stubborn = Stubborn()

    async def obedient() -> None:
        await asyncio.Event().wait()

    both = asyncio.create_task(run_together(obedient(), stubborn.run()))
    await asyncio.sleep(0)
    await asyncio.sleep(0)

    await cancel_and_wait(both)

    assert both.cancelled()
    assert stubborn.ended.is_set()


async def test_a_failure_ends_the_others_and_is_raised() -> None:
    ended: list[str] = []

    async def broken() -> None:
        raise ValueError("broken")

    async def other() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("other")

    with pytest.raises(ValueError, match="broken"):
        await run_together(other(), broken())

    assert ended == ["other"]


async def test_work_that_something_else_cancels_ends_the_others_too() -> None:
    async def cancelled() -> None:
        elsewhere = asyncio.get_running_loop().create_future()
        elsewhere.cancel()
        await elsewhere

    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(run_together(asyncio.Event().wait(), cancelled()), 20)  # type: ignore[arg-type]
