"""Measures how fast workers drain a backlog in the inbox."""

import os
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass

from redis import Redis

from bench import webhooks
from bench.processes import ACCOUNT, Process
from shared.redis import keys
from shared.wires import inbox
from shared.wires.inbox import Webhook

_AT_ONCE = 500
_LOOK_S = 0.005
_WITHIN_S = 120.0


class BacklogError(Exception):
    """The worker did not empty its inbox in time."""


@dataclass(frozen=True, slots=True)
class Drained:
    """How a backlog was drained. CPU in microseconds per entry."""

    entries: int
    seconds: float
    worker_us: float
    redis_us: float

    @property
    def rate(self) -> float:
        """Entries per second."""
        return self.entries / self.seconds


def drain(redis: Redis, server: Process, workers: Sequence[Process], bodies: Sequence[bytes]) -> Drained:
    """Freeze the workers, fill the inbox, resume them, and wait until it is empty. Raises BacklogError."""
    for worker in workers:
        os.kill(worker.popen.pid, signal.SIGSTOP)
    try:
        fill(redis, bodies)
    finally:
        used = sum(worker.cpu_s() for worker in workers)
        served = server.cpu_s()
        began = time.perf_counter()
        for worker in workers:
            os.kill(worker.popen.pid, signal.SIGCONT)
    while redis.xlen(keys.INBOX):
        if time.perf_counter() - began > _WITHIN_S:
            raise BacklogError(f"{redis.xlen(keys.INBOX)} entries are left after {_WITHIN_S:g} s")
        time.sleep(_LOOK_S)
    seconds = time.perf_counter() - began
    used = sum(worker.cpu_s() for worker in workers) - used
    served = server.cpu_s() - served
    return Drained(len(bodies), seconds, used / len(bodies) * 1e6, served / len(bodies) * 1e6)


def fill(redis: Redis, bodies: Sequence[bytes], stream: str = keys.INBOX) -> None:
    """Put webhooks into a stream as ingest does."""
    for start in range(0, len(bodies), _AT_ONCE):
        with redis.pipeline(transaction=False) as pipe:
            for body in bodies[start : start + _AT_ONCE]:
                pipe.execute_command("XADD", stream, "*", *inbox.write(Webhook(body, time.time())))
            pipe.execute()


def bodies(run: str, chats: Sequence[str], count: int, size: int = 600) -> list[bytes]:
    """Return webhooks of new messages in these chats in turn."""
    now = int(time.time())
    return [
        webhooks.body(ACCOUNT, chats[number % len(chats)], f"{run}-{number}", now, size)
        for number in range(count)
    ]
