"""Cursors of pages: values as opaque text for a URL. Pure."""

import base64
from collections.abc import Sequence
from typing import Any

import orjson


def write(values: Sequence[Any]) -> str:
    """Return values that JSON knows as a cursor."""
    return base64.urlsafe_b64encode(orjson.dumps(values)).decode().rstrip("=")


def read(text: str) -> Any:
    """Return what was written; raises ValueError for anything else."""
    return orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
