"""A change of mode, and what the loops of this process signal to each other."""

import asyncio
from dataclasses import dataclass, field

import orjson

from shared.avito_state import AvitoTrouble
from worker.sync.subscription.mode import Mode


@dataclass(frozen=True, slots=True)
class ModeSwitch:
    """A change of mode as it is kept. `at` in Unix s; `before` None: the first mode."""

    at: float
    before: Mode | None
    mode: Mode
    reason: str
    code: str
    recovered: int = 0
    detail: str = ""
    """As in ModeDecision."""
    trouble: AvitoTrouble = ""
    """Avito's, which the reason names before that of the mode."""

    def to_json(self) -> bytes:
        """Return it as it is kept in the list of switches."""
        return orjson.dumps(
            {
                "at": self.at,
                "from": self.before,
                "to": self.mode,
                "why": self.reason or None,
                "code": self.code,
                "recovered": self.recovered,
            }
        )


@dataclass(slots=True)
class LoopSignals:
    """What the loops of sync tell each other within one process.

    `look`: look at the subscription now. `at_once`: sweep now. `switch`: the sweep after it is still to come.
    `looked_at`: when (monotonic s) the list of subscriptions was last asked for, answered or not; 0.0: never.
    """

    mode: Mode = "polling"
    look: asyncio.Event = field(default_factory=asyncio.Event)
    at_once: bool = True
    switch: ModeSwitch | None = None
    looked_at: float = 0.0
