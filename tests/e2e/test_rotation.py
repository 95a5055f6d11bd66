"""Changing the secret of the webhook, seen from outside: no event is lost, even if the change fails."""

import asyncio
import signal
import time
from pathlib import Path

import pytest

from shared.accounts.webhook_secrets import fingerprint
from shared.redis import keys
from shared.wires import heartbeat
from testbed import SECRET, System, until
from tests.e2e.owner import Owner, owner_of
from tests.e2e.watching import quick_system, status, switches, until_equal, until_mode

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
PATIENT = {"SWEEP_INTERVAL_S": "30"}
"""Sweeps are rare, so that messages come by webhook; a late webhook does not count as lost so soon."""


async def test_changing_the_secret_loses_no_event_and_the_old_one_ends_by_itself(tmp_path: Path) -> None:
    async with quick_system(tmp_path, "ingest", "worker", **PATIENT) as system:
        owner = owner_of(system)
        assert await owner.run("setup", "--yes") == 0
        await until_mode(system, "webhook")
        before = switches(await status(system))
        chat = await system.avito.chat()

        writing = asyncio.create_task(
            system.avito.burst(messages=60, rate=20, chat_ids=[chat], text="во время смены {n}")
        )
        assert await owner.run("rotate-secret") == 0, owner.said
        await writing
        await until_equal(system)

        (url,) = await system.avito.subscriptions()
        new = url.rpartition("/")[2]
        assert new not in ("", SECRET)
        assert new not in owner.said
        assert f"WEBHOOK_SECRET={new}\n" in owner.env
        assert f"WEBHOOK_SECRET_PREVIOUS={SECRET}\n" in owner.env
        told = await status(system)
        assert (told["mode"], switches(told)) == ("webhook", before)

        async with system.redis as redis:
            assert await redis.xlen(keys.UNVERIFIED) == 0
            await redis.execute_command("HSET", keys.ROTATION, "until", "1")
        assert await owner.run("test") == 0
        await until_old_secret_is_a_hint(system)


async def until_old_secret_is_a_hint(system: System) -> None:
    """A post with the old secret is no longer verified."""
    deadline = time.monotonic() + 20
    async with system.redis as redis:
        await system.stop("worker")
        while not await redis.xlen(keys.UNVERIFIED):
            assert time.monotonic() < deadline
            await system.http.post(system.webhook_url, content=b"{}")
            await asyncio.sleep(0.2)


async def test_a_change_that_avito_refuses_is_put_back_whole(tmp_path: Path) -> None:
    async with quick_system(tmp_path, "ingest", "worker") as system:
        owner = owner_of(system)
        assert await owner.run("setup", "--yes") == 0
        before = owner.env
        await system.avito.strike("subscribe", status=400, count=1)

        assert await owner.run("rotate-secret") == 1, owner.said

        assert owner.env == before
        assert await system.avito.subscriptions() == [system.webhook_url]
        assert await owner.run("test") == 0


async def test_secrets_in_files_are_changed_there_and_put_back_there(tmp_path: Path) -> None:
    async with quick_system(tmp_path, "ingest", "worker") as system:
        owner, folder = owner_of(system), tmp_path / "secrets"
        folder.mkdir()
        (folder / "WEBHOOK_SECRET").write_text(SECRET)
        owner.settle(WEBHOOK_SECRET="", SECRETS_DIR=str(folder))
        assert await owner.run("setup", "--yes") == 0, owner.said
        before = owner.env
        await system.avito.strike("subscribe", status=400, count=1)

        assert await owner.run("rotate-secret") == 1, owner.said
        assert (owner.env, [path.name for path in folder.iterdir()]) == (before, ["WEBHOOK_SECRET"])
        assert (folder / "WEBHOOK_SECRET").read_text() == SECRET

        assert await owner.run("rotate-secret") == 0, owner.said
        (url,) = await system.avito.subscriptions()
        assert (folder / "WEBHOOK_SECRET").read_text().strip() == url.rpartition("/")[2] != SECRET
        assert (folder / "WEBHOOK_SECRET_PREVIOUS").read_text().strip() == SECRET
        assert owner.env.startswith("WEBHOOK_SECRET=\n")
        assert await owner.run("test") == 0


