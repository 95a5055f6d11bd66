"""What a call raises instead of returning its result.

    AvitoError
    ├── NotPaid       402: the tariff does not cover the call
    ├── Forbidden     403 (or 401) with a token fetched afresh
    ├── NotFound      404: no such chat, message, account
    ├── BadRequest    any other 4xx: Avito does not accept the request
    ├── RateLimited   429, or our own rate limit is reached: try later
    ├── BadKeys       the client id or secret is refused
    ├── Unavailable   trouble that passes; `sent` says whether the call reached Avito
    └── Unknown       sent, but the outcome is not known

The text of an error never holds a token, a secret, a URL or Avito's own text: its fields hold these.
"""

from typing import Literal

from typing_extensions import override

KEPT_BODY = 2048
_KEPT_WORDS = 300

How = Literal["cut", "silent", "unreadable"]


class AvitoError(Exception):
    """Avito call failed."""

    def __init__(
        self,
        operation: str,
        *,
        status: int | None = None,
        body: bytes = b"",
        message: str = "",
        why: str = "",
    ) -> None:
        """`message`: Avito's text. `why`: ours. `body`: the beginning of the raw response."""
        super().__init__(operation, status, why)
        self.operation = operation
        self.status = status
        self.body = body[:KEPT_BODY]
        self.message = message[:_KEPT_WORDS]
        self.why = why

    @override
    def __str__(self) -> str:
        status = "" if self.status is None else f" (status {self.status})"
        why = f": {self.why}" if self.why else ""
        return f"{(type(self).__doc__ or '').rstrip('.')}, {self.operation}{status}{why}"


class NotPaid(AvitoError):  # noqa: N818 - a verdict, named as callers match it
    """Avito's tariff does not cover this."""


class Forbidden(AvitoError):  # noqa: N818 - a verdict, named as callers match it
    """Avito forbids this, also with a fresh token."""


class NotFound(AvitoError):  # noqa: N818 - a verdict, named as callers match it
    """Avito does not know this."""


class BadRequest(AvitoError):  # noqa: N818 - a verdict, named as callers match it
    """Avito does not accept the request."""

    fields: dict[str, str]

    def __init__(
        self,
        operation: str,
        *,
        status: int | None = None,
        body: bytes = b"",
        message: str = "",
        fields: dict[str, str] | None = None,
    ) -> None:
        """`fields`: what Avito says about single fields."""
        super().__init__(operation, status=status, body=body, message=message)
        self.fields = fields or {}


class RateLimited(AvitoError):  # noqa: N818 - a verdict, named as callers match it
    """The calls that Avito allows are used up."""

    def __init__(
        self,
        operation: str,
        *,
        retry_after: float,
        status: int | None = None,
        body: bytes = b"",
        message: str = "",
        why: str = "",
    ) -> None:
        """`retry_after`: seconds until a call may pass. `status` None: our own rate limit held it back."""
        super().__init__(operation, status=status, body=body, message=message, why=why)
        self.retry_after = retry_after


class BadKeys(AvitoError):  # noqa: N818 - a verdict, named as callers match it
    """Avito refuses the client id or secret."""


class Unavailable(AvitoError):  # noqa: N818 - a verdict, named as callers match it
    """Avito is not available."""

    def __init__(
        self,
        operation: str,
        *,
        status: int | None = None,
        body: bytes = b"",
        message: str = "",
        why: str = "",
        retry_after: float | None = None,
    ) -> None:
        """`retry_after`: seconds, where Avito or the circuit breaker named them."""
        super().__init__(operation, status=status, body=body, message=message, why=why)
        self.retry_after = retry_after

    @property
    def sent(self) -> bool:
        """Whether the call itself reached Avito; one that did not changed nothing."""
        return self.status is not None and self.operation != "token"


class Unknown(AvitoError):  # noqa: N818 - a verdict, named as callers match it
    """Avito may or may not have done this."""

    def __init__(
        self,
        operation: str,
        *,
        how: How,
        status: int | None = None,
        body: bytes = b"",
    ) -> None:
        """`how`: the connection was cut, no response came in time, or it cannot be read."""
        super().__init__(operation, status=status, body=body, why=how)
        self.how = how
