"""Runs the demo: new messages from time to time, and answers to the operator."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from random import Random

from avito_simulator.demo.cast import Cast
from avito_simulator.demo.stories import Line, small_talk
from avito_simulator.model import Message
from avito_simulator.simulator import Simulator
from avito_simulator.world import DeletionForm

Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class DemoTiming:
    """How fast people are: ranges of seconds. `answers`: the share of messages that get an answer."""

    between: Span = (8, 25)
    # A newcomer sees the panel move at once: so many messages come quickly after the first call of the API.
    opening: Span = (1, 3)
    opening_lines: int = 5
    reading: Span = (1, 3)
    answering: Span = (2, 6)
    deleting: Span = (4, 8)
    answers: float = 0.75
    # After this many messages without a reply the operator counts as away, and buyers write rarely.
    patience: int = 60
    away: Span = (240, 360)


class Demo:
    """Plays the stories; `run` ends only when it is cancelled."""

    def __init__(self, sim: Simulator, rng: Random, pace: DemoTiming | None = None) -> None:
        self.cast = Cast(sim)
        self._sim = sim
        self._rng = rng
        self._pace = pace or DemoTiming()
        self._unheard = 0
        self._opening_left = 0
        self._answering: set[str] = set()
        self._tasks: asyncio.TaskGroup

    async def run(self) -> None:
        """Add the past, then play until cancelled."""
        self.cast.tell_histories()
        async with asyncio.TaskGroup() as self._tasks:
            self._sim.on_send.append(self._heard)
            try:
                await self._first_call()
                while True:
                    self._speak()
                    await self._pause(self._next_span())
            finally:
                self._sim.on_send.remove(self._heard)

    async def _first_call(self) -> None:
        """Wait for a call of the API, at most as long as until another message."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._rng.uniform(*self._pace.between)):
                await self._sim.called.wait()
                self._opening_left = self._pace.opening_lines
                await self._pause(self._pace.opening)

    def _next_span(self) -> Span:
        if self._unheard >= self._pace.patience:
            return self._pace.away
        self._opening_left -= 1
        return self._pace.opening if self._opening_left > 0 else self._pace.between

    def _speak(self) -> None:
        """Let a buyer write: the next line of a story, a new story, or small talk."""
        self._unheard += 1
        newcomers, ready = self.cast.newcomers(), self.cast.ready()
        if newcomers and (not ready or self._rng.random() < 0.3):
            ready = [self.cast.welcome(newcomers[0])]
        if ready:
            chat_id = self._rng.choice(ready)
            self._say(chat_id, self.cast.next_line(chat_id))
        elif speaking := self.cast.speaking():
            question = self._rng.choice(small_talk().questions)
            self._say(self._rng.choice(speaking), Line(text=question))

    def _say(self, chat_id: str, line: Line) -> None:
        message = self.cast.play(chat_id, line)
        if line.deleted:
            self._tasks.create_task(self._delete(message, line.deleted))

    def _heard(self, message: Message) -> None:
        """React to a message of the operator."""
        self._unheard = 0
        self._tasks.create_task(self._react(message))

    async def _react(self, message: Message) -> None:
        """Read the message and perhaps answer; several quick messages get one answer."""
        chat_id = message.chat_id
        await self._pause(self._pace.reading)
        self._sim.world.read_by_buyer(chat_id, self._sim.now())
        if chat_id in self._answering or self._rng.random() >= self._pace.answers:
            return
        self._answering.add(chat_id)
        await self._pause(self._pace.answering)
        self._answering.discard(chat_id)
        if chat_id in self.cast.speaking():
            said = small_talk().fitting(str(message.content.get("text", "")))
            answer = Line(text=self._rng.choice(said))
            self._say(chat_id, self.cast.answer_line(chat_id) or answer)

    async def _delete(self, message: Message, form: DeletionForm) -> None:
        await self._pause(self._pace.deleting)
        self._sim.delete(message.chat_id, message.id, form)

    async def _pause(self, span: Span) -> None:
        await asyncio.sleep(self._rng.uniform(*span))
