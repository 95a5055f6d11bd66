"""Tunes Python's garbage collector for a process that serves: short pauses, and few."""

import gc

_YOUNG, _MIDDLE, _OLD = 20_000, 3, 800


def tune_gc() -> None:
    """Call once when the process has started: objects that live now are never examined again.

    Collections of the young generation are large enough to be rare and small enough to take milliseconds.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, _MIDDLE, _OLD)
