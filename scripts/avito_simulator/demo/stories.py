"""The demo's stories as typed data, read from files."""

from functools import cache
from importlib import resources
from typing import TypeVar

from msgspec import field, json

from avito_simulator.control.story import CreateChat, Write
from avito_simulator.strict import Strict
from avito_simulator.world import DeletionForm

T = TypeVar("T")


class Line(Write, frozen=True):
    """One message of a story.

    `wait`: minutes after the previous line. `quote`: how many lines back the quoted line is.
    `deleted`: the form in which its author deletes it.
    """

    wait: float = 2
    quote: int | None = None
    deleted: DeletionForm | None = None


class Story(CreateChat, frozen=True, kw_only=True):
    """A chat: its past, the lines that follow by themselves, and the answers to the operator.

    `ended_h`: how many hours ago the past ended; None: the buyer has not written yet.
    """

    name: str
    ended_h: float | None
    history: tuple[Line, ...]
    next: tuple[Line, ...]
    answers: tuple[Line, ...]


class Reaction(Strict, frozen=True):
    """Possible answers when the operator's text contains one of these words."""

    words: tuple[str, ...] = field(name="if")
    say: tuple[str, ...]


class SmallTalk(Strict, frozen=True):
    """Texts for when a story is over."""

    questions: tuple[str, ...]
    reactions: tuple[Reaction, ...] = field(name="answers")
    otherwise: tuple[str, ...]

    def fitting(self, text: str) -> tuple[str, ...]:
        """Return the answers that suit the operator's text."""
        low = text.lower()
        for reaction in self.reactions:
            if any(word in low for word in reaction.words):
                return reaction.say
        return self.otherwise


@cache
def stories() -> dict[str, Story]:
    """Return all stories by name, in the order of the file."""
    return {story.name: story for story in _file("stories", tuple[Story, ...])}


@cache
def small_talk() -> SmallTalk:
    """Return the texts for when a story is over."""
    return _file("small_talk", SmallTalk)


def _file(name: str, kind: type[T]) -> T:
    folder = resources.files("avito_simulator.demo") / "data"
    return json.decode((folder / f"{name}.json").read_bytes(), type=kind)
