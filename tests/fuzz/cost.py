"""Searches for inputs whose time grows faster than their length: a unit is repeated, and then twice as often.

What a parser answers is of no interest here, only how long it takes.
"""

import json
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from itertools import takewhile
from math import inf
from pathlib import Path
from random import Random

Parse = Callable[[bytes], object]

MOST_GROWTH = 3.0
"""How much longer twice the input may take: 2 is linear, 4 quadratic."""
CORPUS = Path(__file__).with_name("cost_corpus.json")
_SEARCHED_AT = 4 * 1024
_SHORTEST = 256
_MATTERS_S = 0.002
_KEPT = 6


@dataclass(frozen=True, slots=True)
class Shape:
    """The form of an input, in characters for bytes: `prefix`, as many `unit` as fit, `suffix`."""

    prefix: str
    unit: str
    suffix: str

    def at(self, length: int) -> bytes:
        """Return the input of about this length."""
        times = max(1, (length - len(self.prefix) - len(self.suffix)) // len(self.unit))
        return f"{self.prefix}{self.unit * times}{self.suffix}".encode("latin-1")


@dataclass(frozen=True, slots=True)
class Parser:
    """A parser that reads up to `longest` bytes of others; inputs are made of `words`."""

    name: str
    parse: Parse
    longest: int
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cost:
    """What a shape costs: CPU seconds at the longest input (of a fault: at a short one), and their growth."""

    shape: Shape
    seconds: float
    growth: float

    @property
    def is_fault(self) -> bool:
        """Whether the time grows faster than the length."""
        return self.growth > MOST_GROWTH


def seconds(parse: Parse, data: bytes, times: int = 1) -> float:
    """Return the CPU seconds of this thread that parsing takes, the least of several."""
    return min(_once(parse, data) for _ in range(times))


def _once(parse: Parse, data: bytes) -> float:
    began = time.thread_time()
    with suppress(Exception):  # a refusal is an answer too
        parse(data)
    return time.thread_time() - began


def growth(parser: Parser, shape: Shape) -> float:
    """Return how much longer twice the input takes; 1 where it takes too little to matter.

    What seems to be a fault is measured again: other work on the machine disturbs.
    """
    length = _SHORTEST
    while 4 * length <= parser.longest and seconds(parser.parse, shape.at(length)) < _MATTERS_S:
        length *= 2
    found = inf
    for _ in range(3):
        half, whole = (seconds(parser.parse, shape.at(size), 5) for size in (length, 2 * length))
        found = min(found, whole / half if whole > _MATTERS_S else 1.0)
        if found <= MOST_GROWTH:
            break
    return found


def search(parser: Parser, known: Iterable[Shape], dice: Random, within_s: float) -> Cost:
    """Return the most expensive shape that hill climbing finds, from the known ones and random ones."""
    length = min(_SEARCHED_AT, parser.longest)
    best: dict[Shape, float] = {}

    def judge(shape: Shape) -> None:
        best[shape] = seconds(parser.parse, shape.at(length), 2)
        for worse in sorted(best, key=best.__getitem__, reverse=True)[_KEPT:]:
            del best[worse]

    for shape in (*known, *(_random(dice, parser.words) for _ in range(20))):
        judge(shape)
    for _ in _until(time.thread_time() + within_s):
        parent = dice.choice([*best])
        judge(_random(dice, parser.words) if dice.random() < 0.2 else _changed(dice, parent, parser.words))
    return max((_cost(parser, shape) for shape in best), key=lambda cost: (cost.is_fault, cost.seconds))


def _cost(parser: Parser, shape: Shape) -> Cost:
    """Return what a shape costs; a fault is not tried at the longest input, which may take minutes."""
    grown = growth(parser, shape)
    length = parser.longest if grown <= MOST_GROWTH else min(_SEARCHED_AT, parser.longest)
    return Cost(shape, seconds(parser.parse, shape.at(length)), grown)


def _until(deadline: float) -> Iterator[int]:
    return takewhile(lambda _: time.thread_time() < deadline, iter(int, 1))


def _random(dice: Random, words: tuple[str, ...]) -> Shape:
    prefix, suffix = (_some(dice, words, dice.randrange(3)) for _ in range(2))
    return Shape(prefix, _some(dice, words, dice.randrange(1, 4)), suffix)


def _some(dice: Random, words: tuple[str, ...], number: int) -> str:
    return "".join(dice.choice(words) for _ in range(number))


def _changed(dice: Random, shape: Shape, words: tuple[str, ...]) -> Shape:
    """Return a shape with one part made anew, longer, or cut."""
    parts = asdict(shape)
    name = dice.choice([*parts])
    word = dice.choice(words)
    parts[name] = dice.choice((word, parts[name] + word, word + parts[name], parts[name][:-1]))
    parts["unit"] = parts["unit"] or word
    return Shape(**parts)


def read_corpus() -> dict[str, list[Shape]]:
    """Return the known expensive shapes by parser."""
    found = json.loads(CORPUS.read_text("utf-8"))
    return {name: [Shape(**shape) for shape in shapes] for name, shapes in found.items()}


def write_corpus(shapes: dict[str, list[Shape]]) -> None:
    """Keep these shapes, each once."""
    found = {name: [asdict(one) for one in dict.fromkeys(shapes[name])] for name in sorted(shapes)}
    CORPUS.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
