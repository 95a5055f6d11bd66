"""The demo's stories as typed data, read from the files beside it."""

import json
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any, Literal

from avito_simulator.control.bodies import BuyerBody, ItemBody
from avito_simulator.model import ChatType
from avito_simulator.typed import read


@dataclass(frozen=True, slots=True)
class Line:
    """One message of a story.

    `wait`: minutes after the line before. `quote`: how many lines back the quoted one is.
    `deleted`: its author deletes it.
    """

    by: Literal["buyer", "seller", "system", "bot"] = "buyer"
    type: str | None = None
    text: str | None = None
    content: dict[str, Any] | None = None
    picture: str = "receipt"
    flow_id: str | None = None
    wait: float = 2
    quote: int | None = None
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Story:
    """A chat: what was said, what will be said by itself, and what answers the operator.

    `ended_h`: how many hours ago the history ended; None: the buyer has yet to come.
    """

    name: str
    buyer: BuyerBody
    ended_h: float | None
    history: tuple[Line, ...]
    next: tuple[Line, ...]
    answers: tuple[Line, ...]
    type: ChatType = "u2i"
    item: ItemBody = field(default_factory=ItemBody)


@dataclass(frozen=True, slots=True)
class Reaction:
    """What may be said when the operator's text holds one of these words."""

    words: tuple[str, ...]
    say: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SmallTalk:
    """Words for when a story has run out."""

    questions: tuple[str, ...]
    reactions: tuple[Reaction, ...]
    otherwise: tuple[str, ...]

    def fitting(self, text: str) -> tuple[str, ...]:
        """The answers that suit what the operator wrote."""
        low = text.lower()
        for reaction in self.reactions:
            if any(word in low for word in reaction.words):
                return reaction.say
        return self.otherwise


@cache
def stories() -> dict[str, Story]:
    """All stories by name, in the order of the file."""
    return {story.name: story for story in (read(Story, given) for given in _file("stories"))}


@cache
def small_talk() -> SmallTalk:
    """The words for when a story has run out."""
    given = _file("small_talk")
    reactions = tuple(Reaction(tuple(one["if"]), tuple(one["say"])) for one in given["answers"])
    return SmallTalk(tuple(given["questions"]), reactions, tuple(given["otherwise"]))


def _file(name: str) -> Any:  # the shape is checked by who reads it
    folder = resources.files("avito_simulator.demo") / "data"
    return json.loads((folder / f"{name}.json").read_text("utf-8"))
