"""Keeps look-ups of Avito's name that hang from holding up those of Redis'."""

import os

_THREADS = 64
"""A look-up that a call gave up keeps its thread for up to ten seconds; a process has four."""


def allow_hanging() -> None:
    """Let many hang at once, from before the first one on. What the owner has set stays."""
    os.environ.setdefault("UV_THREADPOOL_SIZE", str(_THREADS))
