import io

import httpx2
import pytest
from PIL import Image

from tests.scripts.avito_simulator.conftest import ACCOUNT, BASE, Clock, Control, url
from tests.scripts.avito_simulator.receiver import Receiver

pytestmark = pytest.mark.anyio


def png() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (8, 6), "#249463").save(buffer, "PNG")
    return buffer.getvalue()


def text(words: object) -> dict[str, object]:
    return {"message": {"text": words}, "type": "text"}


async def send(api: httpx2.AsyncClient, chat_id: str, words: object = "Добрый день") -> httpx2.Response:
    return await api.post(url(1, f"chats/{chat_id}/messages"), json=text(words))


async def upload(api: httpx2.AsyncClient, data: bytes, name: str = "uploadfile[]") -> httpx2.Response:
    return await api.post(url(1, "uploadImages"), files={name: ("p.png", data)})


async def test_a_sent_text_is_answered_listed_and_echoed(
    api: httpx2.AsyncClient, control: Control, receiver: Receiver
) -> None:
    chat_id = await control.chat()

    answer = (await send(api, chat_id)).json()
    await control("idle")

    (row,) = (await control.truth("chats"))["chats"][0]["messages"]
    assert answer == {
        "id": row["id"],
        "created": row["created"],
        "direction": "out",
        "type": "text",
        "content": {"text": "Добрый день"},
    }
    assert [(one.value["id"], one.value["author_id"]) for one in receiver.received] == [(row["id"], ACCOUNT)]


@pytest.mark.parametrize("words", ["", "   ", None, 5, "д" * 1001])
async def test_an_empty_or_over_long_text_is_refused(
    api: httpx2.AsyncClient, control: Control, words: object
) -> None:
    chat_id = await control.chat()

    assert (await send(api, chat_id, words)).status_code == 400
    assert (await control.truth("chats"))["chats"][0]["messages"] == []


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"[" * 100_000, b'{"type":"text"}'])
async def test_a_body_that_makes_no_sense_is_400(
    api: httpx2.AsyncClient, control: Control, body: bytes
) -> None:
    chat_id = await control.chat()

    assert (await api.post(url(1, f"chats/{chat_id}/messages"), content=body)).status_code == 400


async def test_one_thousand_characters_are_fine(api: httpx2.AsyncClient, control: Control) -> None:
    assert (await send(api, await control.chat(), "д" * 1000)).status_code == 200


async def test_a_message_to_an_unknown_chat_is_refused(api: httpx2.AsyncClient) -> None:
    assert (await send(api, "u2i-none")).status_code == 404


@pytest.mark.parametrize(("mode", "times"), [("never", 0), ("twice", 2), ("after", 1)])
async def test_the_echo_comes_as_often_as_switched(
    api: httpx2.AsyncClient, control: Control, receiver: Receiver, mode: str, times: int
) -> None:
    await control.faults(echo=mode)

    await send(api, await control.chat())
    await control("idle")

    assert len(receiver.received) == times
    assert len({one.value["id"] for one in receiver.received}) == min(times, 1)


async def test_the_echo_may_come_before_the_answer(
    api: httpx2.AsyncClient, control: Control, receiver: Receiver
) -> None:
    await control.faults(echo="before")

    await send(api, await control.chat())

    assert len(receiver.received) == 1


async def test_a_late_echo_lets_later_ones_pass(
    api: httpx2.AsyncClient, control: Control, receiver: Receiver
) -> None:
    chat_id = await control.chat()
    await control.faults(echo_delay_s=1)
    await send(api, chat_id, "late")
    await control.faults(echo_delay_s=0)
    await send(api, chat_id, "quick")

    await control("idle")

    assert receiver.texts() == ["quick", "late"]


async def test_the_history_may_lag_behind_a_send(
    api: httpx2.AsyncClient, control: Control, clock: Clock
) -> None:
    chat_id = await control.chat()
    await control.faults(history_lag_s=3)
    await send(api, chat_id)

    async def listed() -> tuple[int, bool]:
        history = await api.get(url(3, f"chats/{chat_id}/messages/"))
        chat = await api.get(url(2, f"chats/{chat_id}"))
        return len(history.json()["messages"]), "last_message" in chat.json()

    assert await listed() == (0, False)
    assert len((await control.truth("chats"))["chats"][0]["messages"]) == 1

    clock.now += 3

    assert await listed() == (1, True)


async def test_a_picture_is_uploaded_sent_and_can_be_fetched(
    api: httpx2.AsyncClient, control: Control
) -> None:
    chat_id = await control.chat()
    ((image_id, sizes),) = (await upload(api, png())).json().items()

    answer = await api.post(url(1, f"chats/{chat_id}/messages/image"), json={"image_id": image_id})

    assert answer.json()["content"] == {"image": {"sizes": sizes}}
    assert answer.json()["author_id"] == ACCOUNT
    fetched = await api.get(sizes["1280x960"])
    assert (fetched.content, fetched.headers["content-type"]) == (png(), "image/png")


async def test_a_sent_picture_may_have_other_links_than_its_upload(
    api: httpx2.AsyncClient, control: Control
) -> None:
    chat_id = await control.chat()
    await control.faults(picture_urls_move=True)
    ((image_id, sizes),) = (await upload(api, png())).json().items()

    answer = await api.post(url(1, f"chats/{chat_id}/messages/image"), json={"image_id": image_id})

    moved = answer.json()["content"]["image"]["sizes"]
    assert not set(moved.values()) & set(sizes.values())
    assert (await api.get(moved["640x480"])).content == png()


