"""`python -m push_gateway`: serves the panel, its API and its WebSockets."""

import asyncio
import sys
from contextlib import suppress

from redis.exceptions import RedisError

from push_gateway.http import server
from push_gateway.settings import read_settings
from shared.process import log
from shared.redis import connection, layout
from shared.redis.errors import NewerLayoutError
from shared.settings import read_or_exit, take_no_arguments

_LOOK_WITHIN_S = 1.0


def main() -> None:
    """Start from the environment alone."""
    take_no_arguments("python -m push_gateway", __doc__)
    settings = read_or_exit(read_settings)
    log.configure(settings.logging)
    try:
        asyncio.run(refuse_newer(settings.redis_url))
    except NewerLayoutError as error:
        sys.stderr.write(f"push_gateway: {error}\n")
        sys.exit(2)
    server.run(settings)


async def refuse_newer(redis_url: str) -> None:
    """Raise NewerLayoutError for data of a newer version; while Redis is away each connection checks it."""
    async with connection.connect(redis_url, names_epoch=False, timeout=_LOOK_WITHIN_S) as redis:
        with suppress(RedisError, OSError, TimeoutError):
            async with asyncio.timeout(_LOOK_WITHIN_S):
                await layout.refuse_newer(redis)


if __name__ == "__main__":
    main()
