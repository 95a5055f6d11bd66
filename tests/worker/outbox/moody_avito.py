"""An Avito made of values: a test sets its response to each send, and time is a number.

Only the network and the clock of the outbox are replaced; its scripts and decisions are the real ones.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Self, cast

from redis.asyncio import Redis

from shared.redis import keys
from tests.worker.builders import CHAT, SELLER, make_message
from tests.worker.outbox.replies import NOW
from worker.accounts.context import AccountContext
from worker.avito.errors import (
    AvitoError,
    BadRequest,
    Forbidden,
    RateLimited,
    Unavailable,
    Unknown,
)
from worker.avito.exchange import BeforeSend
from worker.avito.responses import MessagePage
from worker.messages.commit import Change, commit
from worker.messages.message import Message
from worker.outbox.box import Box
from worker.outbox.turn import ChatTurn

Mood = Literal[
    "ok", "refuses", "429", "unreachable", "500", "500 after", "cut", "cut after", "silent", "silent after",
    "unreadable", "unreadable after", "killed", "killed after", "forbids", "late", "401 late",
    "killed late",
]  # fmt: skip
MOODS: tuple[Mood, ...] = (
    *("ok", "refuses", "429", "unreachable", "500", "500 after", "cut", "cut after"),
    *("silent", "silent after", "unreadable", "unreadable after", "killed", "killed after"),
)
LOOKS = ("ok", "500", "429", "killed")


class Killed(BaseException):
    """The worker is gone in this instant."""


@dataclass(slots=True)
class MoodyAvito:
    """One chat at Avito. `moods` and `looks` are used up one a call; then all is well.

    `echoes`: seconds until the echo of each accepted message, None never. `lag_s`: how late lists are.
    `ahead_s`: how far the workers' clock is ahead of Avito's.
    `token_s`: how long a token takes. `late`: no answer, and accepted after the wait has ended.
    """

    redis: Redis
    moods: list[Mood] = field(default_factory=list)
    looks: list[str] = field(default_factory=list)
    echoes: list[float | None] = field(default_factory=list)
    lag_s: float = 0.0
    token_s: float = 0.0
    accepts_late_s: float = 12.0
    now: float = NOW
    truth: list[Message] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    sends: int = 0
    ahead_s: float = 0.0
    before_answer: Callable[[], Awaitable[object]] | None = None
    while_waiting: Callable[[], Awaitable[object]] | None = None
    _due: list[tuple[float, Message]] = field(default_factory=list)
    _under_way: list[tuple[float, str]] = field(default_factory=list)
    _leaving: BeforeSend | None = None

    def clock(self) -> float:
        """Return what the workers' clock says."""
        return self.now + self.ahead_s

    def at(self, priority: object, patience_s: float, leaving: BeforeSend | None = None) -> Self:
        self._leaving = leaving
        return self

    async def send_text(self, chat_id: str, text: str) -> Message:
        mood = self.moods.pop(0) if self.moods else "ok"
        if mood == "401 late":
            await self._leave()
        await self._wait_for_token()
        await self._leave()
        self.sends += 1
        if mood.endswith("late"):
            self._under_way.append((self.now + self.accepts_late_s, text))
            await self._answer("killed" if mood == "killed late" else "silent")
        if mood == "refuses":
            self.refused.append(text)
            raise BadRequest("send", status=400)
        if mood == "forbids":
            raise Forbidden("send", status=403)
        if mood == "silent after":
            await self.sleep(7.5)
        message = await self._accept(text) if mood == "ok" or mood.endswith("after") else None
        if self.before_answer is not None:
            await self.before_answer()
        if message is not None and mood == "ok":
            return message
        await self._answer("late" if mood == "silent after" else mood.removesuffix(" after"))
        raise AssertionError

    async def messages(self, chat_id: str, offset: int = 0) -> MessagePage:
        look = self.looks.pop(0) if self.looks else "ok"
        if look != "ok":
            await self._answer(look)
        shown = tuple(m for m in self.truth if m.created + self.lag_s <= self.now)
        return MessagePage(shown, len(shown), 0, more=False)

    async def _wait_for_token(self) -> None:
        await self.sleep(self.token_s)
        if self.while_waiting is not None:
            await self.while_waiting()

    async def _leave(self) -> None:
        if self._leaving is not None:
            await self._leaving()

    async def sleep(self, seconds: float) -> None:
        """Let time pass: what is under way arrives, and echoes come through the same commit as webhooks."""
        until = self.now + seconds
        for arrives, text in [one for one in self._under_way if one[0] <= until]:
            self._under_way.remove((arrives, text))
            self._put(text, arrives)
        while due := min((one for one in self._due if one[0] <= until), key=lambda one: one[0], default=None):
            self._due.remove(due)
            self.now = max(self.now, due[0])
            echo = replace(due[1], asof=0.0)
            await commit(self.redis, Change(SELLER, CHAT, (echo,), "webhook"), self.clock(), 200)
        self.now = until

    async def write_in_app(self, text: str, *, webhook: bool) -> None:
        """The seller writes in Avito's own app."""
        message = replace(self._put(text), asof=0.0)
        if webhook:
            await commit(self.redis, Change(SELLER, CHAT, (message,), "webhook"), self.clock(), 200)

    async def _accept(self, text: str) -> Message:
        message = self._put(text)
        delay = self.echoes.pop(0) if self.echoes else None
        if delay is not None:
            self._due.append((self.now + delay, message))
            await self.sleep(0.0)
        return message

    def _put(self, text: str, at: float | None = None) -> Message:
        now = self.now if at is None else at
        message = make_message(
            f"m{len(self.truth):03}", author=SELLER, created=now, content={"text": text}, asof=now
        )
        self.truth.append(message)
        return message

    async def _answer(self, mood: str) -> None:
        error: AvitoError | None = None
        match mood:
            case "429":
                error = RateLimited("send", retry_after=3.0, status=429)
            case "unreachable":
                error = Unavailable("send", why="cannot be reached")
            case "500":
                error = Unavailable("send", status=500)
            case "cut":
                error = Unknown("send", how="cut")
            case "unreadable":
                error = Unknown("send", how="unreadable")
            case "silent" | "late":
                await self.sleep(8.0 if mood == "silent" else 0.5)
                error = Unknown("send", how="silent")
        if error is None:
            raise Killed
        raise error


