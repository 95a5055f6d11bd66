"""Which quick replies a few letters mean, and what becomes of the places in their texts."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.browser.panel_core.conftest import Panel

pytestmark = pytest.mark.browser

VALUES = {"buyer": "Вера", "item": "Стол", "price": "1 900 ₽", "me": "anna"}
TEXTS = st.text(st.one_of(st.sampled_from("{}имятоварitemя \n"), st.characters(codec="utf-8")), max_size=60)
KNOWN = st.sampled_from(["{имя}", "{ Товар }", "{ЦЕНА}", "{я}", "{buyer}", "{item}", "{price}", "{Me}"])


def fill(panel: Panel, text: str, values: dict[str, str]) -> str:
    return str(
        panel.ask(
            "features/quick_replies/placeholders.js",
            "return m.fill(value.text, value.values)",
            locals_of(text, values),
        )
    )


def locals_of(text: str, values: dict[str, str]) -> dict[str, Any]:
    return {"text": text, "values": values}


def first_gap(panel: Panel, text: str) -> str | None:
    found: str | None = panel.ask(
        "features/quick_replies/feature.js", "return m.PLACEHOLDER.exec(value)?.[0] ?? null", text
    )
    return found


def test_every_variable_is_filled_in_in_both_languages_whatever_the_case(panel: Panel) -> None:
    assert fill(panel, "{имя}, {товар} за {цена}? {я}", VALUES) == "Вера, Стол за 1 900 ₽? anna"
    assert fill(panel, "{buyer}, {Item} for {PRICE}? { me }", VALUES) == "Вера, Стол for 1 900 ₽? anna"


def test_what_is_not_known_and_what_is_no_variable_stays_as_a_gap(panel: Panel) -> None:
    assert (
        fill(panel, "{имя}, {товар}: жду в {время}", VALUES | {"item": ""}) == "Вера, {товар}: жду в {время}"
    )


def test_a_value_that_looks_like_a_variable_is_not_filled_in_again(panel: Panel) -> None:
    assert fill(panel, "{имя}!", VALUES | {"buyer": "{цена}"}) == "{цена}!"


@pytest.mark.parametrize(
    ("text", "gap"),
    [
        ("жду в {время}", "{время}"),
        ("{item} и {price}", "{item}"),
        ("смайл :} и {", None),
        ("{}", None),
        ("{1}", None),
        ("{\nтовар}", "{\nтовар}"),
        ("{товар\nеще}", None),
        (f"{{{'я' * 60}}}", None),
    ],
)
def test_a_gap_is_a_short_name_in_braces(panel: Panel, text: str, gap: str | None) -> None:
    assert first_gap(panel, text) == gap


@settings(max_examples=120, deadline=None)
@given(parts=st.lists(TEXTS | KNOWN, max_size=6))
def test_once_all_is_known_no_variable_is_left_and_filling_again_changes_nothing(
    panel: Panel, parts: list[str]
) -> None:
    filled = fill(panel, "".join(parts), VALUES)

    left = first_gap(panel, filled)
    assert left is None or left.strip("{} \n").lower() not in {"имя", "товар", "цена", "я", *VALUES}
    assert fill(panel, filled, VALUES) == filled


@settings(max_examples=120, deadline=None)
@given(text=TEXTS)
def test_with_nothing_known_a_text_stays_as_it_is(panel: Panel, text: str) -> None:
    assert fill(panel, text, dict.fromkeys(VALUES, "")) == text


def test_what_strangers_wrote_is_filled_in_as_one_plain_line(panel: Panel) -> None:
    chat = {"buyer": {"name": "Ве\u202eра\nПетрова"}, "item": None}

    assert panel.ask("features/quick_replies/placeholders.js", "return m.valuesOf(value, 'anna')", chat) == {
        "buyer": "Ве ра Петрова",
        "item": "",
        "price": "",
        "me": "anna",
    }


REPLIES = [
    {"folder": "", "name": "Адрес", "text": "Москва, метро Сокол"},
    {"folder": "Доставка", "name": "Сроки", "text": "Отправим завтра"},
    {"folder": "Доставка", "name": "Чем", "text": "Почтой или СДЭК, ещё курьером"},
    {"folder": "Цена", "name": "Торг и доставка", "text": "Торг у меня дома"},
]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["Адрес", "Сроки", "Чем", "Торг и доставка"]),
        ("  ", ["Адрес", "Сроки", "Чем", "Торг и доставка"]),
        ("сро", ["Сроки"]),
        ("достав", ["Торг и доставка", "Сроки", "Чем"]),
        ("доставка сдэк", ["Чем"]),
        ("еще", ["Чем"]),
        ("СОКОЛ", ["Адрес"]),
        ("самолёт", []),
    ],
)
def test_those_named_so_come_first_then_those_that_say_so(panel: Panel, query: str, names: list[str]) -> None:
    script = "return m.find(value.replies, value.query).map(({ name }) => name)"

    assert (
        panel.ask("features/quick_replies/catalogue.js", script, {"replies": REPLIES, "query": query})
        == names
    )
