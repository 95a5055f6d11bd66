import httpx2
import pytest

from tests.scripts.avito_simulator.conftest import Control

pytestmark = pytest.mark.anyio
SUBSCRIBE = "/messenger/v3/webhook"
A, B = "https://a.test/hook", "https://b.test/hook"


async def listed(api: httpx2.AsyncClient) -> list[dict[str, str]]:
    response = await api.post("/messenger/v1/subscriptions")
    return list(response.json()["subscriptions"])


async def subscribe(api: httpx2.AsyncClient, url: object) -> httpx2.Response:
    return await api.post(SUBSCRIBE, json={"url": url})


async def test_a_new_url_silently_replaces_the_old_one(api: httpx2.AsyncClient) -> None:
    assert (await subscribe(api, A)).json() == {"ok": True}
    assert (await subscribe(api, B)).json() == {"ok": True}

    assert await listed(api) == [{"url": B, "version": "3"}]


async def test_unsubscribing_is_fine_for_known_and_unknown_urls(api: httpx2.AsyncClient) -> None:
    await subscribe(api, A)
    for url in (A, B):
        response = await api.post("/messenger/v1/webhook/unsubscribe", json={"url": url})
        assert response.json() == {"ok": True}

    assert await listed(api) == []


@pytest.mark.parametrize("url", [None, "", "hook", "ftp://a.test", "https://", "http://[", 5])
async def test_what_is_no_web_address_is_refused(api: httpx2.AsyncClient, url: object) -> None:
    assert (await subscribe(api, url)).status_code == 400


async def test_the_three_methods_may_answer_json_as_text(api: httpx2.AsyncClient, control: Control) -> None:
    await control.faults(subscribe_plain_text=True)

    response = await subscribe(api, A)

    assert response.headers["content-type"].startswith("text/plain")
    assert response.json() == {"ok": True}


async def test_asking_for_the_list_by_get_is_404(api: httpx2.AsyncClient) -> None:
    assert (await api.get("/messenger/v1/subscriptions")).status_code == 404


async def test_another_product_can_take_the_subscription(api: httpx2.AsyncClient, control: Control) -> None:
    await subscribe(api, A)

    await control("subscriptions", method="PUT", urls=[B])

    assert [one["url"] for one in await listed(api)] == [B]
