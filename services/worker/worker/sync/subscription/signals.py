"""What the loops of the watch tell each other, within one process."""

import asyncio
from dataclasses import dataclass, field

from worker.sync.subscription.mode import Mode
from worker.sync.subscription.switch import Switch


@dataclass(slots=True)
class LoopSignals:
    """`look`: at the subscription, at once. `at_once`: sweep at once. `switch`: still without its backfill.

    `looked_at`: when (monotonic s) the list of subscriptions was last asked for, with or without an answer;
    0.0: never.
    """

    mode: Mode = "polling"
    look: asyncio.Event = field(default_factory=asyncio.Event)
    at_once: bool = True
    switch: Switch | None = None
    looked_at: float = 0.0
