"""Tells webhooks of Avito's other products, which may be pointed at the same address. Pure."""

import re
from collections.abc import Iterator, Mapping
from itertools import chain, islice
from typing import Any

from worker.messages.fields import fold

PRODUCTS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "job_application": (
        "a job application",
        ("apply", "applies", "applied", "application", "vacanc", "resume", "negotiation", "candidate"),
    ),
    "booking": ("a booking", ("booking", "reservation", "checkin", "checkout", "shortterm", "realty")),
    "lead": ("a lead", ("lead",)),
    "call": ("a call of call tracking", ("call", "virtualphone", "talkduration")),
    "order": ("an order", ("order", "marketplace", "purchase")),
    "delivery": ("a delivery", ("delivery", "parcel", "shipment", "tracking")),
    "review": ("a review", ("review", "rating")),
    "payment": ("a payment", ("payment", "balance", "operation", "invoice", "tariff")),
    "item": ("news of an item", ("item", "advert", "autoload", "report", "stock", "price")),
}
"""By their names in metrics: the words for them, and how words of their fields and events begin."""

_ALSO_OF_CHATS = frozenset({"call", "review", "payment", "item"})
"""A chat has these as well, so they tell nothing of a body that names one."""
_NO_CALL = "callback"
_DEEPEST = 3
_MOST_WORDS = 2_000
"""So many of each layer are looked at: far more than any product has."""
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_EVENTS = ("event", "eventtype", "eventname", "type", "kind", "action", "topic")


def product_of(data: Any, *, names_chat: bool = False) -> str:
    """Return the product whose webhook this is, by its fields and events, the outermost first; else ''."""
    layer = [data]
    for _ in range(_DEEPEST):
        found = islice(chain.from_iterable(map(_words, layer)), _MOST_WORDS)
        words = [word for word in found if not word.startswith(_NO_CALL)]
        for product, (_, beginnings) in PRODUCTS.items():
            is_sign = not (names_chat and product in _ALSO_OF_CHATS)
            if is_sign and any(word.startswith(beginnings) for word in words):
                return product
        layer = [inner for value in layer for inner in _inner(value)]
    return ""


def describe(product: str) -> str:
    """Return the reason that is shown for a product's webhook."""
    return f"{PRODUCTS[product][0]}: this address is for the messenger"


def _words(value: Any) -> Iterator[str]:
    """Yield the words of fields and events, each with those that follow: `neworderid`, `orderid`, `id`."""
    if not isinstance(value, dict):
        return
    for name, inner in value.items():
        yield from _parts(name)
        if fold(name) in _EVENTS and isinstance(inner, str):
            yield from _parts(inner)


def _parts(text: str) -> Iterator[str]:
    for found in _WORD.finditer(text[:64]):
        yield fold(text[found.start() : 64])


def _inner(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
