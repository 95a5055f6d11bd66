"""The client against the whole simulator, which is checked against Avito's own document."""

from collections.abc import AsyncIterator

import orjson
import pytest
from redis.asyncio import Redis

from shared.redis import keys
from testbed import Avito, until
from tests.worker.avito.opened import Opened, opened
from tests.worker.builders import BUYER, SELLER
from worker.avito.client import AvitoClient
from worker.avito.errors import (
    BadKeys,
    BadRequest,
    Forbidden,
    NotFound,
    NotPaid,
    RateLimited,
    StaleToken,
    Unavailable,
    Unknown,
)
from worker.avito.rate_limit import Priority
from worker.avito.requests import Picture
from worker.avito.responses import AvitoAccount
from worker.messages.kinds import is_tariff_stub

pytestmark = pytest.mark.anyio

SECRET = "sim-secret"
HOOK = "https://hook.example.test/admin/avito/webhook/s"
A_PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


@pytest.fixture
async def client(simulated: Avito, real_redis: Redis) -> AsyncIterator[Opened]:
    async with opened(real_redis, simulated.url, client_secret=SECRET) as one:
        yield one


@pytest.fixture
def avito(client: Opened) -> AvitoClient:
    return client.avito


async def test_the_account_of_the_keys_is_read(avito: AvitoClient) -> None:
    account = await avito.account()

    assert (account.id, type(account)) == (SELLER, AvitoAccount)


async def test_wrong_keys_are_refused_with_any_status(simulated: Avito, real_redis: Redis) -> None:
    for status in (200, 400, 401):
        await simulated.faults(bad_secret_status=status)
        async with opened(real_redis, simulated.url, client_secret="wrong") as one:
            with pytest.raises(BadKeys):
                await one.avito.account()


async def test_a_chat_is_found_in_the_list_and_by_its_id(simulated: Avito, avito: AvitoClient) -> None:
    chat_id = await simulated.chat(buyer={"id": BUYER, "name": "Марина"}, item={"title": "Шлем"})
    message_id = await simulated.write(chat_id, "Здравствуйте")

    single = await avito.chat(chat_id)
    listed = next(chat for chat in (await avito.chats()).chats if chat.chat_id == chat_id)

    buyer, item = orjson.loads(single.facts.buyer), orjson.loads(single.facts.item)
    assert (buyer["id"], buyer["name"], item["title"]) == (BUYER, "Марина", "Шлем")
    assert item["image"].startswith("http")
    assert single.last is not None
    assert (single.last.id, single.chat_type) == (message_id, "u2i")
    assert (listed.facts.fingerprint, listed.updated) == (single.facts.fingerprint, single.updated)


@pytest.mark.parametrize("kind", ["u2u", "a2u"])
async def test_chats_of_all_types_are_listed(simulated: Avito, avito: AvitoClient, kind: str) -> None:
    chat_id = await simulated.chat(type=kind)

    everything = await avito.chats()
    of_this_kind = await avito.chats(chat_types=[kind])

    assert chat_id in [chat.chat_id for chat in everything.chats]
    assert (chat_id, kind) in [(chat.chat_id, chat.chat_type) for chat in of_this_kind.chats]


@pytest.mark.parametrize(
    "switches", [{}, {"lists_bare": True}, {"read_field": "is_read"}, {"lists_meta": False}]
)
async def test_history_is_read_in_each_form(
    simulated: Avito, avito: AvitoClient, switches: dict[str, object]
) -> None:
    chat_id = await simulated.chat()
    written = [await simulated.write(chat_id, f"Сообщение {n}") for n in range(5)]
    await simulated.ask(f"chats/{chat_id}/read", by="seller")
    await simulated.faults(**switches)

    newest, older = await avito.messages(chat_id, limit=3), await avito.messages(chat_id, limit=3, offset=3)

    assert [message.id for message in (*older.messages, *newest.messages)] == written
    assert all(message.read for message in newest.messages)
    assert (newest.more, older.more) == (True, False)


