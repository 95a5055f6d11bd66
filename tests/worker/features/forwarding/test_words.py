from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.features.forwarding.words import LONGEST, line, packed, size

CHAT = {"buyer": {"name": "Вера"}, "item": {"title": "Велосипед"}}


@pytest.mark.parametrize(
    ("message", "chat", "words"),
    [
        ({"type": "text", "content": {"text": "Ещё продаёте?"}}, CHAT, "Вера, Велосипед: Ещё продаёте?"),
        ({"type": "text", "content": {"text": "Привет"}}, {}, "Покупатель: Привет"),
        ({"type": "image", "content": {"image": {"sizes": {}}}}, CHAT, "Вера, Велосипед: 🖼 фотография"),
        (
            {"type": "link", "content": {"link": {"url": "https://x.example"}}},
            {},
            "Покупатель: https://x.example",
        ),
        ({"type": "unheard-of", "content": None}, {}, "Покупатель: новое сообщение"),
    ],
)
def test_a_line_names_buyer_item_and_text(message: dict[str, Any], chat: dict[str, Any], words: str) -> None:
    assert line({"message": message}, chat) == words


def test_a_very_long_text_is_cut() -> None:
    message = {"type": "text", "content": {"text": "я" * 5_000}}

    assert line({"message": message}, {}).endswith("я…")
    assert len(line({"message": message}, {})) < 1_100


def test_a_text_is_cut_after_the_blanks_before_it() -> None:
    message = {"type": "text", "content": {"text": "\n" * 1_500 + "Готов купить!"}}

    assert line({"message": message}, {}) == "Покупатель: Готов купить!"


def test_a_text_that_telegram_would_never_take_is_cut() -> None:
    first, second = packed([(1, "😀" * 5_000), (2, "next")])

    assert size(first.body) <= LONGEST
    assert second.body == "next"


@given(st.lists(st.text(min_size=1, max_size=1_500), max_size=20))
def test_packing_keeps_every_line_the_order_and_the_bound(lines: list[str]) -> None:
    texts = packed(enumerate(lines))

    assert all(len(text.body.encode("utf-16-le")) <= 2 * LONGEST for text in texts)
    assert "\n\n".join(text.body for text in texts) == "\n\n".join(lines)


@given(st.lists(st.text("абв", min_size=900, max_size=1_500), max_size=20))
def test_each_text_names_its_last_event(lines: list[str]) -> None:
    texts = packed(enumerate(lines))

    told = [text.body.count("\n\n") + 1 for text in texts]
    assert [text.last_seq + 1 for text in texts] == [sum(told[: n + 1]) for n in range(len(told))]
