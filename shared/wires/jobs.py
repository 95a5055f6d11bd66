"""Jobs of arq: their names, their format (JSON, never pickle), their queues, and what wakes a worker.

A job is only a hint: the work itself is recorded in our own streams and sets, which the worker also reads by
itself. So a lost job does no harm. Each class of urgency has a queue and slots of its own, so that no job
waits behind less urgent ones.
"""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import orjson
from arq.connections import ArqRedis
from arq.constants import job_key_prefix
from arq.jobs import serialize_job
from arq.utils import timestamp_ms
from redis.asyncio import ConnectionPool

from shared.process.trace import TRACE
from shared.redis import keys

DELIVER = "deliver"
RUN_OPERATOR_ACTION = "run_errand"
FIND_VOICE = "find_voice"
READ_OLDER_MESSAGES = "read_history"
REFRESH_CHAT = "refresh_chat"
RECHECK_CHAT = "settle_doubt"
ENRICH_CHAT = "enrich_chat"


@dataclass(frozen=True, slots=True)
class Queue:
    """Jobs of one class: arq's key, the list of wake tokens, and how many one worker runs at once."""

    key: str
    wake: str
    slots: int


REPLIES = Queue(keys.REPLIES_QUEUE, keys.REPLIES_WAKE, 40)
REQUESTS = Queue(keys.REQUESTS_QUEUE, keys.REQUESTS_WAKE, 30)
RECHECKS = Queue(keys.RECHECKS_QUEUE, keys.RECHECKS_WAKE, 5)
ENRICHMENT = Queue(keys.ENRICHMENT_QUEUE, keys.ENRICHMENT_WAKE, 10)

QUEUES = {
    DELIVER: REPLIES,
    RUN_OPERATOR_ACTION: REQUESTS,
    FIND_VOICE: REQUESTS,
    READ_OLDER_MESSAGES: REQUESTS,
    REFRESH_CHAT: REQUESTS,
    RECHECK_CHAT: RECHECKS,
    ENRICH_CHAT: ENRICHMENT,
}
"""The queue of every job."""

_EXPIRES_S = 3_600.0
_WAKE_TOKENS = 64
_BACK_MS = 86_400_000
"""Jobs without a delay are due a day ago: a clock that is ahead, or set back later, would defer them."""


def encode(job: dict[str, Any]) -> bytes:
    """Serialize for arq; a value that is not JSON (an exception) becomes text."""
    return orjson.dumps(job, default=str)


def decode(data: bytes) -> dict[str, Any]:
    """Parse what `encode` returned."""
    return dict(orjson.loads(data))


def arq_client(pool: ConnectionPool) -> ArqRedis:
    """Return arq's client over a pool of ours."""
    return ArqRedis(pool, job_serializer=encode, job_deserializer=decode)


def trace_of(job_id: str) -> str:
    """Return the trace id in a job's id, '' for none."""
    return job_id.partition(":")[2].partition(":")[2]


async def enqueue(
    redis: Any, name: str, *arguments: str | int, delay_s: float = 0.0, expires_s: float = _EXPIRES_S
) -> None:
    """Queue a job with a new id and the current trace id, and wake one worker, in one round trip.

    A job that did not start within `expires_s` is dropped.
    """
    queue = QUEUES[name]
    job_id = f"{name}:{uuid4().hex}:{TRACE.get()}"
    now = timestamp_ms()
    job = serialize_job(name, arguments, {}, None, now, serializer=encode)
    async with redis.pipeline(transaction=False) as pipe:
        pipe.psetex(job_key_prefix + job_id, int(expires_s * 1000), job)
        pipe.zadd(queue.key, {job_id: now + (int(delay_s * 1000) or -_BACK_MS)})
        pipe.lpush(queue.wake, b"1")
        pipe.ltrim(queue.wake, 0, _WAKE_TOKENS - 1)
        await pipe.execute()


async def waiting(redis: Any, queue: Queue) -> int:
    """Return how many jobs of a queue run, or are due."""
    return int(await redis.zcount(queue.key, "-inf", timestamp_ms()))
