"""Which versions of Redis and Valkey will do, by INFO; docs/engines.md says which were tried. Pure."""

import re
from collections.abc import Mapping
from typing import Any

OLDEST = (6, 2)
"""Older ones lack commands and options that scripts and streams need."""
NEEDED = "6.2 or newer is needed (docs/engines.md)"
UNMAINTAINED = ((6, 2), (7, 2))
"""Of Redis. Its makers mend 7.0 no more either, but Debian 12 and Ubuntu 24.04 do."""


def version_of(info: Mapping[str, Any]) -> str:
    """Return the version; Valkey's own, which calls itself Redis 7.2.4 as well. '?' where none is told."""
    return str(info.get("valkey_version") or info.get("redis_version") or "?")


def too_old(version: str) -> bool:
    """Tell whether it cannot be used; False for one that cannot be read."""
    known = numbers(version)
    return () < known < OLDEST[: len(known)]  # "6" may be any of them


def is_unmaintained(info: Mapping[str, Any]) -> bool:
    """Tell whether it gets no fixes any more."""
    return "valkey_version" not in info and numbers(version_of(info))[:2] in UNMAINTAINED


def numbers(version: str) -> tuple[int, ...]:
    """Return the version's numbers, as far as it has any."""
    found = re.match(r"\d+(\.\d+)*", version)
    return tuple(map(int, found[0].split("."))) if found else ()
