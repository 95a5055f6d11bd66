"""Clocks of processes that can be set while they run, with libfaketime."""

from pathlib import Path

_LIBRARIES = (
    *Path("/usr/lib").glob("*/faketime/libfaketime.so.1"),
    Path("/usr/lib/faketime/libfaketime.so.1"),
    Path("/usr/local/lib/faketime/libfaketime.so.1"),
)


def library() -> Path | None:
    """Return the path of libfaketime, or None if it is not installed."""
    return next((path for path in _LIBRARIES if path.exists()), None)


def make(folder: Path) -> Path:
    """Make a clock that shows the right time."""
    clock = folder / "clock"
    clock.write_text("+0\n")
    return clock


def shift(clock: Path, seconds: int) -> None:
    """Set the clock of all its processes ahead (or back); they see it within a second.

    Only wall-clock time moves. Monotonic time goes on, as when a real clock is set.
    """
    aside = clock.with_suffix(".new")
    aside.write_text(f"{seconds:+d}\n")
    aside.replace(clock)


def environ(clock: Path) -> dict[str, str]:
    """Return the environment with which a process uses this clock."""
    found = library()
    assert found is not None, "libfaketime is not installed"  # noqa: S101 - experiments are skipped without it
    return {
        "LD_PRELOAD": str(found),
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_CACHE_DURATION": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
