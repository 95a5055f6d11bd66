"""The system under attack, and its checks: valid messages in time, memory, 5xx, tracebacks."""

import asyncio
import itertools
import re
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from testbed import System, meanwhile, running_system
from tests.push_gateway.panel import Panel, Socket
from tests.support.yardstick import lateness

PARTS = ("ingest", "worker", "gateway")
_EVERY_S = 0.2
_IN_TIME_S = 5.0
"""Of a machine that does nothing else, see tests/support/yardstick.py."""
_GROWTH_MIB = 48.0


@dataclass(slots=True)
class Figures:
    """The figures of one kind of attack: seconds, and MiB by which resident memory has grown."""

    name: str
    outcomes: Counter[str] = field(default_factory=Counter)
    good_s: list[float] = field(default_factory=list)
    growth_mib: dict[str, float] = field(default_factory=dict)
    seconds: float = 0.0
    faults: list[str] = field(default_factory=list)

    def row(self) -> str:
        """Return a row of a Markdown table."""
        good = self.good_s or [0.0]
        told = ", ".join(f"{what} {count:,}" for what, count in self.outcomes.most_common(8))
        growth = ", ".join(f"{part} {mib:+.0f}" for part, mib in self.growth_mib.items())
        return (
            f"| {self.name} | {self.outcomes.total():,} | {self.seconds:.0f} s | {told} "
            f"| {len(self.good_s)}, p50 {median(good) * 1000:.0f} ms, worst {max(good) * 1000:.0f} ms "
            f"| {growth} |"
        )


HEADER = "| attack | sent | in | answers | good messages meanwhile | memory, MiB |\n|---|---|---|---|---|---|"


@dataclass(slots=True)
class Stage:
    """A running system with a logged-in owner.

    `chat` is where good messages are written meanwhile, `target` one that is attacked.
    """

    system: System
    panel: Panel
    chat: str
    target: str

    @asynccontextmanager
    async def watched(self, name: str) -> AsyncIterator[Figures]:
        """Watch the system during the block; afterwards `faults` has what must not happen."""
        figures = Figures(name)
        logged = {part: len(self._log(part)) for part in PARTS}
        began = time.monotonic()
        # The socket is not the task's: one that is cancelled twice does not close it.
        async with (
            self.panel.socket() as socket,
            meanwhile(self._write_good_messages(socket, figures)),
            meanwhile(self._weigh(figures)),
        ):
            yield figures
        figures.seconds = time.monotonic() - began
        self._judge(figures, logged)

    async def _write_good_messages(self, socket: Socket, figures: Figures) -> None:
        await socket.read()
        for number in itertools.count(1):
            message = await self.system.avito.write(self.chat, f"good message {number}")
            within_s = _IN_TIME_S * lateness()
            began = time.monotonic()
            try:
                async with asyncio.timeout(within_s):
                    while (await socket.read_type("message"))["message"]["id"] != message:
                        continue
            except TimeoutError:
                figures.faults.append(f"a good message was not shown within {within_s:.0f} s")
            else:
                figures.good_s.append(time.monotonic() - began)
            await asyncio.sleep(_EVERY_S)

    async def _weigh(self, figures: Figures) -> None:
        """Note the growth of each part since its first three seconds."""
        warm: dict[str, float] = {}
        for second in itertools.count(1):
            await asyncio.sleep(1)
            for part in PARTS:
                weight = self.system.part(part).resident_bytes() / 2**20
                if second <= 3:
                    warm[part] = max(warm.get(part, 0.0), weight)
                figures.growth_mib[part] = weight - warm[part]

    def _judge(self, figures: Figures, logged: dict[str, int]) -> None:
        for part in PARTS:
            if not self.system.part(part).is_alive:
                figures.faults.append(f"{part} died")
            new = self._log(part)[logged[part] :]
            if "Traceback" in new:
                figures.faults.append(f"{part} logged a traceback: {new[new.index('Traceback') :][:2_000]}")
        figures.faults += [
            f"{count} answers were {what}"
            for what, count in figures.outcomes.items()
            if re.fullmatch("5..", what) and what != "503"
        ]
        figures.faults += [
            f"{part} grew by {mib:.0f} MiB" for part, mib in figures.growth_mib.items() if mib > _GROWTH_MIB
        ]
        if not figures.good_s:
            figures.faults.append("no good message was seen")

    def _log(self, part: str) -> str:
        return self.system.part(part).log.read_text("utf-8", "replace")


@asynccontextmanager
async def set_up(folder: Path) -> AsyncIterator[Stage]:
    """Yield a running system with few log lines."""
    environ = {"LOG_LEVEL": "WARNING", "TRUSTED_PROXIES": "127.0.0.1"}
    async with running_system(folder, "ingest", "worker", "gateway", environ=environ) as system:
        await system.avito.subscribe(system.webhook_url)
        chat, target = await system.avito.chat(), await system.avito.chat()
        await system.avito.write(target, "Ещё продаёте?")
        async with Panel.at(system.url("gateway")) as panel:
            await panel.log_in()
            yield Stage(system, panel, chat, target)
