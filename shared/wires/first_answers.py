"""A first answer as the worker writes it down and the gateway reads it: `<begin> <answered> <operator>`.

Times in Unix seconds; operator is JSON, null for Avito's own app. What it means: docs/coach.md.
"""

import orjson


def write(begin: float, answered: float, operator: str | None) -> bytes:
    """Return the value that is kept."""
    return b"%b %b %b" % (repr(begin).encode(), repr(answered).encode(), orjson.dumps(operator))


def read(value: bytes) -> tuple[float, float, str | None]:
    """Read what `write` wrote: begin, answered, operator."""
    begin, answered, operator = value.split(b" ", 2)
    return float(begin), float(answered), orjson.loads(operator)
