"""The demo's own step: the webhook at the simulator."""

import httpx

from runner.errors import RunError
from runner.parts import SIMULATOR_KEYS


async def subscribe(http: httpx.AsyncClient, api_url: str, webhook_url: str) -> None:
    """Let the simulator post its messages to us. Raises ProblemError."""
    form = {
        "grant_type": "client_credentials",
        "client_id": SIMULATOR_KEYS["AVITO_CLIENT_ID"],
        "client_secret": SIMULATOR_KEYS["AVITO_CLIENT_SECRET"],
    }
    try:
        answer = await http.post(f"{api_url}/token", data=form)
        headers = {"Authorization": f"Bearer {answer.raise_for_status().json()['access_token']}"}
        answer = await http.post(
            f"{api_url}/messenger/v3/webhook", json={"url": webhook_url}, headers=headers
        )
        answer.raise_for_status()
    except (httpx.HTTPError, ValueError, KeyError) as error:
        raise RunError(f"the simulator took no subscription: {error} (log: var/log/simulator.log)") from error
