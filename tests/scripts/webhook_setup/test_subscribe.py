"""If subscribing fails, the former subscription is restored."""

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import pytest
from click.exceptions import Exit
from redis.asyncio import Redis

from avito_live.doctor.avito_checks import check_subscription
from avito_live.webhook_setup import subscription_state
from avito_live.webhook_setup.context import FAILED, REFUSED, CommandContext
from avito_live.webhook_setup.subscribe import restore, subscribe, subscribe_and_verify
from shared.accounts.webhook_secrets import fingerprint
from shared.redis import keys
from shared.wires import heartbeat
from tests.worker.fake_avito import FakeAvito
from worker.avito.errors import Unavailable
from worker.avito.responses import Subscription
from worker.settings import WebhookAddress

if TYPE_CHECKING:
    from worker.avito.client import AvitoClient

pytestmark = pytest.mark.anyio
BASE = "https://panel.example.org/admin/avito/webhook"
OURS = f"{BASE}/the-secret"
OTHER = "https://hooks.crm.example.test/secret-of-theirs"


@dataclass
class Forgetful(FakeAvito):
    """Accepts our URL and drops it with all other subscriptions."""

    taken: list[str] = field(default_factory=list)

    async def subscribe(self, url: str) -> None:
        self.taken.append(url)
        self.urls = [] if url == OURS else [url]


@dataclass
class Silent(FakeAvito):
    """Accepts a URL, and does not answer the next request."""

    asked: asyncio.Event = field(default_factory=asyncio.Event)

    async def subscriptions(self) -> tuple[Subscription, ...]:
        if self.urls == [OURS] and not self.asked.is_set():
            self.asked.set()
            await asyncio.Event().wait()
        return await super().subscriptions()


def desk_at(avito: FakeAvito, redis: Redis | None = None) -> CommandContext:
    unused = cast("Any", None)
    address = WebhookAddress("", (), BASE).proving(("the-secret",))
    client = cast("AvitoClient", avito)
    trouble = "" if redis else "no Redis here"
    return CommandContext(unused, address, False, redis or unused, trouble, client, "en", False)


async def test_the_former_subscription_is_restored(capsys: pytest.CaptureFixture[str]) -> None:
    avito = Forgetful(urls=[OTHER])
    context = desk_at(avito)

    with pytest.raises(Exit) as ended:
        await subscribe_and_verify(context, await subscription_state.ask(context))

    assert ended.value.exit_code == FAILED
    assert avito.taken == [OURS, OTHER]
    assert avito.urls == [OTHER]
    said = capsys.readouterr().out
    assert "hooks.crm.example.test" in said
    assert "secret-of-theirs" not in said


async def test_a_failed_restore_of_the_subscription_is_reported(capsys: pytest.CaptureFixture[str]) -> None:
    avito = FakeAvito(urls=[OTHER])
    context = desk_at(avito)
    before = await subscription_state.ask(context)
    avito.urls = []
    avito.trouble["subscriptions"] = Unavailable("subscriptions", why="silent")

    await restore(context, before)

    assert "could not be restored (hooks.crm.example.test)" in capsys.readouterr().out


async def test_an_interrupted_subscription_is_undone() -> None:
    avito = Silent(urls=[OTHER])
    context = desk_at(avito)
    work = asyncio.create_task(subscribe_and_verify(context, await subscription_state.ask(context)))
    await avito.asked.wait()

    work.cancel()
    await asyncio.wait({work})

    assert work.cancelled()
    assert avito.urls == [OTHER]


@dataclass
class Collector(FakeAvito):
    """Keeps all URLs, and never answers a request to remove one."""

    asked: asyncio.Event = field(default_factory=asyncio.Event)

    async def subscribe(self, url: str) -> None:
        self.urls = [*self.urls, url]

    async def unsubscribe(self, url: str) -> None:
        self.asked.set()
        await asyncio.Event().wait()


async def test_what_is_subscribed_when_the_command_is_interrupted_is_wanted(real_redis: Redis) -> None:
    avito = Collector(urls=[f"{BASE}/of-last-year"])
    context = desk_at(avito, real_redis)
    work = asyncio.create_task(subscribe_and_verify(context, await subscription_state.ask(context)))
    await avito.asked.wait()

    work.cancel()
    await asyncio.wait({work})

    assert OURS in avito.urls
    assert await real_redis.hget(keys.FACTS, "wanted") == b"1"


async def test_our_own_address_with_an_older_secret_is_replaced_without_a_question(
    capsys: pytest.CaptureFixture[str],
) -> None:
    avito = FakeAvito(urls=[f"{BASE}/of-last-year"])
    context = desk_at(avito)
    before = await subscription_state.ask(context)

    subscription_state.tell(context, before)
    await subscribe_and_verify(context, before)

    assert (before.others, avito.urls) == ((), [OURS])
    assert "older secret" in capsys.readouterr().out


async def test_the_doctor_names_a_secret_that_a_running_ingest_does_not_take(real_redis: Redis) -> None:
    context = desk_at(FakeAvito(urls=[OURS]), real_redis)
    await heartbeat.beat(real_redis, "ingest", "one", {"proves": [fingerprint("another")]}, 60)

    assert (await check_subscription(context)).name == "subscription_not_taken"

    await heartbeat.beat(real_redis, "ingest", "one", {"proves": [fingerprint("the-secret")]}, 60)
    assert (await check_subscription(context)).name == "subscription_right"


async def test_nothing_is_subscribed_that_a_running_ingest_would_not_accept(
    real_redis: Redis, capsys: pytest.CaptureFixture[str]
) -> None:
    avito = FakeAvito(urls=[f"{BASE}/that-ingest-accepts"])
    await heartbeat.beat(real_redis, "ingest", "one", {"proves": [fingerprint("that-ingest-accepts")]}, 60)

    with pytest.raises(Exit) as ended:
        await subscribe(desk_at(avito, real_redis))

    assert (ended.value.exit_code, avito.urls) == (REFUSED, [f"{BASE}/that-ingest-accepts"])
    assert "another WEBHOOK_SECRET" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("noted", "finding"),
    [
        ({"wanted": 0, "wanted_by": "list"}, "subscription_none"),
        ({"wanted": 0, "wanted_by": "owner"}, "subscription_unwanted"),
    ],
)
async def test_no_subscription_is_right_only_where_the_owner_has_said_so(
    real_redis: Redis, noted: dict[str, str | int], finding: str
) -> None:
    await real_redis.hset(keys.FACTS, mapping=noted)

    assert (await check_subscription(desk_at(FakeAvito(), real_redis))).name == finding


async def test_the_doctor_names_a_secret_at_avito_that_is_not_accepted(real_redis: Redis) -> None:
    row = await check_subscription(desk_at(FakeAvito(urls=[f"{BASE}/of-last-year"]), real_redis))

    assert (row.state, row.name) == ("wrong", "subscription_stale")
