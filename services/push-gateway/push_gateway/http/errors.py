"""The refusal that the API tells as `{"error": {"code", "message"}}`. Values only."""

from collections.abc import Mapping


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
