"""The trace id of a message in the logs of all services: from the POST to the browser and to Avito.

A webhook's is made of the time at which ingest accepted it, which every service gets anyway; a reply's is its
`ref`. Log lines written while `following` it have it as `trace`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

TRACE: ContextVar[str] = ContextVar("trace", default="")


def trace_id(accepted: float) -> str:
    """Return the trace id of a webhook that was accepted then (Unix seconds)."""
    return f"{int(accepted * 1_000_000):x}"


@contextmanager
def following(trace: str) -> Iterator[None]:
    """Add the trace id to the log lines of this task, and to the jobs that it queues."""
    token = TRACE.set(trace)
    try:
        yield
    finally:
        TRACE.reset(token)
