"""When a part that died is started again, and when to give up. Pure: the time comes in."""

from dataclasses import dataclass, field

_DELAYS = (0.5, 1.0, 2.0, 4.0, 8.0)
_FORGIVEN_AFTER_S = 120.0


@dataclass(slots=True)
class Restarts:
    """The deaths of one part; those older than two minutes are forgiven."""

    deaths: list[float] = field(default_factory=list)

    def after_death(self, now: float) -> float | None:
        """Return the seconds to wait before the next start; None: give up."""
        self.deaths = [at for at in self.deaths if now - at < _FORGIVEN_AFTER_S]
        self.deaths.append(now)
        return _DELAYS[len(self.deaths) - 1] if len(self.deaths) <= len(_DELAYS) else None
