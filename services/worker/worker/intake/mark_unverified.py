"""Makes a hint of a webhook whose signature is wrong, where signatures are asked for."""

from collections.abc import Mapping
from typing import Any

from shared.accounts import signature
from shared.redis import keys, lua
from shared.wires import inbox

DEMOTE = lua.load("mark_unverified")
MOST = 1_000


def is_unsigned(fields: Mapping[bytes, bytes], key: bytes) -> bool:
    """Tell whether a webhook lacks the right signature under `key`; '' asks for none."""
    if not key or inbox.is_canary(fields):
        return False
    webhook = inbox.read(fields)
    return not signature.verify(key, webhook.body, webhook.signature)


def mark_unverified_command(entry: bytes, fields: Mapping[bytes, bytes]) -> list[Any]:
    """Return the command that moves an inbox entry to the hints."""
    names = [keys.INBOX, keys.HINTS, keys.COUNTERS]
    kept = inbox.write(inbox.read(fields))
    return ["EVALSHA", DEMOTE.sha, len(names), *names, keys.INBOX_GROUP, entry, MOST, *kept]
