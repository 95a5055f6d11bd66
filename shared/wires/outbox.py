"""What the gateway hands the worker to be sent, and how a reply stands: words, wire, bounds.

The truth is one hash a reply (keys.reply), whose fields lua/_outbox.lua names, and one list of refs a chat.
Operators see its item: `{ref, chat_id, kind, text, by, at, state, code, reason, detail, retryable, tries,
since, progress, message_id}`. `code` is a word for machines, `reason` the same in plain Russian with `detail`
(Avito's own words) at its end, null while all is well; `since` (Unix seconds) tells how long the trouble
lasts; `progress` (0 to 1) is a picture's upload.
"""

import hashlib
import re
from dataclasses import dataclass
from typing import Literal

import orjson

from shared.redis import keys

ReplyKind = Literal["text", "image"]
ReplyState = Literal["queued", "sending", "sent", "failed", "cancelled"]

REF = re.compile(r"[A-Za-z0-9-]{1,64}")
MAX_TEXT_LENGTH = 1000
MAX_QUEUED_IN_CHAT = 200
MAX_QUEUED = 10_000
PICTURE_KEPT_S = 90_000
"""A little longer than a reply is tried."""


@dataclass(frozen=True, slots=True)
class PendingPicture:
    """A picture that waits to be sent: chunks under keys.picture, room under keys.PICTURES."""

    id: str
    size: int
    content_type: str

    @property
    def room(self) -> str:
        """Its member of keys.PICTURES."""
        return f"{self.id} {self.size}"

    def write(self) -> str:
        """Return the reply's field `picture`."""
        return f"{self.id} {self.size} {self.content_type}"


def read_picture(text: str) -> PendingPicture | None:
    """Read what `write` wrote; None for anything else."""
    words = text.split(" ")
    if len(words) != 3 or not words[1].isdigit():
        return None
    return PendingPicture(words[0], int(words[1]), words[2])


@dataclass(frozen=True, slots=True)
class NewReply:
    """What is to be sent. `by`: who wants it, None: it is automatic. `digest`: a picture's, else ''."""

    account_id: int
    chat_id: str
    ref: str
    by: str | None
    at: float
    text: str = ""
    digest: str = ""
    picture: PendingPicture | None = None
    seen: int | None = None
    """Seq of the last event on the screen of who writes; None: whatever others answered, this goes too."""
    epoch: str | None = None
    """The epoch in which it was wanted: in another one it is looked for before it is tried. None: now's."""

    @property
    def kind(self) -> ReplyKind:
        """Whether this is a text or a picture."""
        return "image" if self.digest else "text"


def reply_fields(wish: NewReply) -> dict[str, str | bytes | float]:
    """Return the fields of a new reply, see lua/_outbox.lua."""
    by, picture = orjson.dumps(wish.by), wish.picture
    head = {
        "ref": wish.ref,
        "chat_id": wish.chat_id,
        "kind": wish.kind,
        "text": wish.text,
        "by": wish.by,
        "at": wish.at,
    }
    scope = b'"account_id":%d,"chat_id":%b' % (wish.account_id, orjson.dumps(wish.chat_id))
    empty = ("first", "began", "ended", "how", "looked", "until", "doubt", "match", "held", "image")
    told: dict[str, str | bytes | float] = {}
    if wish.seen is not None:
        told["seen"] = str(wish.seen)
    if wish.epoch is not None:
        told["epoch"] = wish.epoch
    return told | {
        "ref": wish.ref,
        "chat": wish.chat_id,
        "kind": wish.kind,
        "text": wish.text,
        "by": by,
        "same": _same(wish),
        "member": f"{wish.account_id}/{wish.ref}",
        "scope": scope,
        "head": orjson.dumps(head)[1:-1],
        "picture": picture.write() if picture else "",
        "chunks": keys.picture(wish.account_id, picture.id) if picture else "",
        "room": picture.room if picture else "",
        "queued": repr(wish.at),
        "state": "queued",
        "retryable": "false",
        "tries": "0",
        **dict.fromkeys(("code", "reason", "detail", "since", "progress", "message_id"), "null"),
        **dict.fromkeys((*empty, "message", "sure"), ""),
    }


def _same(wish: NewReply) -> str:
    words = orjson.dumps([wish.kind, wish.chat_id, wish.digest or wish.text])
    return hashlib.blake2b(words, digest_size=16).hexdigest()
