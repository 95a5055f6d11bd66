"""Reads deploy/compose.yml as docker compose does: merged, with the values of `.env`."""

import re
from typing import Any

import yaml

from avito_live import PROJECT

DEPLOY = PROJECT / "deploy"
_VARIABLE = re.compile(r"\$\$|\$\{(\w+)(?:(:-|:\?)((?:[^{}]|\$\{\w+\})*))?\}")


class MissingError(Exception):
    """A required variable is missing; the message says what to do."""


def read() -> dict[str, Any]:
    """Return the file with its anchors merged."""
    return dict(yaml.safe_load((DEPLOY / "compose.yml").read_text(encoding="utf-8")))


def filled_in(node: Any, values: dict[str, str]) -> Any:
    """Put values in place of `${NAME}`, `${NAME:-default}` and `${NAME:?message}`. Raises MissingError."""
    if isinstance(node, dict):
        return {name: filled_in(value, values) for name, value in node.items()}
    if isinstance(node, list):
        return [filled_in(value, values) for value in node]
    return _VARIABLE.sub(lambda found: _value(found, values), node) if isinstance(node, str) else node


def _value(found: re.Match[str], values: dict[str, str]) -> str:
    name, mark, rest = found.groups()
    if name is None:
        return "$"
    if value := values.get(name, ""):
        return value
    if mark == ":?":
        raise MissingError(f"{name}: {rest}")
    return str(filled_in(rest or "", values))


def names() -> set[str]:
    """Return every variable that the file reads."""
    return set(re.findall(r"\$\{(\w+)", (DEPLOY / "compose.yml").read_text(encoding="utf-8")))
