"""The table of bodies met in the wild: what each is, and what must become of it.

The files in bodies/ are as they were met, but for names, phones and ids. A row gives each body a chat of its
own and times of the last minutes, so that rows do not disturb each other.
"""

import re
import tomllib
from pathlib import Path
from typing import Any, Literal

import orjson
from msgspec import Struct, convert

HERE = Path(__file__).parent
USUAL_CHAT = "u2i-Qe7k_W2m~RtY5vB1nHs0pA"
BUYER, ITEM = 205006007, 4100200300
PREFIX = "[Системное сообщение]"
LOST_TEXT = "Этого webhook не довёз"
_NEWEST = 1793000600
_TIME = re.compile(rb"\b(179[23]\d{6})(\d{3})?\b")

Outcome = Literal["shown", "looked up", "deletion", "nothing", "dead letter", "product"]


class Webhook(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A body that is posted `times` to the webhook's address.

    `becomes`: `shown` by itself; `looked up`: Avito has the message, and it is shown by asking; `deletion`:
    the buyer's text `before` is shown as deleted; `nothing`: neither shown nor a dead letter; `product`: it
    is counted as one of another product of Avito's.
    `before`: what the buyer wrote first, under `before_id`. `quiet`: not unread, rings not, waits not.
    `type`, `created`, `text`: as operators see them, where the body does not say so itself. `reason`: of its
    dead letter, which also stands where it is looked up. `asked`: the letter says what Avito answered.
    `drawn`: words of its bubble in the panel, where these are not its text.
    """

    name: str
    says: str
    becomes: Outcome = "shown"
    direction: Literal["in", "out", "system"] = "in"
    type: str | None = None
    text: str | None = None
    created: float | None = None
    quiet: bool = False
    unread: int = 1
    rings: bool = True
    waits: bool = True
    times: int = 1
    before: str | None = None
    before_id: str = "before"
    chat: str | None = None
    chat_type: Literal["u2i", "u2u", "a2u"] = "u2i"
    reason: str = ""
    asked: bool = False
    drawn: str | None = None
    product: str | None = None

    def body(self, now: float) -> bytes:
        """Return the bytes to post: the row's own chat, times moved so that the newest is a minute ago."""
        return rewritten(self.name, now).replace(USUAL_CHAT.encode(), self.chat_id.encode())

    def shown(self, now: float) -> dict[str, Any]:
        """Return what operators must see of the message: what the body says, but for what the row says."""
        said = _message_in(self.body(now)) if self.becomes == "shown" else {}
        created, kind = said.get("created"), said.get("type")
        facts = {
            "type": kind if isinstance(kind, str) else None,
            "created": created if isinstance(created, int) else None,
            "content": said["content"] if isinstance(said.get("content"), dict) else None,
        }
        own = {"type": self.type, "text": self.text, "created": self.created and moved(self.created, now)}
        facts |= {name: value for name, value in own.items() if value is not None}
        return {name: value for name, value in facts.items() if value is not None}

    @property
    def chat_id(self) -> str:
        """The chat it is about."""
        own = f"u2i-Row{self.name[:2]}_W2m~RtY5vB1nHs0pA"
        named = self._fields.get("chat_id", self._fields.get("chatId", USUAL_CHAT))
        return self.chat or (own if named == USUAL_CHAT else str(named))

    @property
    def message_id(self) -> str:
        """The message it is about."""
        return (
            self.before_id if self.becomes == "deletion" else str(self._fields.get("id", f"lost-{self.name}"))
        )

    @property
    def words(self) -> str:
        """What its bubble in the panel says."""
        if self.becomes == "deletion":
            return "Сообщение удалено"
        if self.becomes == "looked up":
            return self.text or LOST_TEXT
        return self.drawn or self.text or str(self._fields["content"]["text"]).removeprefix(PREFIX).strip()

    @property
    def at_avito(self) -> bool:
        """Whether Avito has the chat."""
        return self.is_shown and "/" not in self.chat_id

    @property
    def is_shown(self) -> bool:
        """Whether operators see its message."""
        return self.becomes in ("shown", "looked up", "deletion")

    @property
    def _fields(self) -> dict[str, Any]:
        return _message_in(source(self.name))


class Answer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An answer of Avito's API to an operation about a chat of the row's own.

    `author`: who wrote there. `buyer`, `item`: name and title, or none. `quote`: the id that is quoted.
    """

    name: str
    says: str
    operation: Literal["chat", "messages", "chats", "token", "send", "upload"]
    author: int = BUYER
    buyer: str | None = None
    item: str | None = None
    buying: bool = False
    waits: bool = True
    direction: Literal["in", "system"] = "in"
    text: str | None = None
    quote: str | None = None

    @property
    def chat_id(self) -> str:
        """The chat it is about."""
        return f"u2i-Row{self.name[:3].strip('-')}_W2m~RtY5vB1nHs0pA"

    def body(self, now: float) -> str:
        """Return the body, about the row's own chat, with times of the last minutes."""
        text = rewritten(self.name, now).decode()
        return re.sub(r'"(u2i-[\w~]{20,}|c1)"', f'"{self.chat_id}"', text)


def _message_in(body: bytes) -> dict[str, Any]:
    """Return the innermost object that names a chat, empty where there is none."""
    try:
        told = orjson.loads(body)
    except orjson.JSONDecodeError:  # an empty body, or a number beyond 64 bits
        return {}
    for name in ("payload", "value", "message"):
        told = told.get(name, told) if isinstance(told.get(name, {}), dict) else told
    return told if {"chat_id", "chatId"} & told.keys() else {}


def source(name: str) -> bytes:
    """Return a body as it was met."""
    (path,) = (HERE / "bodies").glob(f"{name}.*")
    return path.read_bytes()


def rewritten(name: str, now: float) -> bytes:
    """Return a body with times moved to the last minutes before `now`."""
    return _TIME.sub(lambda one: str(moved(int(one[1]), now)).encode() + (one[2] or b""), source(name))


def moved(created: float, now: float) -> float:
    """Return a time of the table as it is posted at `now`."""
    return created + int(now) - _NEWEST - 60


def webhooks() -> list[Webhook]:
    """Return all rows about webhooks."""
    return [convert({"name": name} | row, Webhook) for name, row in table("webhooks").items()]


def answers() -> dict[str, Answer]:
    """Return all rows about answers of Avito's API, by the number of the file."""
    rows = (convert({"name": name} | row, Answer) for name, row in table("answers").items())
    return {row.name.partition("-")[0]: row for row in rows}


def table(name: str) -> dict[str, dict[str, Any]]:
    """Return the rows of a table as they stand in its file."""
    return tomllib.loads((HERE / f"{name}.toml").read_text("utf-8"))
