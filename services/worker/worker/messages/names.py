"""Finds the chats, messages and accounts that a body names, in any place and spelling. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus

from worker.messages.fields import AROUND_IDS, LONGEST_ID, STEPS, field, fold, whole_number

MOST_CHATS = 10
_LOOKED_AT = 64 * 1024
"""So many bytes of what is no JSON are searched."""
_CHAT = re.compile(r"(?:chat|channel|conversation|dialog|thread|room)(?:uu)?(?:id)?s?")
_MESSAGE_IDS = frozenset({"messageid", "msgid", "lastmessageid"})
_SPOKEN = frozenset({"content", "quote", "text"})
_PEOPLE = frozenset(
    {"users", "user", "publicuserprofile", "participants", "members", "context"}
    | {"buyer", "customer", "client", "author", "sender", "from"}
)
_CHAT_ID = re.compile(r"(?<![\w~-])(?:u2i|u2u|a2u)-[\w~-]{6,252}", re.ASCII)
_IN_TEXT = re.compile(
    r"""(?:chat|channel|conversation|dialog)[_-]?id[^\w,{]{1,8}?
        (?P<chat>(?!(?:null|none|true|false)\b|\d*\.)[\w~.-]{1,256})
    |(?:user|account)[_-]?id\W{1,8}?(?P<account>\d{1,18})(?=\W)
    |(?:message|msg)[_-]?id\W{1,8}?(?P<message>[\w~.-]{1,256})
    |\b(?P<form>(?:u2i|u2u|a2u)-[\w~-]{6,252})""",
    re.ASCII | re.IGNORECASE | re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Names:
    """What a body names, each once, in the order it came. `chats`: at most MOST_CHATS."""

    chats: tuple[str, ...] = ()
    messages: tuple[str, ...] = ()
    accounts: tuple[int, ...] = ()

    def is_foreign(self, account_id: int) -> bool:
        """Tell whether it names accounts, and ours is not among them."""
        return bool(self.accounts) and account_id not in self.accounts


def names_in(data: Any) -> Names:
    """Find what parsed JSON names. What people wrote is not searched."""
    chats: dict[str, None] = {}
    messages: dict[str, None] = {}
    accounts: dict[int, None] = {}
    for key, value in _walk(data):
        if _CHAT.fullmatch(key):
            _add(chats, value.get("id") if isinstance(value, dict) else value)
        if isinstance(value, dict):
            _add(messages, value.get("id") if key == "message" else None)
            account = None if key in _PEOPLE else whole_number(field(value, "user_id"))
            if account is not None:
                accounts[account] = None
        elif key in _MESSAGE_IDS:
            _add(messages, value)
        elif isinstance(value, str):
            chats |= dict.fromkeys(_CHAT_ID.findall(value))
    return Names(tuple(chats)[:MOST_CHATS], tuple(messages), tuple(accounts))


def names_in_text(body: bytes) -> Names:
    """Find what a body names that is no JSON: one that was cut off, a form, one with bad quotes."""
    text = body[:_LOOKED_AT].decode("utf-8", "replace")
    if len(body) <= _LOOKED_AT and not text.lstrip().startswith(("{", "[")):
        text += "\n"  # whole; of JSON that was cut off the last number may lack digits
    found = list(_IN_TEXT.finditer(unquote_plus(text) if "%" in text else text))
    chats = dict.fromkeys(one["chat"] or one["form"] for one in found if one["chat"] or one["form"])
    messages = dict.fromkeys(one["message"] for one in found if one["message"])
    accounts = dict.fromkeys(int(one["account"]) for one in found if one["account"])
    return Names(tuple(chats)[:MOST_CHATS], tuple(messages), tuple(accounts))


def _walk(data: Any) -> Iterator[tuple[str, Any]]:
    """Yield every value below, the outermost first, with the key that it stands under."""
    layer: list[tuple[str, Any]] = [("", data)]
    while layer:
        yield from layer
        inner: list[tuple[str, Any]] = []
        for key, value in layer:
            if isinstance(value, list):
                inner += [(key, one) for one in value]
            elif isinstance(value, dict):
                inner += [(fold(name), one) for name, one in value.items() if fold(name) not in _SPOKEN]
        layer = inner


def _add(found: dict[str, None], value: Any) -> None:
    """Add an id, also a number; what no real id looks like is left out."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return
    text = str(value).strip(AROUND_IDS)
    if 0 < len(text) <= LONGEST_ID and text.isprintable() and text not in STEPS:
        found[text] = None
