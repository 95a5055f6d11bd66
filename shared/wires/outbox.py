"""A reply that the gateway queues for the worker to send: its fields, states and bounds.

Each reply is a hash (keys.reply), whose fields are named in lua/_outbox.lua; its ref is in its chat's list.
Operators see its item: `{ref, chat_id, kind, text, by, at, state, code, reason, detail, retryable, tries,
since, progress, message_id}`. `code` is for machines, `reason` the same in plain Russian with `detail`
(Avito's own words) at its end, null without trouble; `since` (Unix seconds) is when the trouble began;
`progress` (0 to 1) is a picture's upload.
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
"""A little longer than a reply is attempted."""


@dataclass(frozen=True, slots=True)
class PendingPicture:
    """A picture that waits to be sent: chunks in keys.picture, its size in keys.PICTURES."""

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
    """Parse what `write` returned; None for anything else."""
    words = text.split(" ")
    if len(words) != 3 or not words[1].isdigit():
        return None
    return PendingPicture(words[0], int(words[1]), words[2])


@dataclass(frozen=True, slots=True)
class NewReply:
    """A reply to be queued. `by`: its author, None: it is automatic. `digest`: a picture's, else ''."""

    account_id: int
    chat_id: str
    ref: str
    by: str | None
    at: float
    text: str = ""
    digest: str = ""
    picture: PendingPicture | None = None
    seen: int | None = None
    """Seq of the last event on the author's screen; None: it is sent even if a colleague has answered."""
    epoch: str | None = None
    """The epoch of its request: in another one it is looked for before it is sent. None: the current."""

    @property
    def kind(self) -> ReplyKind:
        """Text or picture."""
        return "image" if self.digest else "text"


def reply_fields(new_reply: NewReply) -> dict[str, str | bytes | float]:
    """Return the fields of a new reply, see lua/_outbox.lua."""
    by, picture = orjson.dumps(new_reply.by), new_reply.picture
    head = {
        "ref": new_reply.ref,
        "chat_id": new_reply.chat_id,
        "kind": new_reply.kind,
        "text": new_reply.text,
        "by": new_reply.by,
        "at": new_reply.at,
    }
    scope = b'"account_id":%d,"chat_id":%b' % (new_reply.account_id, orjson.dumps(new_reply.chat_id))
    empty = ("first", "began", "ended", "how", "looked", "until", "doubt", "match", "held", "image")
    optional: dict[str, str | bytes | float] = {}
    if new_reply.seen is not None:
        optional["seen"] = str(new_reply.seen)
    if new_reply.epoch is not None:
        optional["epoch"] = new_reply.epoch
    return optional | {
        "ref": new_reply.ref,
        "chat": new_reply.chat_id,
        "kind": new_reply.kind,
        "text": new_reply.text,
        "by": by,
        "same": _same(new_reply),
        "member": f"{new_reply.account_id}/{new_reply.ref}",
        "scope": scope,
        "head": orjson.dumps(head)[1:-1],
        "picture": picture.write() if picture else "",
        "chunks": keys.picture(new_reply.account_id, picture.id) if picture else "",
        "room": picture.room if picture else "",
        "queued": repr(new_reply.at),
        "state": "queued",
        "retryable": "false",
        "tries": "0",
        **dict.fromkeys(("code", "reason", "detail", "since", "progress", "message_id"), "null"),
        **dict.fromkeys((*empty, "message", "sure"), ""),
    }


def _same(new_reply: NewReply) -> str:
    words = orjson.dumps([new_reply.kind, new_reply.chat_id, new_reply.digest or new_reply.text])
    return hashlib.blake2b(words, digest_size=16).hexdigest()