async def test_a_second_change_without_a_restart_loses_no_event_either(tmp_path: Path) -> None:
    async with quick_system(tmp_path, "ingest", "worker", **PATIENT) as system:
        owner = await subscribed(system)
        assert await owner.run("rotate-secret") == 0, owner.said
        await end_the_day(system)
        before, unproven = switches(await status(system)), await hints(system)
        chat = await system.avito.chat()

        writing = asyncio.create_task(system.avito.burst(messages=60, rate=20, chat_ids=[chat], text="{n}"))
        assert await owner.run("rotate-secret") == 0, owner.said
        await writing
        await until_equal(system)

        (url,) = await system.avito.subscriptions()
        assert url.rpartition("/")[2] in owner.env
        told = await status(system)
        assert (told["mode"], switches(told)) == ("webhook", before)
        assert await hints(system) == unproven
        await all_prove(system)


async def test_settings_changed_by_hand_win_over_an_older_change(tmp_path: Path) -> None:
    async with quick_system(tmp_path) as system:
        retired = system.webhook_url.replace(SECRET, "of-last-month")
        async with system.redis as redis:
            record = {"current": "of-last-week", "previous": "of-last-month", "until": "1"}
            await redis.hset(keys.ROTATION, mapping=record)
        system.environ |= {"WEBHOOK_SECRET_PREVIOUS": "of-last-week"}
        owner = owner_of(system)
        owner.settle(WEBHOOK_SECRET_PREVIOUS="of-last-week")
        await system.start("ingest", "worker")

        assert await owner.run("setup", "--yes") == 0, owner.said

        assert await system.avito.subscriptions() == [system.webhook_url]
        await until_mode(system, "webhook")
        await all_prove(system)
        before = await hints(system)
        await system.http.post(retired, content=b"{}")
        assert await hints(system) == before + 1
        assert await owner.run("rotate-secret") == 0, owner.said


async def test_a_change_that_is_interrupted_is_put_back_and_can_be_made_at_once(tmp_path: Path) -> None:
    async with quick_system(tmp_path, "ingest", "worker") as system:
        owner = await subscribed(system)
        env = owner.env
        for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
            await cut_off(system, owner, number)

            async with system.redis as redis:
                assert not await redis.exists(keys.ROTATION)
            assert owner.env == env
            assert await system.avito.subscriptions() == [system.webhook_url]

        assert await owner.run("rotate-secret") == 0, owner.said
        await all_prove(system)


async def test_a_change_that_was_killed_is_finished_by_another(tmp_path: Path) -> None:
    async with quick_system(tmp_path, "ingest", "worker") as system:
        owner = await subscribed(system)
        await cut_off(system, owner, signal.SIGKILL)
        await end_the_day(system)

        assert await owner.run("rotate-secret") == 0, owner.said

        (url,) = await system.avito.subscriptions()
        assert url != system.webhook_url
        assert f"WEBHOOK_SECRET={url.rpartition('/')[2]}\n" in owner.env
        await until_mode(system, "webhook")
        await all_prove(system)


