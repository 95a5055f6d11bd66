"""When the inbox is too full to take more, and how fast the spool may empty itself into it."""

from dataclasses import dataclass

INBOX_MARK = 100_000
MEMORY_MARK = 0.7
"""Share of maxmemory above which webhooks go to the spool, so that commits keep their headroom."""
TRICKLE = 100
"""Entries that the inbox may hold while memory is above its mark: messages get through, if slowly."""


@dataclass(frozen=True, slots=True)
class Pressure:
    """How full Redis is: entries in the inbox, bytes used, bytes allowed (0: no limit)."""

    waiting: int = 0
    used: int = 0
    allowed: int = 0

    @property
    def overloaded(self) -> bool:
        """Whether new webhooks go to the spool."""
        return self.waiting >= INBOX_MARK or self._short_of_memory

    @property
    def room(self) -> int:
        """How many spooled entries may go into the inbox before it is measured again."""
        mark = TRICKLE if self._short_of_memory else INBOX_MARK
        return max(0, mark - self.waiting)

    @property
    def _short_of_memory(self) -> bool:
        return 0 < self.allowed * MEMORY_MARK <= self.used
