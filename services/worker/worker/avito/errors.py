"""What a call raises instead of returning its result.

    AvitoError
    ├── NotPaid       402: the tariff does not cover the call
    ├── Forbidden     403 (or 401) with a token fetched afresh
    │   └── StaleToken    with one that could not be replaced, which may be the reason
    ├── NotFound      404: no such chat, message, account
    ├── BadRequest    any other 4xx: Avito does not accept the request
    ├── RateLimited   429, or our own rate limit (no status) is reached: try later
    ├── BadKeys       the client id or secret is refused
    ├── Unavailable   trouble that passes; `sent` says whether the call reached Avito
    │   └── Untrusted its certificate was refused here, so that nothing was sent
    └── Unknown       sent, but the outcome is not known

The text of an error never holds a token, a secret, a URL or Avito's own text: its fields hold these.
"""
# ruff: noqa: N818 - an error is a verdict, named as callers match it

from dataclasses import KW_ONLY, dataclass, field
from typing import Literal

from typing_extensions import override

KEPT_BODY = 2048
_KEPT_WORDS = 300

How = Literal["cut", "silent", "unreadable"]


@dataclass(eq=False, repr=False)
class AvitoError(Exception):
    """Avito call failed."""

    operation: str
    _: KW_ONLY
    status: int | None = None
    body: bytes = b""
    """The beginning of the raw response."""
    message: str = ""
    """Avito's text."""
    why: str = ""
    """Ours."""

    def __post_init__(self) -> None:
        self.body, self.message = self.body[:KEPT_BODY], self.message[:_KEPT_WORDS]

    @override
    def __str__(self) -> str:
        status = "" if self.status is None else f" (status {self.status})"
        why = f": {self.why}" if self.why else ""
        return f"{(type(self).__doc__ or '').rstrip('.')}, {self.operation}{status}{why}"


class NotPaid(AvitoError):
    """Avito's tariff does not cover this."""


class Forbidden(AvitoError):
    """Avito forbids this, also with a fresh token."""


class StaleToken(Forbidden):
    """Avito refuses a token that was not replaced, as too many were lately."""


class NotFound(AvitoError):
    """Avito does not know this."""


@dataclass(eq=False, repr=False)
class BadRequest(AvitoError):
    """Avito does not accept the request."""

    fields: dict[str, str] = field(default_factory=dict, kw_only=True)
    """What Avito says about single fields."""


@dataclass(eq=False, repr=False)
class RateLimited(AvitoError):
    """The calls that Avito allows are used up."""

    retry_after: float = field(kw_only=True)
    """Seconds until a call may pass."""


class BadKeys(AvitoError):
    """Avito refuses the client id or secret."""


@dataclass(eq=False, repr=False)
class Unavailable(AvitoError):
    """Avito is not available."""

    retry_after: float | None = field(default=None, kw_only=True)
    """Seconds, where Avito or the circuit breaker named them."""

    @property
    def sent(self) -> bool:
        """Whether the call itself reached Avito; one that did not changed nothing."""
        return self.status is not None and self.operation != "token"


class Untrusted(Unavailable):
    """Avito's certificate is not trusted here, nothing was sent."""


@dataclass(eq=False, repr=False)
class Unknown(AvitoError):
    """Avito may or may not have done this."""

    how: How = field(kw_only=True)
    """The connection was cut, no response came in time, or it cannot be read."""

    @override
    def __post_init__(self) -> None:
        super().__post_init__()
        self.why = self.how
