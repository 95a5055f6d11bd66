"""Reads the systemd units with their shared drop-in, as systemd does: a name may have several lines."""

from collections import defaultdict
from pathlib import Path

UNITS = Path(__file__).resolve().parents[2] / "deploy/systemd"
SERVICES = ("avito-ingest.service", "avito-worker@.service", "avito-gateway@.service")
SHARED = UNITS / "common.conf"


def read(name: str) -> dict[str, list[str]]:
    """Return the values of each name in a service's unit and the drop-in, the drop-in's last."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in (UNITS / name, SHARED):
        for line in path.read_text("utf-8").splitlines():
            if not line.startswith(("#", "[")) and "=" in line:
                key, _, value = line.partition("=")
                found[key].append(value)
    return found


def words(name: str, key: str) -> set[str]:
    """Return the words of all lines of a name."""
    return {word for value in read(name)[key] for word in value.split()}
