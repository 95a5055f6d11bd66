"""One word that follows a message through the logs of all parts: from the POST to the socket and to Avito.

It is made of when ingest accepted the webhook, which passes through every part anyway; of a reply it is its
`ref`. Log lines written while `following` it carry it as `trace`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

TRACE: ContextVar[str] = ContextVar("trace", default="")


def trace_id(accepted: float) -> str:
    """Return the word of a webhook that was accepted then (Unix seconds)."""
    return f"{int(accepted * 1_000_000):x}"


@contextmanager
def following(word: str) -> Iterator[None]:
    """Put the word on every log line of this task, and on the jobs that it asks for."""
    token = TRACE.set(word)
    try:
        yield
    finally:
        TRACE.reset(token)
