"""Whatever Avito answers to a send or an upload, the buyer gets it once and the operator sees the truth."""

from io import BytesIO
from uuid import uuid4

import pytest
from PIL import Image

from testbed import until
from tests.e2e.conversation import Conversation

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

NO_MESSAGE = [
    '{"content": {"text": "ок"}, "created": 1793000000, "direction": "out", "type": "text"}',
    '{"error": "expired"}',
    '{"error": {"code": 403, "message": "Forbidden"}}',
    '{"ok": true}',
    '{"ok": false}',
    '{"ok": false, "id": "request-7"}',
    '{"message": "ok"}',
    '{"id": null}',
    "null",
    "[]",
    "",
    "<html>Ok</html>",
    '{"id": ',
]


async def strike(conversation: Conversation, operation: str, body: str, when: str, status: int = 200) -> None:
    await conversation.system.avito.strike(operation, status=status, body=body, when=when, count=1)


async def test_a_send_that_200_does_not_confirm_arrives_once_and_is_shown_as_sent(
    conversation: Conversation,
) -> None:
    await conversation.system.avito.faults(echo="never")
    said = []
    for number, body in enumerate(NO_MESSAGE):
        await strike(conversation, "send", body, "after")
        said.append(f"Ответ {number}")
        await conversation.say(said[-1])
        await until(lambda: count(conversation, len(said)), within=20)

    await conversation.sent(*said)
    assert [one["content"]["text"] for one in await conversation.truth()] == said


async def count(conversation: Conversation, sent: int) -> bool:
    return len(await conversation.own()) == sent


async def test_a_send_that_200_does_not_confirm_and_that_never_arrived_is_sent_after_all(
    conversation: Conversation,
) -> None:
    await strike(conversation, "send", '{"error": "oh", "id": "request-7"}', "before")
    ref = await conversation.say("Да")

    async def tells() -> bool:
        item = await conversation.reply(ref)
        return item is not None and item["code"] == "checking" and "oh" in item["reason"]

    await until(tells)
    await conversation.sent("Да")

    assert len(await conversation.truth()) == 1


@pytest.mark.parametrize(
    ("status", "code"), [(404, "not_found"), (410, "not_found"), (403, "forbidden"), (402, "not_paid")]
)
async def test_a_chat_that_is_gone_is_told(conversation: Conversation, status: int, code: str) -> None:
    body = '{"error": "Чат удалён"}'
    await conversation.system.avito.strike("send", status=status, body=body)

    failed = await conversation.in_state(await conversation.say("Да"), "failed")

    assert failed["code"] == code
    assert "Чат удалён" in failed["reason"]
    assert await conversation.truth() == []


@pytest.mark.parametrize("body", ['{"ok": true}', "null", "", "<html>Ok</html>", '{"error": "later"}', "[]"])
async def test_an_upload_without_an_id_is_made_again(conversation: Conversation, body: str) -> None:
    await strike(conversation, "upload", body, "before")
    data = BytesIO()
    Image.new("RGB", (60, 60)).save(data, "PNG")

    assert (await conversation.show(data.getvalue(), uuid4().hex)).status_code == 202

    await until(lambda: count(conversation, 1), within=30)
    assert [one["type"] for one in await conversation.truth()] == ["image"]
