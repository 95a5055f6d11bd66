"""The webhook's address: which requests are for it, and what in their path may be its secret. Pure.

A setting or a proxy on the way may add a slash, a prefix or an escape. A request whose path holds the secret
is a webhook all the same: none could hold it by chance.
"""

PATH = "/admin/avito/webhook"
STATUS_PATH = f"{PATH}/status"
BELOW = f"{PATH}/"
_PLACE = PATH.split("/")[1:]
_MOST_PARTS = 16


def is_below(path: str) -> bool:
    """Tell whether a decoded path is the webhook's or below it, however many slashes are in it."""
    return _parts(path)[: len(_PLACE)] == _PLACE


def possible_secrets(path: str) -> set[str]:
    """Return what the secret can be: any part of a decoded path, or all that follows the webhook's path."""
    return {path.removeprefix(BELOW), *_parts(path)[:_MOST_PARTS]}.difference(_PLACE)


def _parts(path: str) -> list[str]:
    return [part for part in path.split("/") if part]
