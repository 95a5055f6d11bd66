"""The webhook's address: which requests are for it, and what in their path may be its secret. Pure.

A setting or a proxy on the way may add a slash, a space, a prefix or an escape. A request whose path holds
the secret is a webhook all the same: none could hold it by chance.
"""

import re

PATH = "/admin/avito/webhook"
STATUS_PATH = f"{PATH}/status"
BELOW = f"{PATH}/"
_PLACE = PATH.split("/")[1:]
_MOST_PARTS = 16
_BETWEEN = re.compile(r"[/\\\s]+")
"""A backslash is a slash to some proxies; white space comes with an address that was pasted."""


def is_below(path: str) -> bool:
    """Tell whether a decoded path is the webhook's or below it, however many slashes are in it."""
    return _parts(path)[: len(_PLACE)] == _PLACE


def possible_secrets(path: str) -> set[str]:
    """Return what the secret can be: any part of a decoded path, or all that follows the webhook's path."""
    return {path.removeprefix(BELOW), *_parts(path)}.difference(_PLACE)


def _parts(path: str) -> list[str]:
    found = _BETWEEN.split(path, maxsplit=_MOST_PARTS + 1)  # the first may be empty, the last is not split
    return [part for part in found if part][:_MOST_PARTS]
