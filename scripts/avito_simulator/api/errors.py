"""Avito's error envelopes."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

MESSAGES = {
    400: "Bad Request",
    401: "Unauthorized",
    402: "Payment required",
    403: "Forbidden",
    404: "Not found",
}


class ApiError(Exception):
    """An error as the answer of an operation."""

    def __init__(
        self, status: int, message: str | None = None, *, fields: dict[str, str] | None = None
    ) -> None:
        super().__init__(status, message)
        self.status = status
        self.message = message or MESSAGES[status]
        self.fields = fields

    def response(self) -> Response:
        """Return the envelope `{"error": {"code", "message"[, "fields"]}}`."""
        error: dict[str, Any] = {"code": self.status, "message": self.message}
        if self.fields is not None:
            error["fields"] = self.fields
        return JSONResponse({"error": error}, self.status)


def invalid(**fields: str) -> ApiError:
    """Return an error for invalid parameters, each with its reason."""
    return ApiError(400, "Validation error", fields=fields)


async def not_found(request: Request, error: Exception) -> Response:
    """Answer 404 to unknown paths and methods, as Avito does."""
    return ApiError(404).response()
