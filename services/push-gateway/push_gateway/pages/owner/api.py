"""What the owner's addresses share: who may enter, fields read from bodies, refusals."""

from typing import Any, TypeVar

from starlette.requests import Request

from push_gateway.auth.access import PATH, Caller
from push_gateway.auth.staff import StaffError
from push_gateway.http.errors import ApiError
from push_gateway.http.gateway import Gateway, gateway_of

API = f"{PATH}api/owner"
_STATUS = {
    "bad_name": 422,
    "bad_password": 422,
    "unknown_operator": 404,
    "operator_exists": 409,
    "last_owner": 409,
    "too_many": 409,
    "forbidden": 403,
}

Choice = TypeVar("Choice", bound=str)


async def enter(request: Request) -> tuple[Gateway, Caller]:
    """Let an owner in, or raise ApiError 401 or 403."""
    gateway = gateway_of(request)
    return gateway, await gateway.door.authorize(request, "manage")


def refusal(error: StaffError) -> ApiError:
    """Return how a refusal is told over HTTP."""
    return ApiError(_STATUS[error.why], error.why, error.message)


def text(data: dict[str, Any], name: str) -> str:
    """Return a field that must be text; raises ApiError 422."""
    value = data.get(name)
    if not isinstance(value, str):
        raise ApiError(422, f"bad_{name}", f"{name} must be text.")
    return value


def flag(data: dict[str, Any], name: str) -> bool:
    """Return a field that must be true or false, false when it is absent; raises ApiError 422."""
    value = data.get(name, False)
    if not isinstance(value, bool):
        raise ApiError(422, f"bad_{name}", f"{name} must be true or false.")
    return value


def choice(data: dict[str, Any], name: str, allowed: tuple[Choice, ...]) -> Choice:
    """Return a field that must be one of these words; raises ApiError 422."""
    value = data.get(name)
    for word in allowed:
        if value == word:
            return word
    raise ApiError(422, f"bad_{name}", f"{name} must be one of {', '.join(allowed)}.")
