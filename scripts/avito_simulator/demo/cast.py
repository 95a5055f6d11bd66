"""Plays the lines of stories, and keeps the progress of each story."""

from dataclasses import asdict, dataclass, replace
from typing import Any

from avito_simulator.control.bodies import CreateChat, Write
from avito_simulator.control.story import make_chat, write
from avito_simulator.demo.stories import Line, Story, stories
from avito_simulator.model import Message
from avito_simulator.simulator import Simulator


@dataclass(frozen=True, slots=True)
class StoryProgress:
    """The progress of a chat's story."""

    story: str
    next: int = 0
    answers: int = 0


class Cast:
    """The demo's chats. `places`: the progress by chat id, in order of appearance."""

    def __init__(self, sim: Simulator) -> None:
        self._sim = sim
        self.places: dict[str, StoryProgress] = {}

    def tell_histories(self) -> None:
        """Add the chats of the past, unless they exist already."""
        if self.places:
            return
        for story in stories().values():
            if story.ended_h is not None:
                self._tell_history(story, story.ended_h)

    def newcomers(self) -> list[Story]:
        """Return the stories whose buyers have not written yet."""
        known = {place.story for place in self.places.values()}
        return [story for name, story in stories().items() if name not in known]

    def welcome(self, story: Story) -> str:
        """Open the chat of a new story and return its id."""
        return self._open(story, self._sim.now())

    def ready(self) -> list[str]:
        """Return the chats with lines left that need no reply."""
        return [chat_id for chat_id in self.places if self._upcoming(chat_id)]

    def speaking(self) -> list[str]:
        """Return the chats with a person who is not blocked."""
        world = self._sim.world
        return [
            chat_id
            for chat_id in self.places
            if world.chat(chat_id).type != "a2u" and world.chat(chat_id).buyer.id not in world.blacklist
        ]

    def next_line(self, chat_id: str) -> Line | None:
        """Take the next line that needs no reply."""
        lines = self._upcoming(chat_id)
        if not lines:
            return None
        place = self.places[chat_id]
        self.places[chat_id] = replace(place, next=place.next + 1)
        return lines[0]

    def answer_line(self, chat_id: str) -> Line | None:
        """Take the next answer to the operator."""
        place = self.places.get(chat_id)
        if place is None or place.answers >= len(stories()[place.story].answers):
            return None
        self.places[chat_id] = replace(place, answers=place.answers + 1)
        return stories()[place.story].answers[place.answers]

    def play(self, chat_id: str, line: Line, *, created: int | None = None) -> Message:
        """Write a line; without `created` it is written now and with its webhook.

        The author has then read the messages of the other side.
        """
        sim = self._sim
        if line.by == "seller":
            sim.world.read_by_account(chat_id)
        elif line.by == "buyer":
            sim.world.read_by_buyer(chat_id, created or sim.now())
        body = Write(
            by=line.by,
            type=line.type,
            text=line.text,
            content=line.content,
            picture=line.picture,
            flow_id=line.flow_id,
            quote_id=self._quoted(chat_id, line),
            created=created,
            webhook=created is None,
        )
        return write(sim, chat_id, body)

    def as_json(self) -> dict[str, Any]:
        """Return the progress for the state file."""
        return {chat_id: asdict(place) for chat_id, place in self.places.items()}

    def load(self, given: dict[str, Any]) -> None:
        """Load the progress from a state file, without stories that no longer exist."""
        places = {chat_id: StoryProgress(**place) for chat_id, place in given.items()}
        self.places = {
            chat_id: place
            for chat_id, place in places.items()
            if place.story in stories() and chat_id in self._sim.world.chats
        }

    def _tell_history(self, story: Story, ended_h: float) -> None:
        spoken_s = sum(line.wait for line in story.history[1:]) * 60
        at = self._sim.clock() - ended_h * 3600 - spoken_s
        chat_id = self._open(story, int(at))
        for number, line in enumerate(story.history):
            at += line.wait * 60 if number else 0
            message = self.play(chat_id, line, created=int(at))
            if line.deleted:
                self._sim.delete(chat_id, message.id, announce=False)

    def _open(self, story: Story, created: int) -> str:
        body = CreateChat(type=story.type, buyer=story.buyer, item=story.item, created=created)
        chat_id = make_chat(self._sim, body).id
        self.places[chat_id] = StoryProgress(story.name)
        return chat_id

    def _upcoming(self, chat_id: str) -> tuple[Line, ...]:
        place = self.places[chat_id]
        blocked = self._sim.world.chat(chat_id).buyer.id in self._sim.world.blacklist
        return () if blocked else stories()[place.story].next[place.next :]

    def _quoted(self, chat_id: str, line: Line) -> str | None:
        if line.quote is None:
            return None
        return self._sim.world.thread(chat_id)[line.quote - 1].id
