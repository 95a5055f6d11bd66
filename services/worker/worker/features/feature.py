"""What a feature of the worker is: its settings, and the name of what runs it.

That is imported when a worker starts, so that a command that checks the settings imports none of it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pkgutil import resolve_name
from typing import Any

from shared.settings import Environment
from worker.settings import Settings


@dataclass(frozen=True, slots=True)
class Feature:
    """A feature as it is set. `loops` names what builds its loops, `module:function`.

    That takes the account, the lease of its leader and `settings`, and is called once for an account. A
    feature that is switched off has no loops, or one that tidies up.
    """

    loops: str
    settings: tuple[Any, ...] = ()

    def load(self) -> Callable[..., Any]:
        """Import what builds the loops."""
        make_loops: Callable[..., Any] = resolve_name(self.loops)
        return make_loops


PlugIn = Callable[[Environment, Settings], Feature]
"""Reads the settings of a feature; the environment collects the faults."""
