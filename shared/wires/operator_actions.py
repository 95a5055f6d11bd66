"""Operators' actions at Avito besides replies: delete a message, mark a chat as read, block a buyer.

Kept in keys.operator_actions until done, refused or too old to matter; the job is only a hint. One worker
runs an action at a time, and again if Avito's response was lost. Values are JSON: `{kind, chat_id, at, by}`
and the fields of the kind.
"""

from dataclasses import asdict, dataclass, fields
from typing import Literal

import orjson

ActionKind = Literal["delete", "read", "blacklist"]
KEPT_S = 3600.0


@dataclass(frozen=True, slots=True)
class OperatorAction:
    """One action. `at`: Unix seconds; `reason_id` (1 to 4): of a blacklist; `begun`: Avito may know it.

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
        """Tell whether a message is the last one seen; if that is unknown, whether it is older."""
        return message_id == self.message_id if self.message_id else created <= self.at


def write(action: OperatorAction) -> bytes:
    """Return the JSON without empty fields, which older versions may not know."""
    return orjson.dumps({name: value for name, value in asdict(action).items() if value})


def read(data: bytes) -> OperatorAction:
    """Parse what `write` returned, also in a newer version. Raises ValueError or TypeError."""
    known = {field.name for field in fields(OperatorAction)}
    action = OperatorAction(**{name: value for name, value in orjson.loads(data).items() if name in known})
    if not isinstance(action.at, int | float):
        raise ValueError("no time")  # noqa: TRY004 - as for other text
    return action
