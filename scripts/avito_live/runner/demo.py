"""Steps of the demo alone: the subscription at the simulator, and some quick replies to try."""

import time
from pathlib import Path
from secrets import token_hex

import httpx
from redis.exceptions import RedisError

from avito_live.runner.errors import RunError
from avito_live.runner.parts import SIMULATOR_KEYS
from push_gateway.features.quick_replies import csv_table, repository
from push_gateway.features.quick_replies.catalogue import Catalogue, Edit, Stamp, merge
from shared.redis import connection

_FILE = Path(__file__).with_name("demo_quick_replies.csv")


async def subscribe(http: httpx.AsyncClient, api_url: str, webhook_url: str) -> None:
    """Subscribe our webhook at the simulator. Raises RunError."""
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


async def add_quick_replies(redis_url: str) -> None:
    """Add some quick replies for the demo unless there are any. Raises RunError."""
    rows = [(token_hex(6), row) for row in csv_table.read(_FILE.read_bytes()).rows]
    stamp = Stamp("demo", round(time.time(), 3))

    def decide(known: Catalogue) -> Edit:
        return Edit() if known else merge(known, rows, stamp)

    try:
        async with connection.connect(redis_url, names_epoch=False) as redis:
            await repository.save(redis, decide)
    except (RedisError, OSError) as error:
        raise RunError(f"the demo's quick replies could not be stored: {error}") from error