@pytest.mark.parametrize(
    "data", [b"", b"<svg/>", b"\x89PNG\r\n\x1a\nbroken", b"\xff\xd8\xff" + bytes(24 * 2**20)]
)
async def test_what_is_no_picture_or_too_large_is_refused(api: httpx2.AsyncClient, data: bytes) -> None:
    response = await upload(api, data)

    assert response.status_code == 400
    assert "uploadfile[]" in response.json()["error"]["fields"]


async def test_the_upload_needs_its_field_and_the_send_an_upload(
    api: httpx2.AsyncClient, control: Control
) -> None:
    chat_id = await control.chat()
    image = url(1, f"chats/{chat_id}/messages/image")

    assert (await upload(api, png(), "file")).status_code == 400
    assert (await api.post(url(1, "uploadImages"), json={})).status_code == 400
    assert (await api.post(image, json={"image_id": "1.none"})).status_code == 400
    assert (await api.post(image, json={"image_id": "../../etc/passwd"})).status_code == 400


async def delete(api: httpx2.AsyncClient, chat_id: str, message_id: str) -> httpx2.Response:
    return await api.post(url(1, f"chats/{chat_id}/messages/{message_id}"))


async def test_an_own_message_can_be_deleted_for_an_hour(
    api: httpx2.AsyncClient, control: Control, receiver: Receiver, clock: Clock
) -> None:
    chat_id = await control.chat()
    sent = (await send(api, chat_id)).json()["id"]
    late = (await send(api, chat_id)).json()["id"]

    clock.now += 3600
    assert (await delete(api, chat_id, sent)).json() == {}
    clock.now += 1
    assert (await delete(api, chat_id, late)).status_code == 400

    await control("idle")
    assert receiver.received[-1].value | {"published_at": ""} == {
        "id": sent,
        "chat_id": chat_id,
        "user_id": ACCOUNT,
        "author_id": ACCOUNT,
        "created": int(clock.now) - 3601,
        "type": "deleted",
        "chat_type": "u2i",
        "content": {},
        "item_id": receiver.received[0].value["item_id"],
        "published_at": "",
        "read": None,
    }


async def test_a_buyers_message_cannot_be_deleted_by_the_seller(
    api: httpx2.AsyncClient, control: Control
) -> None:
    chat_id = await control.chat()
    message = await control.write(chat_id)

    assert (await delete(api, chat_id, message["id"])).status_code == 403
    assert (await delete(api, chat_id, "none")).status_code == 404


async def test_a_deletion_may_come_as_a_text_of_the_same_id(control: Control, receiver: Receiver) -> None:
    chat_id = await control.chat()
    message = await control.write(chat_id, text="Ой")

    await control(f"chats/{chat_id}/messages/{message['id']}/delete", form="text")
    await control("idle")

    value = receiver.received[-1].value
    assert (value["id"], value["type"]) == (message["id"], "text")
    assert value["content"] == {"text": "Сообщение удалено"}


async def test_a_deletion_may_be_announced_under_an_id_no_list_has(
    api: httpx2.AsyncClient, control: Control, receiver: Receiver
) -> None:
    chat_id = await control.chat()
    message = await control.write(chat_id, text="Ой")

    await control(f"chats/{chat_id}/messages/{message['id']}/delete", form="notice")
    await control("idle")

    value = receiver.received[-1].value
    assert value["content"] == {"text": "Сообщение удалено"}
    assert value["id"] != message["id"]
    (row,) = (await control.truth("chats"))["chats"][0]["messages"]
    assert (row["id"], row["type"], row["content"]) == (message["id"], "deleted", {})


async def test_a_voice_has_a_link_for_an_hour(
    api: httpx2.AsyncClient, control: Control, clock: Clock
) -> None:
    message = await control.write(await control.chat(), type="voice")
    voice_id = message["content"]["voice"]["voice_id"]

    answer = await api.get(url(1, f"getVoiceFiles?voice_ids={voice_id},unknown"))

    ((known, link),) = answer.json()["voices_urls"].items()
    assert known == voice_id
    assert link.startswith(BASE)
    heard = await api.get(link)
    assert (heard.content[:4], heard.headers["content-type"]) == (b"RIFF", "audio/wav")
    clock.now += 3601
    assert (await api.get(link)).status_code == 403


async def test_asking_for_no_voice_is_400(api: httpx2.AsyncClient) -> None:
    assert (await api.get(url(1, "getVoiceFiles"))).status_code == 400


async def test_a_short_tariff_shows_a_stub_in_place_of_texts(
    api: httpx2.AsyncClient, control: Control
) -> None:
    chat_id = await control.chat()
    await control.faults(tariff="stub")
    await control.write(chat_id, text="Секрет")

    chat = (await api.get(url(2, f"chats/{chat_id}"))).json()
    history = (await api.get(url(3, f"chats/{chat_id}/messages/"))).json()

    stub = "Перейдите на подписку с API мессенджера"
    assert chat["last_message"]["content"]["text"].startswith(stub)
    assert history["messages"][0]["content"]["text"].startswith(stub)


@pytest.mark.parametrize("tariff", ["402", "403"])
async def test_a_short_tariff_may_refuse_everything_but_subscribing(
    api: httpx2.AsyncClient, control: Control, tariff: str
) -> None:
    await control.faults(tariff=tariff)

    assert (await api.get(url(2, "chats"))).status_code == int(tariff)
    assert (await api.post("/messenger/v1/subscriptions")).status_code == 200
