"""No parser's time grows faster than its input, for the most expensive inputs that are known."""

import unicodedata
from http.cookies import SimpleCookie
from random import Random

import pytest

from tests.fuzz import cost
from tests.fuzz.cost import Parser, Shape
from tests.fuzz.parsers import PARSERS

KNOWN = [(name, shape) for name, shapes in cost.read_corpus().items() for shape in shapes]

QUADRATIC = {
    "cookies of the library": Parser(
        "cookies",
        lambda data: SimpleCookie().load(data.decode("latin-1")),
        64 * 1024,
        ("x=", '"', '\\"', ";"),
    ),
    "normal form": Parser(
        "names",
        lambda data: unicodedata.normalize("NFC", data.decode()),
        64 * 1024,
        ("a", "\xcc\x81", "\xcc\x96"),
    ),
}


@pytest.mark.parametrize("parser", QUADRATIC.values(), ids=QUADRATIC)
def test_the_search_finds_a_parser_that_is_not_linear(parser: Parser) -> None:
    found = cost.search(parser, [], Random(1), 0.5)

    assert found.is_fault, found


@pytest.mark.parametrize(("name", "shape"), KNOWN, ids=[f"{name} {shape.unit!a}" for name, shape in KNOWN])
def test_a_known_input_costs_no_more_than_its_length(name: str, shape: Shape) -> None:
    assert cost.growth(PARSERS[name], shape) <= cost.MOST_GROWTH


def test_every_parser_has_known_inputs() -> None:
    assert {name for name, _ in KNOWN} == {*PARSERS}
