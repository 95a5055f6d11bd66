"""What the watcher does about the subscriptions that Avito lists."""

import pytest
from redis.asyncio import Redis

from shared.accounts.webhook_secrets import fingerprint, rotate, save
from shared.redis import keys
from shared.wires import heartbeat
from tests.worker.builders import SELLER
from tests.worker.fake_avito import FakeAvito
from tests.worker.sync.subscription.conftest import OWNER, URL, SubscriptionRig, make_rig
from worker.avito.errors import Unavailable
from worker.settings import WebhookAddress

pytestmark = pytest.mark.anyio
OTHER = "https://hooks.crm.example.test/secret-of-theirs"


async def test_a_listed_url_of_ours_without_a_record_is_adopted(rig: SubscriptionRig) -> None:
    rig.avito.urls = [URL]

    await rig.look()

    facts = await rig.facts()
    assert (facts["mode"], facts["wanted"], facts["subscribed"]) == ("webhook", "1", "1")


async def test_the_url_with_the_previous_secret_is_ours_too(rig: SubscriptionRig) -> None:
    rig.avito.urls = [f"{URL}-before"]

    await rig.look()

    assert await rig.mode() == ("webhook", None)


async def test_without_a_listed_url_and_without_a_wish_polling_is_wanted(rig: SubscriptionRig) -> None:
    await rig.look()

    facts = await rig.facts()
    assert (facts["mode"], facts["reason_code"], facts["wanted"]) == ("polling", "unwanted", "0")
    assert rig.avito.calls == {"subscriptions": 1}


async def test_a_url_of_ours_that_is_listed_later_is_adopted(rig: SubscriptionRig) -> None:
    await rig.look()
    rig.avito.urls = [URL]

    await rig.look()

    assert (await rig.facts())["wanted"] == "1"


async def test_a_vanished_subscription_is_put_back_and_both_switches_are_published(
    trusted: SubscriptionRig,
) -> None:
    trusted.avito.urls = []

    await trusted.look()

    assert trusted.avito.urls == [URL]
    assert await trusted.switches() == [("webhook", "polling", "gone"), ("polling", "webhook", "")]


async def test_a_subscription_that_vanishes_again_and_again_is_put_back_with_pauses(
    trusted: SubscriptionRig,
) -> None:
    for _ in range(5):
        trusted.avito.urls = []
        await trusted.look()

    assert trusted.avito.calls["subscribe"] == 1
    assert await trusted.mode() == ("polling", "gone")


async def test_another_products_url_is_named_by_its_host_and_not_replaced(trusted: SubscriptionRig) -> None:
    trusted.avito.urls = [OTHER]

    await trusted.look()

    facts = await trusted.facts()
    assert facts["reason"] == "вебхук занят другим сервисом: hooks.crm.example.test"
    assert trusted.avito.urls == [OTHER]


async def test_once_the_other_product_is_gone_the_subscription_is_put_back(trusted: SubscriptionRig) -> None:
    trusted.avito.urls = [OTHER]
    await trusted.look()
    trusted.avito.urls = []

    await trusted.look()

    assert trusted.avito.urls == [URL]
    assert await trusted.mode() == ("webhook", None)


async def test_a_subscription_that_the_owner_switched_off_is_not_put_back(trusted: SubscriptionRig) -> None:
    await trusted.want(wanted=False)
    trusted.avito.urls = []

    await trusted.look()

    assert trusted.avito.calls["subscribe"] == 0
    assert await trusted.mode() == ("polling", "unwanted")


async def test_switching_off_needs_no_response_of_avito(trusted: SubscriptionRig) -> None:
    trusted.avito.trouble["subscriptions"] = Unavailable("subscriptions", why="silent")
    await trusted.want(wanted=False)

    await trusted.controller.update()

    assert await trusted.mode() == ("polling", "unwanted")


async def test_switching_on_waits_for_the_list(trusted: SubscriptionRig) -> None:
    await trusted.want(wanted=False)
    trusted.avito.urls = []
    await trusted.look()
    trusted.avito.urls = [URL]
    await trusted.want(wanted=True)

    await trusted.controller.update()
    assert trusted.signals.look.is_set()
    await trusted.look()

    assert await trusted.mode() == ("webhook", None)
    assert (await trusted.switches())[-1] == ("polling", "webhook", "")


async def test_a_silent_avito_changes_nothing(trusted: SubscriptionRig) -> None:
    trusted.avito.trouble["subscriptions"] = Unavailable("subscriptions", why="silent")

    await trusted.look()

    assert await trusted.mode() == ("webhook", None)


async def test_without_a_public_address_the_reason_says_so(real_redis: Redis) -> None:
    await real_redis.set(keys.lease("watch"), "worker-1")
    rig = make_rig(real_redis, WebhookAddress("", ()))

    await rig.controller.update()

    assert await rig.mode() == ("polling", "no_address")


async def test_messages_are_not_missed_while_no_webhook_is_subscribed(trusted: SubscriptionRig) -> None:
    await trusted.found_by_sweep("m1", "m2", "m3", age=10)
    trusted.avito.urls = [OTHER]

    await trusted.look()

    assert await trusted.redis.exists(keys.found_by_sweep(SELLER)) == 0


BASE = "https://panel.example.test/admin/avito/webhook"


