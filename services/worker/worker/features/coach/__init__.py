"""How fast buyers are answered: finds each first answer in its thread and writes it down (docs/coach.md)."""

from shared.settings import Environment
from worker.features.feature import Feature
from worker.settings import Settings


def plug_in(environment: Environment, settings: Settings) -> Feature:
    """Write first answers down; there is nothing to set."""
    return Feature(f"{__name__}.loops:make_loops")
