"""Work that swallows a cancellation, as redis-py does in Python 3.11 when a reply comes in the same tick."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Stubborn:
    """`run` continues after one cancellation; `ended` is set at its real end."""

    ended: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self, *_: Any) -> None:
        try:
            with suppress(asyncio.CancelledError):
                await asyncio.Event().wait()
            await asyncio.Event().wait()
        finally:
            self.ended.set()
