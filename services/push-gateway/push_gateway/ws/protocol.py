"""What goes over `WS /admin/avito/ws`: every frame of the core and every close code; features add theirs."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Literal, TypeGuard
from urllib.parse import parse_qs

import orjson

from push_gateway.auth.access import SocketRefusal
from shared.redis.info import Refusal
from shared.redis.journal import JournalPosition

MAX_FRAME = 64 * 1024
"""Bytes of one client message; above it the connection is closed with 1009."""

LONGEST_ID = 256


class CloseCode(IntEnum):
    """Why the gateway ends a connection. All but NO_SESSION and FOREIGN_ORIGIN mean: come back and resume."""

    TOO_BIG = 1009
    """A client message above MAX_FRAME."""
    RESTARTING = 1012
    """The gateway ends; come back with jitter."""
    REDIS_AWAY = 1013
    """Nothing can be read now; come back later."""
    NO_SESSION = 4401
    """No session, or it has ended: the operator must log in."""
    FOREIGN_ORIGIN = 4403
    """The page that opened the socket is not one of ours."""
    TOO_SLOW = 4408
    """The client does not read, or has been silent for 45 s; it resumes from its position."""
    TOO_MANY = 4429
    """Too many connections of one session or address, or too many frames."""


REFUSED: dict[SocketRefusal, CloseCode] = {
    "foreign origin": CloseCode.FOREIGN_ORIGIN,
    "catching up": CloseCode.REDIS_AWAY,
    "no session": CloseCode.NO_SESSION,
    "too many connections": CloseCode.TOO_MANY,
}
"""How a socket is closed that is not admitted."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a hello tells of the system besides the position."""

    mode: str = "webhook"
    reason: str | None = None
    code: str | None = None
    """The reason as one word."""
    detail: str | None = None
    """What the reason names besides: a host, a number."""
    demo: bool = False
    """Whether the buyers are made up."""
    imported: tuple[int, int] | None = None
    """Chats of the first import that were read, and all of them; None when there was none."""
    refusal: Refusal = ""
    """Why nothing new is stored."""


@dataclass(frozen=True, slots=True)
class Ping:
    """The client is there."""


@dataclass(frozen=True, slots=True)
class Shown:
    """The client has drawn everything up to this event."""

    seq: int


@dataclass(frozen=True, slots=True)
class FeatureFrame:
    """A frame that a feature understands; `data` is unchecked."""

    type: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class FrameRefusal:
    """Why a frame is not taken; `message` says it in plain words."""

    code: Literal["bad_frame", "forbidden", "too_many"]
    message: str


ClientFrame = Ping | Shown | FeatureFrame | FrameRefusal


def read(text: str, feature_types: Collection[str] = ()) -> ClientFrame:
    """Understand one client message, of the core or of one of `feature_types`; never raises."""
    try:
        data = orjson.loads(text)
    except orjson.JSONDecodeError:
        return FrameRefusal("bad_frame", "not JSON")
    if not isinstance(data, dict):
        return FrameRefusal("bad_frame", "not a JSON object")
    kind, seq = data.get("type"), data.get("seq")
    match kind:
        case "ping":
            return Ping()
        case "shown" if isinstance(seq, int) and not isinstance(seq, bool) and 0 <= seq < 2**63:
            return Shown(seq)
        case str() if kind in feature_types:
            return FeatureFrame(kind, data)
    return FrameRefusal("bad_frame", "shown needs a seq" if kind == "shown" else "unknown type")


def is_id(value: Any) -> TypeGuard[str]:
    """Whether this may be the id of a chat or a message."""
    return isinstance(value, str) and 0 < len(value) <= LONGEST_ID


def hello(position: JournalPosition, facts: Facts, operator: str, version: str, *, recovered: bool) -> bytes:
    """Return the first frame; the following ones go on from `position`. `demo` is there only in a demo."""
    frame = {
        "type": "hello",
        "epoch": position.epoch,
        "seq": position.seq,
        "recovered": recovered,
        "mode": facts.mode,
        "reason": facts.reason,
        "code": facts.code,
        "detail": facts.detail,
        "operator": operator,
        "version": version,
    }
    return orjson.dumps(frame | {"demo": True} if facts.demo else frame)


PONG = b'{"type":"pong"}'
DEMO = b'{"type":"demo"}'
"""The buyers are made up; told when it becomes known, as a worker may start after the panel was opened."""


def link(state: Literal["live", "catching_up"], refusal: Refusal = "") -> bytes:
    """Return the frame that says whether the screen is up to date, and why it is not, if Redis refuses."""
    frame = {"type": "link", "state": state}
    return orjson.dumps(frame | {"code": refusal} if refusal else frame)


def imported(done: int, total: int) -> bytes:
    """Return the frame that says how far the first import of the account's chats is."""
    return orjson.dumps({"type": "import", "done": done, "total": total})


def error(refusal: FrameRefusal) -> bytes:
    """Return the answer to a frame that was not taken."""
    return orjson.dumps({"type": "error", "code": refusal.code, "message": refusal.message})


def encode(payload: bytes) -> bytes:
    """Return a server's text frame (RFC 6455, 5.2: FIN, no mask), ready for the transport."""
    size = len(payload)
    if size < 126:
        head = bytes((0x81, size))
    elif size < 65_536:
        head = b"\x81\x7e" + size.to_bytes(2, "big")
    else:
        head = b"\x81\x7f" + size.to_bytes(8, "big")
    return head + payload


def read_claim(query: str) -> JournalPosition | None:
    """Read the position that a client says it has reached (`?epoch=…&seq=…`); None for anything else."""
    try:
        words = parse_qs(query, max_num_fields=8)
    except ValueError:
        return None
    epoch, seq = words.get("epoch", [""])[0], words.get("seq", [""])[0]
    if not epoch or len(epoch) > 64 or not (seq.isascii() and seq.isdigit()) or len(seq) > 18:
        return None
    return JournalPosition(epoch, int(seq))
