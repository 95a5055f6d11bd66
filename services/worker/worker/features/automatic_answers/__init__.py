"""The automatic answer outside working hours: off until the owner switches it on (docs/coach.md)."""

from shared.redis.lease import Lease
from shared.settings import Environment
from worker.accounts.context import AccountContext
from worker.accounts.leader import Loops, MakeLoops
from worker.features.automatic_answers.answerer import Answerer
from worker.settings import Settings


def plug_in(environment: Environment, settings: Settings) -> MakeLoops:
    """Queue automatic answers; the panel, not the environment, switches them on."""

    def make_loops(account: AccountContext, lease: Lease) -> Loops:
        return {"automatic_answers": Answerer(account).answer_for_ever}

    return make_loops
