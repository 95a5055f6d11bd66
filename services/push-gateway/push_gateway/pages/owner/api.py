"""What the owner's addresses share: their prefix, authorization, refusals."""

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


async def authorize_owner(request: Request) -> tuple[Gateway, Caller]:
    """Return the gateway and the owner who asks; raises ApiError 401 or 403."""
    gateway = gateway_of(request)
    return gateway, await gateway.authenticator.authorize(request, "manage")


def refusal(error: StaffError) -> ApiError:
    """Return a refusal as an HTTP error."""
    return ApiError(_STATUS[error.why], error.why, error.message)
