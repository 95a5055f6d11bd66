"""Clocks of processes that can be set while they run, with libfaketime."""

from pathlib import Path

_LIBRARIES = [
    *Path("/usr/lib").glob("*/faketime/libfaketime.so.1"),
    *Path("/usr/lib/faketime").glob("libfaketime.so.1"),
    *Path("/usr/local/lib/faketime").glob("libfaketime.so.1"),
]
INSTALLED = bool(_LIBRARIES)


def shift(clock: Path, seconds: int) -> None:
    """Set the clock of all its processes ahead (or back); they see it within a second.

    Only wall-clock time moves. Monotonic time goes on, as when a real clock is set.
    """
    aside = clock.with_suffix(".new")
    aside.write_text(f"{seconds:+d}\n")
    aside.replace(clock)


def environ(clock: Path) -> dict[str, str]:
    """Return the environment with which a process uses this clock."""
    return {
        "LD_PRELOAD": str(_LIBRARIES[0]),
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_CACHE_DURATION": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