async def test_every_type_of_message_is_read(simulated: Avito, avito: AvitoClient) -> None:
    kinds = ["text", "image", "link", "item", "location", "voice", "call", "system", "appCall", "hologram"]
    chat_id = await simulated.chat()
    for kind in kinds:
        await simulated.ask(f"chats/{chat_id}/messages", type=kind)

    page = await avito.messages(chat_id)

    assert ([message.type for message in page.messages], page.skipped) == (kinds, 0)


async def test_a_sent_message_is_in_the_thread(simulated: Avito, avito: AvitoClient) -> None:
    chat_id = await simulated.chat()

    sent = await avito.send_text(chat_id, "Добрый день!")
    uploaded = await avito.upload_image(Picture(A_PIXEL, "a.png", "image/png"))
    picture = await avito.send_image(chat_id, uploaded.image_id)

    page = await avito.messages(chat_id)
    assert [(m.id, m.type, m.direction) for m in page.messages] == [
        (sent.id, "text", "out"),
        (picture.id, "image", "out"),
    ]
    assert uploaded.sizes == orjson.loads(picture.content)["image"]["sizes"]


async def test_a_sent_message_can_be_deleted(simulated: Avito, avito: AvitoClient) -> None:
    chat_id = await simulated.chat()
    sent = await avito.send_text(chat_id, "Не туда")

    await avito.delete_message(chat_id, sent.id)

    assert (await avito.messages(chat_id)).messages[0].deleted


async def test_a_chat_can_be_marked_as_read(simulated: Avito, avito: AvitoClient) -> None:
    chat_id = await simulated.chat()
    await simulated.write(chat_id, "Здравствуйте")

    await avito.mark_read(chat_id)

    assert chat_id not in [chat.chat_id for chat in (await avito.chats(unread_only=True)).chats]


async def test_a_buyer_can_be_blocked(simulated: Avito, avito: AvitoClient) -> None:
    await simulated.chat(buyer={"id": 77})

    await avito.blacklist(77, None, 1)

    assert any(call["operation"] == "blacklist" and call["status"] == 200 for call in await simulated.calls())


async def test_voices_have_links(simulated: Avito, avito: AvitoClient) -> None:
    chat_id = await simulated.chat()
    await simulated.ask(f"chats/{chat_id}/messages", type="voice")
    message = (await avito.messages(chat_id)).messages[0]
    voice_id = orjson.loads(message.content)["voice"]["voice_id"]

    links = await avito.voice_files([voice_id, "unknown"])

    assert list(links) == [voice_id]


@pytest.mark.parametrize("plain_text", [False, True])
async def test_webhooks_are_subscribed_listed_and_unsubscribed(
    simulated: Avito, avito: AvitoClient, plain_text: bool
) -> None:
    await simulated.faults(subscribe_plain_text=plain_text)

    await avito.subscribe(HOOK)
    subscribed = [one.url for one in await avito.subscriptions()]
    await avito.unsubscribe(HOOK)

    assert (subscribed, await avito.subscriptions()) == ([HOOK], ())


@pytest.mark.parametrize("status", [401, 403])
async def test_a_token_that_expired_is_fetched_anew(
    simulated: Avito, avito: AvitoClient, status: int
) -> None:
    chat_id = await simulated.chat()
    await avito.messages(chat_id)
    await simulated.faults(expired_token_status=status)
    await simulated.ask("tokens/revoke")

    sent = await avito.send_text(chat_id, "Да")

    assert [m.id for m in (await avito.messages(chat_id)).messages] == [sent.id]


async def test_tokens_that_live_a_second_are_fetched_again_and_again(
    simulated: Avito, real_redis: Redis
) -> None:
    await simulated.faults(token_lifetime_s=1)
    async with opened(real_redis, simulated.url, client_secret=SECRET) as one:

        async def fetched() -> bool:
            await one.avito.account()
            return one.calls("token", "200") >= 3

        await until(fetched, every=0.1)


