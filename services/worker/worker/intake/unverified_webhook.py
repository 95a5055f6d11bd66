"""What one unproven webhook says it is. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from shared.wires import inbox
from worker.messages.message import Probe, Unreadable
from worker.messages.reading import read_webhook


@dataclass(frozen=True, slots=True)
class UnverifiedWebhook:
    """A message that may be there. `deleted`: it is said to be gone, so knowing its id is not enough."""

    chat_id: str
    message_id: str
    deleted: bool

    @property
    def name(self) -> str:
        """How it is called among unproved and hinted messages."""
        return f"{self.chat_id} {self.message_id}"


Dropped: TypeAlias = Literal["probe", "junk"]


def read_unverified(
    fields: Mapping[bytes, bytes], account_id: int, now: float
) -> UnverifiedWebhook | Dropped:
    """Understand an entry of the hints; whatever is in it, this never raises for its content."""
    try:
        read = read_webhook(inbox.read(fields).body, account_id, now)
    except Unreadable:
        return "junk"
    if isinstance(read, Probe):
        return "probe"
    return UnverifiedWebhook(read.message.chat_id, read.message.id, read.message.deleted)
