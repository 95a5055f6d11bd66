import httpx2
import pytest

from avito_simulator.simulator import Simulator
from tests.scripts.avito_simulator.conftest import Clock, Control, grant

pytestmark = pytest.mark.anyio
SELF = "/core/v1/accounts/self"


def bearer(response: httpx2.Response) -> dict[str, str]:
    return {"Authorization": f"Bearer {response.json()['access_token']}"}


@pytest.mark.parametrize("path", ["/token", "/token/"])
async def test_the_right_client_gets_a_token_for_a_day(http: httpx2.AsyncClient, path: str) -> None:
    response = await http.post(path, data=grant(scope="anything"))

    assert response.status_code == 200
    assert response.json()["expires_in"] == 86_400
    assert response.json()["token_type"] == "Bearer"
    assert "refresh_token" not in response.json()


@pytest.mark.parametrize("status", [400, 401, 403, 200])
async def test_a_wrong_secret_gets_oauths_error_with_the_status_set(
    http: httpx2.AsyncClient, control: Control, status: int
) -> None:
    await control.faults(bad_secret_status=status)

    response = await http.post("/token", data=grant(client_secret="wrong"))

    assert response.status_code == status
    assert response.json()["error"] == "invalid_client"


async def test_an_unknown_grant_is_refused(http: httpx2.AsyncClient) -> None:
    response = await http.post("/token", data=grant(grant_type="password"))

    assert (response.status_code, response.json()["error"]) == (400, "unsupported_grant_type")


@pytest.mark.parametrize("status", [403, 401])
async def test_a_token_ends_after_its_lifetime(
    http: httpx2.AsyncClient, control: Control, clock: Clock, status: int
) -> None:
    await control.faults(token_lifetime_s=10, expired_token_status=status)
    headers = bearer(await http.post("/token", data=grant()))
    clock.now += 9
    assert (await http.get(SELF, headers=headers)).status_code == 200

    clock.now += 1

    assert (await http.get(SELF, headers=headers)).status_code == status


async def test_revoked_tokens_are_refused_at_once(api: httpx2.AsyncClient, control: Control) -> None:
    assert (await control("tokens/revoke"))["revoked"] == 1

    response = await api.get(SELF)

    assert response.json() == {"error": {"code": 403, "message": "Forbidden"}}


async def test_no_token_at_all_is_401(http: httpx2.AsyncClient) -> None:
    assert (await http.get(SELF)).status_code == 401


async def test_the_account_tells_who_it_is(api: httpx2.AsyncClient, sim: Simulator) -> None:
    assert (await api.get(SELF)).json()["id"] == sim.settings.user_id
