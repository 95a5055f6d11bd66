"""Checks that a backup belongs to the account it is restored into. Pure."""

from collections.abc import Set as AbstractSet

from avito_live.runner.parts import SIMULATOR_KEYS

_DEMO = frozenset({int(SIMULATOR_KEYS["AVITO_USER_ID"])})


class OtherAccountError(Exception):
    """The backup is of another account than the settings; the message says what to do."""


def refuse_other(held: AbstractSet[int], own: str, *, into_demo: bool) -> None:
    """Raise OtherAccountError unless a backup of these accounts may be restored here.

    `own`: AVITO_USER_ID, '' if it is not set. `into_demo`: the target is the demo's own Redis.
    """
    named = ", ".join(map(str, sorted(held)))
    if into_demo and not held <= _DEMO:
        raise OtherAccountError(
            f"no AVITO_… keys are set, so it would go into the demo, and the backup is of account {named}:"
            " put that system's .env here first"
        )
    if own.isdigit() and held and int(own) not in held:
        raise OtherAccountError(
            f"the backup is of account {named}, and AVITO_USER_ID is {own}: put that system's .env here first"
            " (to change the account, restore under the old one, then see `make account`)"
        )
