"""Lines of `.env` that its three readers (our commands, docker compose, systemd) read differently. Pure."""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from dotenv.parser import parse_stream

_SINGLE = re.compile(r"\s*'([^'\\]|\\(?!['\\]))*'")
_DOUBLE = re.compile(r'\s*"[^"\\$]*"')
_BARE = re.compile(r"(?!\s*['\"])([^\\$\s]|\s+(?!#|\s))*")
"""Values that all read alike. In others compose replaces `$…`, and systemd drops `\\` and keeps ` # …`."""


@dataclass(frozen=True, slots=True)
class AmbiguousLine:
    """A line whose value depends on the reader; `fix`: a word of webhook_setup/words.toml."""

    number: int
    name: str
    fix: Literal["quote_value", "no_export"]


def ambiguous_lines(text: str) -> Iterator[AmbiguousLine]:
    """Find the lines that are read differently. Those that cannot be read at all are left out."""
    for binding in parse_stream(io.StringIO(text)):
        if binding.error or binding.key is None or binding.value is None:
            continue
        raw = binding.original.string
        before = len(raw) - len(raw.lstrip())
        number = binding.original.line + raw.count("\n", 0, before)
        name, _, value = raw.strip().partition("=")
        if not any(form.fullmatch(value.rstrip()) for form in (_SINGLE, _DOUBLE, _BARE)):
            yield AmbiguousLine(number, binding.key, "quote_value")
        elif name.split()[0] == "export":
            yield AmbiguousLine(number, binding.key, "no_export")
