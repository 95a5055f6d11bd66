"""What the addresses of quick replies share: fields read from bodies, refusals."""

from typing import Any

from push_gateway.auth.access import PATH
from push_gateway.features.quick_replies.catalogue import CatalogueError, Wording, wording
from push_gateway.http.errors import ApiError

API = f"{PATH}api/quick-replies"
_STATUS = {"name_taken": 409, "changed": 409, "too_many": 409, "unknown_quick_reply": 404}


def refusal(error: CatalogueError) -> ApiError:
    """Return how a refusal is told over HTTP."""
    return ApiError(_STATUS.get(error.why, 422), error.why, error.message)


def wording_of(data: dict[str, Any]) -> Wording:
    """Return the fields `name`, `text` and `folder` ('' when absent); raises ApiError."""
    fields = {"folder": "", **data}
    for name in ("folder", "name", "text"):
        if not isinstance(fields.get(name), str):
            raise ApiError(422, f"bad_{name}", f"{name} must be text.")
    try:
        return wording(fields["folder"], fields["name"], fields["text"])
    except CatalogueError as error:
        raise refusal(error) from None


def version_of(data: dict[str, Any]) -> int:
    """Return the field `version`; raises ApiError."""
    version = data.get("version")
    if not isinstance(version, int) or isinstance(version, bool):
        raise ApiError(422, "bad_version", "version must be the number that came with the quick reply.")
    return version
