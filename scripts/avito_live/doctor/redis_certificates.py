"""The certificates of a Redis that speaks TLS: its own, and the one that we show it."""

import ssl
import time
from collections.abc import Mapping
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.connection import SSLConnection

from avito_live.doctor.certificate_dates import days_left, ends_soon
from avito_live.doctor.rows import Row, row


def judge(served: Mapping[str, Any], ours: Mapping[str, Any], file: str, now: float) -> list[Row]:
    """Return the rows of those that end soon. Empty: there is none. `file`: where ours is. Pure."""
    rows = []
    if served and ends_soon(served, now):
        rows.append(row("redis_certificate_ends", days=days_left(served, now)))
    if ours and ends_soon(ours, now):
        rows.append(row("our_certificate_ends", days=days_left(ours, now), file=file))
    return rows


async def check(redis: Redis) -> list[Row]:
    """Look at both. Raises redis.exceptions.RedisError."""
    pool = redis.connection_pool
    connection = await pool.get_connection()
    try:
        if not isinstance(connection, SSLConnection) or connection._writer is None:  # noqa: SLF001
            return []
        tls = connection._writer.get_extra_info("ssl_object")  # noqa: SLF001  # there is no public way
        file = str(connection.certfile or "")
        ours = ssl._ssl._test_decode_cert(file) if file else {}  # type: ignore[attr-defined]  # noqa: SLF001  # here neither
        return judge(tls.getpeercert(), ours, file, time.time())
    finally:
        await pool.release(connection)
