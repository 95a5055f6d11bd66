"""What Avito is to be told besides replies: a message deleted, a chat read, a buyer blocked.

Kept in keys.operator_actions until it is done, refused or too old to matter; the job is only a hint. One
worker does it at a time; one whose answer was lost is done again. Values are JSON:
`{kind, chat_id, at, by}` and what the kind needs.
"""

from dataclasses import asdict, dataclass, fields
from typing import Literal

import orjson

ActionKind = Literal["delete", "read", "blacklist"]
KEPT_S = 3600.0


@dataclass(frozen=True, slots=True)
class OperatorAction:
    """One of them. `at` Unix seconds; `reason_id` (1 to 4) for blacklist; `begun`: Avito may know already.

    `message_id`: the one to delete; of a read, the last one that the operator saw ('' from older versions).
    """

    kind: ActionKind
    chat_id: str
    at: float
    by: str
    message_id: str = ""
    reason_id: int = 0
    begun: bool = False

    def saw_last(self, message_id: str, created: float) -> bool:
        """Tell whether a message is the last one that was seen, or older where nobody said which it is."""
        return message_id == self.message_id if self.message_id else created <= self.at


def write(errand: OperatorAction) -> bytes:
    """Return the JSON: what an older version does not know is left out while it says nothing."""
    return orjson.dumps({name: value for name, value in asdict(errand).items() if value})


def read(data: bytes) -> OperatorAction:
    """Read what `write` wrote, a newer version's too."""
    known = {field.name for field in fields(OperatorAction)}
    return OperatorAction(**{name: value for name, value in orjson.loads(data).items() if name in known})
