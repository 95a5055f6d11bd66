"""The simulator against Avito's official documents.

Where it differs, it does so on purpose: each difference stands here with the section of the
project's fact sheet about Avito that says why. A difference that is not listed fails, and so
does a listed one that is gone.
"""

import httpx2
import pytest

from avito_simulator.api.operations import OPERATIONS
from avito_simulator.simulator import Simulator
from tests.scripts.avito_simulator import openapi
from tests.scripts.avito_simulator.conftest import ACCOUNT, Control, grant, url
from tests.scripts.avito_simulator.receiver import Receiver
from tests.scripts.avito_simulator.test_control import ALL_TYPES
from tests.scripts.avito_simulator.test_messages import png

pytestmark = [pytest.mark.anyio, openapi.needs_documents]

CHAT_DEVIATIONS = {
    "context/value/location: undocumented",  # 2.1: live captures have it
    "users/*/parsing_allowed: undocumented",  # 2.1: live captures have it
    "last_message/delivered: undocumented",  # 2.1: live captures have it
}
MESSAGE_DEVIATIONS = {
    "*/isRead: undocumented",  # 2.3: live rows have isRead; is_read is a switch
    # 3.3: the webhook's list of types is longer than the history's
    "*/type: enum 'appCall'",
    "*/type: enum 'file'",
    "*/type: enum 'video'",
}
# The balance and the history of operations are of the same file, but not of the messenger.
OUTSIDE = {"getUserBalance", "postOperationsHistory"}


def problems(response: httpx2.Response) -> set[str]:
    request = response.request
    path = request.url.raw_path.decode().partition("?")[0]
    return openapi.response_problems(
        request.method, path, response.status_code, response.json() if response.content else None
    )


def asked(response: httpx2.Response, operation_id: str = "") -> set[str]:
    """Return the errors of the request itself: our tests must be valid as well."""
    request = response.request
    return openapi.request_problems(
        request.method,
        str(request.url),
        dict(request.headers),
        request.read(),
        operation_id=operation_id,
    )


async def full_chat(control: Control) -> str:
    """A chat with a message of every type and a quote."""
    chat_id = await control.chat()
    rows = [await control.write(chat_id, type=kind) for kind in ALL_TYPES]
    await control.write(chat_id, by="seller", text="Да", quote_id=rows[0]["id"])
    return chat_id


def test_every_documented_operation_is_there() -> None:
    ours = {(one.method, one.path.replace(":int", "")) for one in OPERATIONS}
    documented = {(one.method, one.template) for one in openapi.operations() if one.id not in OUTSIDE}

    assert ours == documented


async def test_tokens(http: httpx2.AsyncClient) -> None:
    response = await http.post("/token", data=grant())

    assert problems(response) == asked(response, "getAccessToken") == set()


async def test_the_account(api: httpx2.AsyncClient) -> None:
    response = await api.get("/core/v1/accounts/self")

    assert problems(response) == asked(response) == set()


@pytest.mark.parametrize("status", [401, 403, 500, 503])
async def test_the_accounts_errors(api: httpx2.AsyncClient, control: Control, status: int) -> None:
    body = f'{{"error":{{"code":{status},"message":"?"}}}}'
    await control("faults/endpoints", operation="self", status=status, body=body)

    assert problems(await api.get("/core/v1/accounts/self")) == set()


async def test_chats(api: httpx2.AsyncClient, control: Control) -> None:
    chat_id = await full_chat(control)
    await control.chat(type="u2u")

    query = "?chat_types=u2i,u2u,a2u&limit=100&offset=0&unread_only=true&item_ids=1,2"
    response = await api.get(url(2, "chats?chat_types=u2i,u2u&limit=50"))
    chat = await api.get(url(2, f"chats/{chat_id}"))

    assert asked(await api.get(url(2, f"chats{query}"))) == asked(chat) == set()
    assert problems(chat) == CHAT_DEVIATIONS
    # 2.1: meta.has_more is live, and in no document
    assert problems(response) == {"meta: undocumented"} | {f"chats/*/{one}" for one in CHAT_DEVIATIONS}


