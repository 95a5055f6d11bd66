"""Every interval of sweeps and the subscription. Pure.

A SWEEP_INTERVAL_S below 300 shrinks all of them with it, for quick tests; a longer one stretches none.
"""

from dataclasses import dataclass

from shared.timing.backoff import Backoff

_USUAL_SWEEP_S = 300.0
_PUT_BACK = Backoff(first=60.0, most=3600.0)
_AGAIN = Backoff(first=10.0, most=300.0)
_SHORTEST_PROOF_S = 3.0
"""A webhook on its way needs this long on any scale."""


@dataclass(frozen=True, slots=True)
class SyncIntervals:
    """All in seconds. `poll_s`, `sweep_s` and `watch_s` come from the settings."""

    poll_s: float = 30.0
    sweep_s: float = 300.0
    watch_s: float = 60.0

    @property
    def tick_s(self) -> float:
        """How often the facts in Redis are read; the mode follows within two of these."""
        return min(1.0, max(0.05, self.poll_s / 10))

    @property
    def proof_s(self) -> float:
        """How long after a sweep a webhook may come before its message counts as missed."""
        return max(_SHORTEST_PROOF_S, self._scaled(60))

    @property
    def misses_within_s(self) -> float:
        """The time within which misses are counted; too many of them lead to polling."""
        return max(3 * _SHORTEST_PROOF_S, self._scaled(900))

    @property
    def calm_s(self) -> float:
        """After so long without a miss, webhooks are trusted again."""
        return max(2 * _SHORTEST_PROOF_S, self._scaled(600))

    @property
    def at_once_s(self) -> float:
        """The least time between two sweeps that are due at once."""
        return self._scaled(10)

    @property
    def day_s(self) -> float:
        """Every thread is read again this often."""
        return self._scaled(86_400)

    @property
    def notice_s(self) -> float:
        """After so long in polling the owner is alerted."""
        return self._scaled(600)

    def put_back_after_s(self, tries: int) -> float:
        """How long to wait before the subscription is put back for the `tries`-th time in a row (from 0)."""
        return 0.0 if tries <= 0 else self._scaled(_PUT_BACK.pause(tries))

    def again_after_s(self, failures: int) -> float:
        """How long after a sweep that failed, for the `failures`-th time in a row, the next may begin."""
        return self._scaled(_AGAIN.pause(failures))

    def _scaled(self, seconds: float) -> float:
        return seconds * min(1.0, self.sweep_s / _USUAL_SWEEP_S)
