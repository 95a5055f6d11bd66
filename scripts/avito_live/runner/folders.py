"""The folders of a run: everything is below `var`, the demo's data in a folder of its own."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Folders:
    """The folders of one installation; `home` holds `.env` and `var`."""

    home: Path
    demo: bool = False

    @property
    def data(self) -> Path:
        """Data that must survive; the demo and a real account have separate folders."""
        return self.home / "var" / "demo" if self.demo else self.home / "var"

    @property
    def redis(self) -> Path:
        """Data and configuration of the embedded Redis."""
        return self.data / "redis"

    @property
    def lock(self) -> Path:
        """The lock of the only run that is allowed; the file names its process."""
        return self.home / "var" / "run" / "lock"

    @property
    def redis_url(self) -> Path:
        """The file with the address of the run's Redis, valid while the lock is held."""
        return self.lock.with_name("redis-url")

    def log(self, part: str) -> Path:
        """The path of a part's log."""
        return self.home / "var" / "log" / f"{part}.log"