async def test_messages(api: httpx2.AsyncClient, control: Control) -> None:
    chat_id = await full_chat(control)
    path = url(3, f"chats/{chat_id}/messages/")
    live = await api.get(f"{path}?limit=20&offset=0")
    await control.faults(lists_bare=True)
    bare = await api.get(path)

    assert asked(live) == set()
    # 2.3: in reality an object, not a bare array
    assert {one.split(" ")[1] for one in problems(live)} == {"type"}
    assert openapi.response_problems("GET", path, 200, live.json()["messages"]) == (MESSAGE_DEVIATIONS)
    assert problems(bare) == MESSAGE_DEVIATIONS


async def test_sending(api: httpx2.AsyncClient, control: Control) -> None:
    chat_id = await control.chat()
    body = {"message": {"text": "Добрый день"}, "type": "text"}
    text = await api.post(url(1, f"chats/{chat_id}/messages"), json=body)
    upload = await api.post(url(1, "uploadImages"), files={"uploadfile[]": ("p.png", png())})
    (image_id,) = upload.json()
    image = await api.post(url(1, f"chats/{chat_id}/messages/image"), json={"image_id": image_id})

    for response in (text, upload, image):
        assert problems(response) == set()
    assert asked(upload) == asked(image) == set()
    # 2.4: the document's required `url` is a slip of copying
    (slip,) = asked(text)
    assert slip.startswith(": required")


async def test_the_small_methods(api: httpx2.AsyncClient, control: Control) -> None:
    chat_id = await full_chat(control)
    voice = await control.write(chat_id, type="voice")
    sent = await control.write(chat_id, by="seller", text="?")
    user = {"user_id": 77, "context": {"item_id": 1, "reason_id": 1}}

    responses = [
        await api.get(url(1, f"getVoiceFiles?voice_ids={voice['content']['voice']['voice_id']}")),
        await api.post(url(1, f"chats/{chat_id}/messages/{sent['id']}")),
        await api.post(url(1, f"chats/{chat_id}/read")),
        await api.post(url(2, "blacklist"), json={"users": [user]}),
        await api.post("/messenger/v3/webhook", json={"url": "https://a.test"}),
        await api.post("/messenger/v1/subscriptions"),
        await api.post("/messenger/v1/webhook/unsubscribe", json={"url": "https://a.test"}),
    ]

    for response in responses:
        assert response.status_code == 200
        assert problems(response) == asked(response) == set()


async def test_webhooks(control: Control, receiver: Receiver, sim: Simulator) -> None:
    await full_chat(control)
    await control.write(await control.chat(type="u2u"), by="bot")
    await control("idle")

    assert len(receiver.received) == len(ALL_TYPES) + 2
    for received in receiver.received:
        assert openapi.event_problems(received.event) == set()


def test_the_helpers_find_what_is_wrong() -> None:
    """Bad requests do not pass, which the client's tests rely on."""
    chats = f"/messenger/v2/accounts/{ACCOUNT}/chats"
    headers = {"Authorization": "Bearer t", "Content-Type": "application/json"}
    sign = openapi.request_problems

    assert sign("GET", f"{chats}?limit=500", headers) == {"query limit: maximum 500"}
    assert sign("GET", f"{chats}?page=1", headers) == {"query page: undocumented"}
    assert sign("GET", f"{chats}?chat_types=x", headers) == {"query chat_types*: enum 'x'"}
    assert sign("GET", chats, {}) == {"header Authorization: missing"}
    assert sign("POST", "/messenger/v3/webhook", headers, b'{"link":"x"}') >= {"link: undocumented"}
    with pytest.raises(LookupError):
        sign("GET", "/messenger/v1/webhooks", headers)
