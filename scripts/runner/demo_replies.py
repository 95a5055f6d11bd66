"""A few quick replies for the demo, so that `/` in the panel has something to show."""

import time
from pathlib import Path
from secrets import token_hex

from redis.exceptions import RedisError

from push_gateway.features.quick_replies import csv_table, repository
from push_gateway.features.quick_replies.catalogue import Catalogue, Edit, Stamp, merge
from runner.errors import RunError
from shared.redis import connection

_FILE = Path(__file__).with_name("demo_replies.csv")


async def put(redis_url: str) -> None:
    """Bring them in unless there are some already. Raises ProblemError."""
    rows = [(token_hex(6), row) for row in csv_table.read(_FILE.read_bytes()).rows]
    stamp = Stamp("demo", round(time.time(), 3))

    def decide(known: Catalogue) -> Edit:
        return Edit() if known else merge(known, rows, stamp)

    try:
        async with connection.connect(redis_url, names_epoch=False) as redis:
            await repository.save(redis, decide)
    except (RedisError, OSError) as error:
        raise RunError(f"the demo's quick replies could not be kept: {error}") from error
