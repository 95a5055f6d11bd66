"""The refusal that the API tells as `{"error": {"code", "message"}}`. Values only."""

from collections.abc import Mapping
from math import ceil


class ApiError(Exception):
    """A refusal that the caller can act on. `more`: fields beside code and message."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        headers: Mapping[str, str] | None = None,
        more: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers
        self.more = more or {}


def too_often(wait: float) -> ApiError:
    """Return the refusal of one who asks too often; `wait`: the seconds until it may be done again."""
    return ApiError(429, "too_often", "Too many requests. Wait a moment.", {"Retry-After": str(ceil(wait))})
