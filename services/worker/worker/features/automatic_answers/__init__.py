"""The automatic answer outside working hours: off until the owner switches it on (docs/coach.md)."""

from shared.settings import Environment
from worker.features.feature import Feature
from worker.settings import Settings


def plug_in(environment: Environment, settings: Settings) -> Feature:
    """Queue automatic answers; the panel, not the environment, switches them on."""
    return Feature(f"{__name__}.loops:make_loops")
