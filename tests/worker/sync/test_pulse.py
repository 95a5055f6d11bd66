from typing import Any, cast

import pytest

from tests.worker.builders import SELLER
from worker.accounts.context import AccountContext
from worker.avito.errors import AvitoError, BadKeys, Forbidden, NotPaid, RateLimited, Unavailable
from worker.sync.pulse import AGAIN_AT_MOST, AGAIN_S, EVERY_S, Pulse, pause_for

pytestmark = pytest.mark.anyio


class Avito:
    """Answers the list of chats as told."""

    def __init__(self) -> None:
        self.error: AvitoError | None = None

    def at(self, *urgency: Any, **more: Any) -> "Avito":
        return self

    async def chats(self, limit: int) -> None:
        if self.error is not None:
            raise self.error


def make_pulse(avito: Avito) -> Pulse:
    return Pulse(AccountContext(cast("Any", None), cast("Any", avito), SELLER, 200), EVERY_S)


@pytest.mark.parametrize(
    "error",
    [
        None,
        BadKeys("token"),
        NotPaid("chats"),
        Forbidden("chats"),
        RateLimited("chats", retry_after=1),
    ],
)
async def test_a_clear_answer_is_asked_for_at_the_usual_pace(error: AvitoError | None) -> None:
    avito = Avito()
    avito.error = error

    assert await make_pulse(avito).beat() == EVERY_S


async def test_after_a_failure_it_asks_again_at_once_but_not_for_ever() -> None:
    avito = Avito()
    pulse = make_pulse(avito)
    avito.error = Unavailable("chats")

    pauses = [await pulse.beat() for _ in range(AGAIN_AT_MOST + 1)]
    avito.error = None
    await pulse.beat()
    avito.error = Unavailable("chats")

    assert pauses == [AGAIN_S] * (AGAIN_AT_MOST - 1) + [EVERY_S] * 2
    assert await pulse.beat() == AGAIN_S


@pytest.mark.parametrize(("calls", "pause_s"), [(300, 10), (60, 10), (30, 20), (1, 600)])
def test_a_tiny_limit_is_left_to_what_operators_wait_for(calls: int, pause_s: float) -> None:
    assert pause_for(calls) == pause_s