async def test_a_refusal_raises_an_error_of_ours(simulated: Avito, avito: AvitoClient) -> None:
    chat_id = await simulated.chat()

    with pytest.raises(NotFound):
        await avito.chat("no-such-chat")
    with pytest.raises(BadRequest) as caught:
        await avito.send_text(chat_id, "я" * 1001)
    assert list(caught.value.fields) == ["text"]


@pytest.mark.parametrize("status", [401, 403])
async def test_tokens_revoked_again_and_again_are_no_fault_of_the_keys(
    simulated: Avito, avito: AvitoClient, real_redis: Redis, status: int
) -> None:
    await simulated.faults(expired_token_status=status)
    for _ in range(4):
        await avito.chats()
        await simulated.ask("tokens/revoke")

    with pytest.raises(StaleToken):
        await avito.chats()

    assert await real_redis.hget(keys.FACTS, "avito") == b"ok"


@pytest.mark.parametrize(("tariff", "kind"), [("402", NotPaid), ("403", Forbidden)])
async def test_a_tariff_that_does_not_cover_a_call_raises_not_paid(
    simulated: Avito, avito: AvitoClient, tariff: str, kind: type[Exception]
) -> None:
    await simulated.faults(tariff=tariff)

    with pytest.raises(kind):
        await avito.chats()
    assert (await avito.account()).id == SELLER


async def test_the_stub_of_a_poor_tariff_is_recognised(simulated: Avito, avito: AvitoClient) -> None:
    chat_id = await simulated.chat()
    await simulated.write(chat_id, "Здравствуйте")
    await simulated.faults(tariff="stub")

    message = (await avito.messages(chat_id)).messages[0]

    assert is_tariff_stub(orjson.loads(message.content)["text"])


async def test_a_connection_dropped_after_a_send_was_taken_is_unknown(
    simulated: Avito, avito: AvitoClient
) -> None:
    chat_id = await simulated.chat()
    await simulated.faults(send_drop=1.0)

    with pytest.raises(Unknown):
        await avito.send_text(chat_id, "Да")

    assert len((await avito.messages(chat_id)).messages) == 1


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_send_cut_before_or_after_avito_took_it_is_unknown_both_times(
    simulated: Avito, avito: AvitoClient, when: str
) -> None:
    chat_id = await simulated.chat()
    await simulated.strike("send", when=when, drop=True, count=1)

    with pytest.raises(Unknown):
        await avito.send_text(chat_id, "Да")

    assert len((await avito.messages(chat_id)).messages) == (1 if when == "after" else 0)


async def test_thirty_seconds_of_silence_end_with_our_time_out(simulated: Avito, real_redis: Redis) -> None:
    chat_id = await simulated.chat()
    await simulated.strike("send", when="after", delay_s=30, count=1)
    async with opened(real_redis, simulated.url, client_secret=SECRET, patience=0.2) as one:
        with pytest.raises(Unknown) as caught:
            await one.avito.send_text(chat_id, "Да")

    assert caught.value.how == "silent"


async def test_html_in_place_of_json_is_unavailable(simulated: Avito, avito: AvitoClient) -> None:
    html = {"body": "<html>Bad gateway</html>", "content_type": "text/html"}
    await simulated.strike("chats", status=502, count=1, **html)

    with pytest.raises(Unavailable):
        await avito.chats()

    assert (await avito.chats()).rows


@pytest.mark.parametrize("headers", [{"Retry-After": "30"}, {}], ids=["with Retry-After", "without"])
async def test_avitos_limit_holds_for_all(
    simulated: Avito, real_redis: Redis, headers: dict[str, str]
) -> None:
    async with (
        opened(real_redis, simulated.url, client_secret=SECRET) as one,
        opened(real_redis, simulated.url, client_secret=SECRET) as other,
    ):
        await one.avito.account()
        await simulated.strike("self", status=429, headers=headers, count=1)
        with pytest.raises(RateLimited):
            await one.avito.at(Priority.REPLY, patience_s=0).account()
        with pytest.raises(RateLimited):
            await other.avito.at(Priority.REPLY, patience_s=0).account()
