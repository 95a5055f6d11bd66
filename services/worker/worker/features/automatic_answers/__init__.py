"""The automatic answer outside working hours: off until the owner switches it on (docs/coach.md)."""

from shared.settings import Environment
from worker.accounts.leader import MakeLoops
from worker.features.automatic_answers.answerer import Answerer
from worker.settings import Settings


def plug_in(environment: Environment, settings: Settings) -> MakeLoops:
    """Queue automatic answers; the panel, not the environment, switches them on."""
    return lambda account, lease: {"automatic_answers": Answerer(account).answer_for_ever}
