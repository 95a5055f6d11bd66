"""Plays the lines of stories, and keeps the progress of each story."""

from dataclasses import dataclass

from msgspec.structs import replace

from avito_simulator.control.story import make_chat, write
from avito_simulator.demo.stories import Line, Story, stories
from avito_simulator.model import Message
from avito_simulator.simulator import Simulator


@dataclass(slots=True)
class StoryProgress:
    """The progress of a chat's story: how many lines and answers were said."""

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

    def welcome(self, story: Story, created: int | None = None) -> str:
        """Open the chat of a new story and return its id."""
        chat_id = make_chat(self._sim, replace(story, created=created)).id
        self.places[chat_id] = StoryProgress(story.name)
        return chat_id

    def ready(self) -> list[str]:
        """Return the chats with lines left that need no reply."""
        return [
            chat_id
            for chat_id, place in self.places.items()
            if place.next < len(stories()[place.story].next) and not self._blocked(chat_id)
        ]

    def speaking(self) -> list[str]:
        """Return the chats with a person who is not blocked."""
        chats = self._sim.world.chats
        return [one for one in self.places if chats[one].type != "a2u" and not self._blocked(one)]

    def next_line(self, chat_id: str) -> Line:
        """Take the next line of a chat that is `ready`."""
        place = self.places[chat_id]
        place.next += 1
        return stories()[place.story].next[place.next - 1]

    def answer_line(self, chat_id: str) -> Line | None:
        """Take the next answer to the operator, if the story of the chat has one left."""
        place = self.places[chat_id]
        if place.answers >= len(stories()[place.story].answers):
            return None
        place.answers += 1
        return stories()[place.story].answers[place.answers - 1]

    def play(self, chat_id: str, line: Line, *, created: int | None = None) -> Message:
        """Write a line; without `created` it is written now and with its webhook.

        The author has then read the messages of the other side.
        """
        world = self._sim.world
        if line.by == "seller":
            world.read_by_account(chat_id)
        elif line.by == "buyer":
            world.read_by_buyer(chat_id, created or self._sim.now())
        quoted = world.thread(chat_id)[line.quote - 1].id if line.quote else None
        body = replace(line, quote_id=quoted, created=created, webhook=created is None)
        return write(self._sim, chat_id, body)

    def load(self, places: dict[str, StoryProgress]) -> None:
        """Load the progress from a state file, without stories that no longer exist."""
        chats = self._sim.world.chats
        self.places = {
            chat_id: place
            for chat_id, place in places.items()
            if place.story in stories() and chat_id in chats
        }

    def _tell_history(self, story: Story, ended_h: float) -> None:
        spoken_s = sum(line.wait for line in story.history[1:]) * 60
        at = self._sim.clock() - ended_h * 3600 - spoken_s
        chat_id = self.welcome(story, int(at))
        for number, line in enumerate(story.history):
            at += line.wait * 60 if number else 0
            message = self.play(chat_id, line, created=int(at))
            if line.deleted:
                self._sim.delete(chat_id, message.id, line.deleted, announce=False)

    def _blocked(self, chat_id: str) -> bool:
        world = self._sim.world
        return world.chats[chat_id].buyer.id in world.blacklist
