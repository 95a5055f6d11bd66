"""Stores first answers, each once, however often it is found.

A wait is one field, `<chat id> <id of the message it began with>`, with its value (wires/first_answers.py),
and one member of an index by time. At most 100,000 are kept, at most 400 days.
"""

from dataclasses import dataclass

from redis.asyncio import Redis

from shared.redis.lease import LostLeaseError
from shared.redis.lua import scripts
from shared.redis.lua.scripts import AnswerRow
from shared.wires.first_answers import write
from worker.features.coach.answers import ThreadAnswers

MOST = 100_000
KEPT_S = 400 * 86_400


@dataclass(frozen=True, slots=True)
class AnswerRepository:
    """One per account. Only `owner`, who holds the lease, writes to it."""

    redis: Redis
    account_id: int
    lease: str
    owner: str

    async def store(self, chat_id: str, found: ThreadAnswers, now: float) -> None:
        """Store what a chat's thread says now. Raises LostLeaseError, RedisError."""
        answers = [answer for answer in found.answers if answer.begin > now - KEPT_S]
        if not answers and not found.none:
            return
        rows = [
            AnswerRow(f"{chat_id} {one.id}", one.begin, write(one.begin, one.answered, one.operator))
            for one in answers
        ]
        call = scripts.record_first_answers(
            account_id=self.account_id,
            chat_id=chat_id,
            lease_key=self.lease,
            owner=self.owner,
            most=MOST,
            since=now - KEPT_S,
            denied=[f"{chat_id} {message_id}" for message_id in found.none],
            answers=rows,
        )
        if not await call.run(self.redis):
            raise LostLeaseError
