"""The loop that writes first answers down."""

from functools import partial

from shared.redis.lease import Lease
from worker.accounts.context import AccountContext
from worker.accounts.leader import Loops
from worker.features.coach.follower import LOOK_S, Follower
from worker.features.coach.repository import AnswerRepository


def make_loops(account: AccountContext, lease: Lease) -> Loops:
    """Return the loop."""
    repository = AnswerRepository(account.redis, account.account_id, lease.key, lease.owner)
    return {"coach": partial(Follower(account, repository).journal.follow_for_ever, LOOK_S)}
