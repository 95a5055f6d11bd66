"""Bodies that are as expensive to read as can be, of a given length."""

from collections.abc import Callable, Iterator
from itertools import count, takewhile

from worker.messages.webhook import MOST_VALUES

_KIB = (2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 128, 256)


def _fit(prefix: str, unit: Callable[[int], str], suffix: str, size: int) -> bytes:
    return f"{prefix}{''.join(_units(unit, size - len(prefix) - len(suffix)))}{suffix}".encode()


def _units(unit: Callable[[int], str], size: int) -> Iterator[str]:
    for number in count():
        one = unit(number)
        size -= len(one.encode())
        if size < 0:
            return
        yield one


def _in_large_object(size: int) -> bytes:
    names = _fit("", lambda n: f'"k{n}":0,', "", size // 2).decode()
    return _fit(f'{{{names}"a":[', lambda _: '{"id":"m","text":""},', "1]}", size)


MADE: dict[str, Callable[[int], bytes]] = {
    "empty objects": lambda size: _fit('{"payload":[', lambda _: "{},", "{}]}", size),
    "names of chats": lambda size: _fit('{"payload":{', lambda n: f'"chat_id{n}":{{}},', '"a":1}}', size),
    "long names": lambda size: _fit('{"type":"odd",', lambda n: f'"{"aB" * 28}{n:08}":0,', '"a":1}', size),
    "nested lists": lambda size: _fit('{"a":[', lambda _: "[" * 200 + "]" * 200 + ",", "1]}", size),
    "messages without a chat": lambda size: _fit("[", lambda _: '{"id":"m","text":""},', "1]", size),
    "messages in an object of many names": _in_large_object,
    "messages": lambda size: _fit(
        "[", lambda n: f'{{"id":"m{n}","chat_id":"c{n}","text":"","author_id":5}},', "1]", size
    ),
    "chats": lambda size: _fit('{"a":[', lambda n: f'{{"chat_id":"c{n}"}},', "1]}", size),
    "what orjson refuses": lambda size: _fit('["\x01",', lambda _: "1,", "1]", size),
    "cut off": lambda size: _fit('{"chat_id":"x",', lambda _: '"chat_id":"y",', "", size),
    "a form": lambda size: _fit("chat_id=", lambda _: "%41", "", size),
    "accents": lambda size: _fit('{"chat_id":"x","text":"', lambda _: "\u0301\u0316", '"}', size),
}


def largest_that_is_parsed(name: str) -> bytes:
    """Return the largest body of this kind that does not have too many values."""
    return list(takewhile(_is_parsed, (MADE[name](1024 * kib) for kib in _KIB)))[-1]


def _is_parsed(body: bytes) -> bool:
    return sum(map(body.count, (b",", b"[", b"{"))) <= MOST_VALUES
