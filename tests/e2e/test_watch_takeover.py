"""A worker that dies is followed by one that goes on in the same mode."""

from pathlib import Path

import pytest

from tests.e2e.watching import quick_system, status, subscribed, until_equal, until_mode

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
OTHER = "https://hooks.crm.example.test/secret-of-theirs"


@pytest.mark.parametrize("state", ["webhook", "unwanted", "taken", "missed"])
async def test_a_worker_that_dies_in_any_state_is_followed_by_one_that_goes_on(
    tmp_path: Path, state: str
) -> None:
    async with quick_system(tmp_path, "ingest") as system:
        chats = await subscribed(system)
        if state == "taken":
            await system.avito.subscribe(OTHER)
            await until_mode(system, "polling", "crm.example.test")
        if state == "unwanted":
            async with system.redis as redis:
                await redis.execute_command("HSET", "avito:facts", "wanted", "0", "wanted_by", "owner")
            await until_mode(system, "polling", "отключён")
        if state == "missed":
            await system.avito.faults(webhook_drop=1)
            await system.avito.burst(messages=20, chat_ids=chats)
            await until_mode(system, "polling", "вебхуки не доходят")

        before = await status(system)
        await system.kill("worker")
        await system.avito.burst(messages=10, chat_ids=chats)
        await system.start("worker")

        await until_equal(system)
        if state in ("taken", "unwanted"):
            told = await status(system)
            assert (told["mode"], told["reason"]) == (before["mode"], before["reason"])
            assert told["events"] == before["events"]


async def test_one_worker_of_two_watches_and_the_other_takes_over(tmp_path: Path) -> None:
    async with quick_system(tmp_path, "ingest") as system:
        chats = await subscribed(system)
        await system.start("worker-2")
        assert "lease.taken" not in system.part("worker-2").tail(1000)

        await system.kill("worker")
        await system.avito.write(chats[0], "без вебхука", webhook=False)
        await until_equal(system)

        assert "lease.taken" in system.part("worker-2").tail(1000)
