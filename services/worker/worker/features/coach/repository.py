"""Stores first answers, each once, however often it is found.

A wait is one field, `<chat id> <id of the message it began with>`, with its value (wires/first_answers.py),
and one member of an index by time. At most 100,000 are kept, at most 400 days.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from redis.asyncio import Redis

from shared.redis import keys, lua
from shared.redis.lease import LostLeaseError
from shared.wires.first_answers import write
from worker.features.coach.answers import ThreadAnswers

MOST = 100_000
KEPT_S = 400 * 86_400
_NOTE = lua.load("record_first_answers")


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
        names = [
            self.lease,
            keys.first_answers(self.account_id),
            keys.first_answer_times(self.account_id),
            keys.chat(self.account_id, chat_id),
        ]
        arguments: list[str | int | float | bytes] = [self.owner, MOST, repr(now - KEPT_S), len(found.none)]
        arguments += _fields(chat_id, found.none)
        for answer in answers:
            value = write(answer.begin, answer.answered, answer.operator)
            arguments += [*_fields(chat_id, [answer.id]), repr(answer.begin), value]
        if not await _NOTE.run(self.redis, names, arguments):
            raise LostLeaseError


def _fields(chat_id: str, ids: Iterable[str]) -> list[str]:
    return [f"{chat_id} {message_id}" for message_id in ids]
