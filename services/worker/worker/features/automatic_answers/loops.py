"""The loop that queues automatic answers."""

from shared.redis.lease import Lease
from worker.accounts.context import AccountContext
from worker.accounts.leader import Loops
from worker.features.automatic_answers.answerer import Answerer


def make_loops(account: AccountContext, lease: Lease) -> Loops:
    """Return the loop."""
    return {"automatic_answers": Answerer(account).answer_for_ever}