async def rotating(
    redis: Redis, *, listed: str, age: float, takes: tuple[str, ...] = ("new", "old")
) -> SubscriptionRig:
    """A watch started with the old secret; the change to the new one is so old, and ingest takes these."""
    await redis.set(keys.lease("watch"), OWNER)
    rig = make_rig(redis, WebhookAddress("", (), BASE).proving(("old",)))
    await save(redis, rotate(None, "old", "new", rig.avito.clock.now - age))
    marks = [fingerprint(secret) for secret in takes]
    await heartbeat.beat(redis, "ingest", "ingest-1", {"proves": marks}, 60)
    rig.avito.urls = [f"{BASE}/{listed}"]
    return rig


async def test_the_watcher_finishes_an_interrupted_rotation(real_redis: Redis) -> None:
    rig = await rotating(real_redis, listed="old", age=180)

    await rig.look()

    assert rig.avito.urls == [f"{BASE}/new"]
    assert await rig.mode() == ("webhook", None)


async def test_a_rotation_still_at_work_is_left_to_its_command(real_redis: Redis) -> None:
    rig = await rotating(real_redis, listed="old", age=30)

    await rig.look()

    assert rig.avito.urls == [f"{BASE}/old"]
    assert await rig.mode() == ("webhook", None)


async def test_no_url_is_subscribed_whose_secret_an_ingest_does_not_accept(real_redis: Redis) -> None:
    rig = await rotating(real_redis, listed="old", age=180, takes=("old",))
    await rig.look()
    assert rig.avito.urls == [f"{BASE}/old"]

    rig.avito.urls = []
    await rig.look()

    assert rig.avito.urls == [f"{BASE}/old"]


async def test_our_own_url_with_an_expired_secret_is_replaced(
    real_redis: Redis,
) -> None:
    rig = await rotating(real_redis, listed="of-last-year", age=90_000, takes=("new",))
    await rig.want(wanted=True)

    await rig.look()

    assert rig.avito.urls == [f"{BASE}/new"]
    assert await rig.mode() == ("webhook", None)


async def test_an_older_url_of_ours_stays_while_the_webhook_is_off(real_redis: Redis) -> None:
    rig = await rotating(real_redis, listed="old", age=180)
    await rig.want(wanted=False)

    await rig.look()

    assert rig.avito.urls == [f"{BASE}/old"]


async def test_a_worker_that_was_paused_during_a_look_writes_no_old_list(trusted: SubscriptionRig) -> None:
    await trusted.redis.zadd(keys.found_by_sweep(SELLER), {"c1 m1": trusted.avito.clock.now})
    trusted.avito.urls = []
    await trusted.redis.set(keys.lease("watch"), "the one who took over")

    await trusted.look()

    facts = await trusted.facts()
    assert (facts["listed"], facts["subscribed"]) == ("ours", "1")
    assert await trusted.mode() == ("webhook", None)
    assert await trusted.redis.zcard(keys.found_by_sweep(SELLER)) == 1
    assert trusted.avito.calls["subscribe"] == 0


async def test_a_worker_without_the_lease_notes_no_wish(rig: SubscriptionRig) -> None:
    await rig.redis.set(keys.lease("watch"), "the one who took over")

    await rig.state.note_wanted(wanted=True)

    assert await rig.facts() == {}


@pytest.mark.parametrize("answered", [True, False], ids=["put back", "its answer lost"])
async def test_a_subscription_switched_off_while_it_is_put_back_is_removed(
    trusted: SubscriptionRig, monkeypatch: pytest.MonkeyPatch, answered: bool
) -> None:
    async def subscribe(avito: FakeAvito, url: str) -> None:
        await trusted.want(wanted=False)
        avito.urls = [url]
        if not answered:
            raise Unavailable("subscribe", why="silent")

    monkeypatch.setattr(FakeAvito, "subscribe", subscribe)
    trusted.avito.urls = []

    await trusted.look()
    if not answered:
        assert trusted.signals.look.is_set()
        await trusted.look()

    assert trusted.avito.urls == []
    assert await trusted.mode() == ("polling", "unwanted")


async def test_the_next_look_removes_a_subscription_that_could_not_be_removed(
    trusted: SubscriptionRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def subscribe(avito: FakeAvito, url: str) -> None:
        await trusted.want(wanted=False)
        avito.urls = [url]
        avito.trouble["unsubscribe"] = Unavailable("unsubscribe", why="silent")

    monkeypatch.setattr(FakeAvito, "subscribe", subscribe)
    trusted.avito.urls = []
    await trusted.look()
    assert trusted.avito.urls == [URL]
    trusted.avito.trouble.clear()

    await trusted.look()

    assert trusted.avito.urls == []


@pytest.mark.parametrize("answered", [True, False], ids=["put back", "its answer lost"])
async def test_a_subscription_stays_that_is_put_back_while_redis_is_emptied(
    trusted: SubscriptionRig, monkeypatch: pytest.MonkeyPatch, answered: bool
) -> None:
    async def subscribe(avito: FakeAvito, url: str) -> None:
        await trusted.redis.flushall()
        avito.urls = [url]
        if not answered:
            raise Unavailable("subscribe", why="silent")

    monkeypatch.setattr(FakeAvito, "subscribe", subscribe)
    trusted.avito.urls = []
    await trusted.look()
    await trusted.redis.set(keys.lease("watch"), OWNER)

    await trusted.look()

    assert trusted.avito.urls == [URL]
    assert await trusted.mode() == ("webhook", None)
