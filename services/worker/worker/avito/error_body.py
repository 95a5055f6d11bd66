"""Reads what Avito says in an error, in each of the forms that its sections have. Pure."""

from dataclasses import dataclass, field
from typing import Any

from worker.avito.values import object_of

_WORDS = ("message", "error_description", "description", "detail", "title", "reason", "error")
_CODES = range(400, 600)
_MOST_DEEP = 4
_PASSING = ("server_error", "temporarily_unavailable", "slow_down", "too_many_requests", "internal_error")
_OLD_TOKEN = ("expired", "token", "unauthorized", "forbidden")


@dataclass(frozen=True, slots=True)
class ErrorBody:
    """What a body says of an error. `name`: the error where it is a word; `code`: an HTTP status in it."""

    message: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    code: int | None = None
    name: str = ""

    @property
    def passes(self) -> bool:
        """Whether it says itself that it is trouble on Avito's side."""
        return self.name in _PASSING or (self.code is not None and (self.code >= 500 or self.code == 429))

    @property
    def status(self) -> int | None:
        """The HTTP status that would have said the same; None: unknown."""
        if self.code is not None:
            return self.code
        return 401 if any(word in self.name.lower() for word in _OLD_TOKEN) else None


def read_error(data: Any) -> ErrorBody:
    """Read `{"error": {…}}` of most sections, the flat form of others, words alone, and lists of these."""
    flat = object_of(data)
    error = flat.get("error") or flat.get("errors")
    inner = object_of(error) or flat
    name = error if isinstance(error, str) else ""
    message = (_words(error) if isinstance(error, dict | list) else "") or _words(data)
    return ErrorBody(message, _fields(inner.get("fields")), _code(inner), name)


def _words(said: Any, deep: int = _MOST_DEEP) -> str:
    """Return the first words in an error."""
    if isinstance(said, str):
        return said.strip()
    if not deep:
        return ""
    if isinstance(said, list):
        return "; ".join(filter(None, (_words(part, deep - 1) for part in said[:5])))
    parts = (_words(object_of(said).get(name), deep - 1) for name in _WORDS)
    return next(filter(None, parts), "")


def _fields(said: Any) -> dict[str, str]:
    return {str(name): _words(words) or str(words) for name, words in object_of(said).items()}


def _code(inner: dict[str, Any]) -> int | None:
    for name in ("code", "status"):
        code = inner.get(name)
        if isinstance(code, str) and code.isascii() and code.isdigit() and len(code) == 3:
            code = int(code)
        if isinstance(code, int) and not isinstance(code, bool) and code in _CODES:
            return code
    return None
