"""How fast buyers are answered: finds each first answer in its thread and writes it down (docs/coach.md)."""

from functools import partial

from shared.redis.lease import Lease
from shared.settings import Environment
from worker.accounts.context import AccountContext
from worker.accounts.leader import Loops, MakeLoops
from worker.features.coach.follower import LOOK_S, Follower
from worker.features.coach.repository import AnswerRepository
from worker.settings import Settings


def plug_in(environment: Environment, settings: Settings) -> MakeLoops:
    """Write first answers down; there is nothing to set."""

    def make_loops(account: AccountContext, lease: Lease) -> Loops:
        repository = AnswerRepository(account.redis, account.account_id, lease.key, lease.owner)
        return {"coach": partial(Follower(account, repository).journal.follow_for_ever, LOOK_S)}

    return make_loops
