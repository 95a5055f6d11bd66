"""A first answer as the worker records it and the gateway reads it: `<begin> <answered> <operator>`.

Times are in Unix seconds; operator is JSON, null for Avito's own app. See docs/coach.md.
"""

import orjson


def write(begin: float, answered: float, operator: str | None) -> bytes:
    """Return the value to store."""
    return b"%b %b %b" % (repr(begin).encode(), repr(answered).encode(), orjson.dumps(operator))


def read(value: bytes) -> tuple[float, float, str | None]:
    """Read what `write` wrote: begin, answered, operator."""
    begin, answered, operator = value.split(b" ", 2)
    return float(begin), float(answered), orjson.loads(operator)
