"""Webhook or polling, seen from outside: events at Avito, and the mode that follows."""

from pathlib import Path

import pytest

from tests.e2e.watching import (
    is_put_back,
    quick_system,
    status,
    subscribed,
    switches,
    until_equal,
    until_mode,
    until_status,
)

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
OTHER = "https://hooks.crm.example.test/secret-of-theirs"


async def test_a_subscription_removed_behind_our_back_is_put_back(tmp_path: Path) -> None:
    async with quick_system(tmp_path, "ingest") as system:
        chat, _ = await subscribed(system)

        await system.avito.subscribe()
        for number in range(5):
            await system.avito.write(chat, f"пока подписки нет {number}")
        await until_status(system, is_put_back)

        assert await system.avito.subscriptions() == [system.webhook_url]
        await until_equal(system)


async def test_a_subscription_taken_by_another_product_is_named_and_not_stolen(tmp_path: Path) -> None:
    async with quick_system(tmp_path, "ingest") as system:
        chat, _ = await subscribed(system)

        await system.avito.subscribe(OTHER)
        told = await until_mode(system, "polling", "hooks.crm.example.test")
        await system.avito.write(chat, "только по опросу")
        await until_equal(system)

        assert told["subscribed"] is False
        assert "secret-of-theirs" not in str(await status(system))
        assert await system.avito.subscriptions() == [OTHER]
        await system.avito.subscribe()
        await until_mode(system, "webhook")


async def test_when_a_fifth_of_the_webhooks_is_lost_no_message_is(tmp_path: Path) -> None:
    async with quick_system(tmp_path, "ingest") as system:
        chats = await subscribed(system)

        await system.avito.faults(webhook_drop=0.2)
        # All of this second: what is older than a verified message counts neither as received nor as missed.
        await system.avito.burst(messages=100, chat_ids=chats)
        await system.avito.delivered()

        await until_equal(system)
        told = await until_status(system, lambda told: told["sweep"]["received"] >= 100)
        assert told["sweep"]["missing"] == 0


async def test_when_all_webhooks_are_lost_the_system_polls_and_comes_back_by_itself(tmp_path: Path) -> None:
    async with quick_system(tmp_path, "ingest") as system:
        chats = await subscribed(system)

        await system.avito.faults(webhook_drop=1)
        await system.avito.burst(messages=20, chat_ids=chats)
        told = await until_mode(system, "polling", "вебхуки не доходят")
        assert told["wanted"] is True
        assert told["subscribed"] is True
        await until_equal(system)

        await system.avito.faults(webhook_drop=0)
        told = await until_mode(system, "webhook")
        assert switches(told) == [("webhook", "polling", "missed"), ("polling", "webhook", "")]
        assert told["events"][1]["recovered"] >= 3


async def test_while_avito_is_away_messages_still_arrive_and_nothing_switches(tmp_path: Path) -> None:
    async with quick_system(tmp_path, "ingest") as system:
        chats = await subscribed(system)

        await system.avito.strike("*", status=503)
        await system.avito.burst(messages=20, chat_ids=chats)
        await until_equal(system, in_order=False)  # only Avito knows the order within a second
        assert switches(await status(system)) == []

        await system.avito.calm()
        await system.avito.write(chats[0], "после", webhook=False)
        await until_equal(system)


async def test_what_was_written_deleted_and_typed_while_everything_was_down_is_there_after(
    tmp_path: Path,
) -> None:
    async with quick_system(tmp_path, "ingest") as system:
        chats = await subscribed(system)
        doomed = await system.avito.write(chats[0], "передумал")
        await until_equal(system)

        await system.stop("worker", "ingest")
        await system.avito.burst(messages=50, chat_ids=chats)
        await system.avito.write(chats[0], "из приложения", by="seller")
        await system.avito.delete(chats[0], doomed)
        await system.start("ingest", "worker")

        await until_equal(system)
        assert (await status(system))["sweep"]["missing"] == 0