async def test_a_change_that_is_cut_off_while_it_asks_avito_loses_no_event_and_can_be_repeated(
    tmp_path: Path,
) -> None:
    """Before Avito has the new address and after; by kill -9 when all was done but the last word."""
    async with quick_system(tmp_path, "ingest", "worker", **PATIENT) as system:
        owner = await subscribed(system)
        chat = await system.avito.chat()
        unproven, before = await hints(system), switches(await status(system))
        writing = asyncio.create_task(system.avito.burst(messages=150, rate=10, chat_ids=[chat], text="{n}"))
        for when, number in (
            ("before", signal.SIGTERM),
            ("after", signal.SIGTERM),
            ("after", signal.SIGKILL),
        ):
            (old,) = await system.avito.subscriptions()
            await system.avito.strike("subscribe", when=when, delay_s=1, count=1)
            code = await end_while_it_subscribes(system, owner, number, old if when == "after" else "")
            await system.avito.calm()
            repeated = await owner.run("rotate-secret")

            (url,) = await system.avito.subscriptions()
            assert code == (-signal.SIGKILL if number == signal.SIGKILL else 130)
            assert (repeated, "Секрет уже сменён" in owner.said) == ((0, False) if code == 130 else (1, True))
            assert url != old
            assert f"WEBHOOK_SECRET={url.rpartition('/')[2]}\n" in owner.env
            await end_the_day(system)
        writing.cancel()
        await system.avito.delivered()
        await until_equal(system)

        assert (await hints(system), switches(await status(system))) == (unproven, before)


async def end_while_it_subscribes(system: System, owner: Owner, number: signal.Signals, old: str) -> int:
    """Begin a change, and end it while it waits for Avito's answer; `old`: Avito has replaced it already."""
    command = owner.start("rotate-secret")

    async def asked() -> bool:
        if old:
            return await system.avito.subscriptions() != [old]
        return "Оба секрета приняты" in (owner.home / "said.log").read_text()

    try:
        await until(asked, within=60, every=0.02)
    finally:
        command.send_signal(number)
        code = await asyncio.to_thread(command.wait, 60)
    return code


async def test_where_env_or_redis_take_no_change_nothing_is_changed(tmp_path: Path) -> None:
    async with quick_system(tmp_path, "ingest", "worker") as system:
        owner = await subscribed(system)
        env = owner.env
        in_the_way = owner.home / ".env.new"
        in_the_way.mkdir()

        assert await owner.run("rotate-secret") == 1

        assert ".env не записать" in owner.said
        assert await system.avito.subscriptions() == [system.webhook_url]
        async with system.redis as redis:
            assert not await redis.exists(keys.ROTATION)
        in_the_way.rmdir()
        async with system.redis as redis:
            # A full Redis takes no heartbeats either: one that outlives the command stands for the ingest.
            await heartbeat.beat(redis, "ingest", "steady", {"proves": [fingerprint(SECRET)]}, 600)
            await redis.config_set("maxmemory", 1)

        assert await owner.run("rotate-secret") == 3, owner.said

        assert owner.env == env


async def subscribed(system: System) -> Owner:
    owner = owner_of(system)
    assert await owner.run("setup", "--yes") == 0
    await until_mode(system, "webhook")
    return owner


async def cut_off(system: System, owner: Owner, number: signal.Signals) -> None:
    """Begin a change, and end it by a signal while it waits for an ingest that does not follow."""
    async with system.redis as redis:
        await heartbeat.beat(redis, "ingest", "stuck", {"proves": [fingerprint(SECRET)]}, 600)
        command = owner.start("rotate-secret")
        try:
            await until(lambda: redis.exists(keys.ROTATION), within=60)
            await until(lambda: "WEBHOOK_SECRET_PREVIOUS" in owner.env)
        finally:
            command.send_signal(number)
            code = await asyncio.to_thread(command.wait, 60)
        await heartbeat.deregister(redis, "ingest", "stuck")
    said = (owner.home / "said.log").read_text()
    assert code == (-signal.SIGKILL if number == signal.SIGKILL else 130), said


async def end_the_day(system: System) -> None:
    """Let a day have passed since the last change."""
    async with system.redis as redis:
        await redis.execute_command("HSET", keys.ROTATION, "until", "1")


async def all_prove(system: System) -> None:
    """A webhook of Avito is verified and shown."""
    chat, before = await system.avito.chat(), await hints(system)
    await system.avito.write(chat, "доходит")
    await until_equal(system)
    assert await hints(system) == before


async def hints(system: System) -> float:
    """Return how many posts were unverified."""
    lines = (await system.http.get(f"{system.url('ingest')}/metrics")).text.splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith("avito_live_ingest_hints_total"))