def work_of(avito: MoodyAvito) -> AccountContext:
    """Return what jobs work with."""
    return AccountContext(cast("Any", avito.redis), cast("Any", avito), SELLER, 200, clock=avito.clock)


async def turn_of(avito: MoodyAvito, token: str = "one", chance: float = 0.5) -> float | None:
    """Let one worker take one turn."""
    turn = ChatTurn(work_of(avito), Box(avito.redis, SELLER, CHAT, token))
    turn.sleep, turn.chance = avito.sleep, lambda: chance
    return await turn.run()


async def deliver_all(avito: MoodyAvito, chance: float = 0.5, within_s: float = 7200.0) -> None:
    """Work as one worker after the other does, until nothing is left to be sent."""
    end = avito.now + within_s
    for turn in range(5_000):
        try:
            pause = await turn_of(avito, f"w{turn}", chance)
        except Killed:
            pause = 6.0  # until its lease ends
        if pause is None and not await avito.redis.exists(keys.to_deliver(SELLER)):
            return
        pause = 5.0 if pause is None else pause  # until the cron looks
        await avito.sleep(max(pause, 0.01))
        assert avito.now < end, "replies are stuck"
    raise AssertionError("no end")


def run(story: Callable[[], Awaitable[None]]) -> None:
    """Run a story for a test that is not async itself."""

    async def whole() -> None:
        await story()

    asyncio.run(whole())
