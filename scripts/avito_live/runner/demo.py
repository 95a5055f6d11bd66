"""Steps of the demo alone: the subscription at the simulator, and some quick replies to try."""

import time
from pathlib import Path
from secrets import token_hex

import httpx
from redis.exceptions import RedisError

from avito_live.runner.errors import RunError
from push_gateway.features.quick_replies import csv_table, repository
from push_gateway.features.quick_replies.catalogue import Catalogue, Edit, Stamp, merge
from shared.redis import connection

_FILE = Path(__file__).with_name("demo_quick_replies.csv")


async def subscribe(http: httpx.AsyncClient, simulator: str, webhook_url: str) -> None:
    """Make our webhook the only subscription at the simulator. Raises RunError."""
    try:
        answer = await http.put(f"{simulator}/_control/subscriptions", json={"urls": [webhook_url]})
        answer.raise_for_status()
    except httpx.HTTPError as error:
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
