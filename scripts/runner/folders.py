"""Where a run keeps what: everything lies below `var`, the demo's data in a folder of its own."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Folders:
    """The folders of one installation; `home` holds `.env` and `var`."""

    home: Path
    demo: bool = False

    @property
    def data(self) -> Path:
        """What must survive: other folders for the demo and for a real account."""
        return self.home / "var" / "demo" if self.demo else self.home / "var"

    @property
    def redis(self) -> Path:
        """The embedded Redis' data and configuration."""
        return self.data / "redis"

    @property
    def run(self) -> Path:
        """What is true only while the system runs."""
        return self.home / "var" / "run"

    @property
    def lock(self) -> Path:
        """Held by the one run there may be; names its process."""
        return self.run / "lock"

    def log(self, part: str) -> Path:
        """A part's log."""
        return self.home / "var" / "log" / f"{part}.log"

    def log_shown(self, part: str) -> str:
        """The same, short, for people."""
        return str(self.log(part).relative_to(self.home))
