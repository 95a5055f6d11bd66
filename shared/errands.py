"""What Avito is to be told besides replies: a message deleted, a chat read, a buyer blocked.

Kept in keys.errands until it is done or refused, or too old to matter; the job is only a hint. Doing one
twice does no harm. Values are JSON: `{kind, chat_id, at, by}` and what the kind needs.
"""

from dataclasses import asdict, dataclass
from typing import Literal

import orjson

ErrandKind = Literal["delete", "read", "blacklist"]
KEPT_S = 3600.0


@dataclass(frozen=True, slots=True)
class Errand:
    """One of them. `at` Unix seconds; `reason_id` (1 to 4) for blacklist.

    `message_id`: the one to delete; of a read, the last one that the operator saw ('' from older versions).
    """

    kind: ErrandKind
    chat_id: str
    at: float
    by: str
    message_id: str = ""
    reason_id: int = 0

    def saw_last(self, message_id: str, created: float) -> bool:
        """Tell whether a message is the last one that was seen, or older where nobody said which it is."""
        return message_id == self.message_id if self.message_id else created <= self.at


def write(errand: Errand) -> bytes:
    """Return the JSON."""
    return orjson.dumps(asdict(errand))


def read(data: bytes) -> Errand:
    """Read what `write` wrote."""
    return Errand(**orjson.loads(data))
