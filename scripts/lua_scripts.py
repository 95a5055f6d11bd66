"""Writes shared/redis/lua/scripts.py, the typed functions that call the Lua scripts, from their heads.

`--check` writes nothing and fails when the file is out of date.
"""

import inspect
import sys
import textwrap
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from pathlib import Path

from shared.redis import keys, lua
from shared.redis.lua.head import BadHeadError, Declared, Head

TARGET = Path(__file__).parents[1] / "shared/redis/lua/scripts.py"
INTRODUCTION = '''# fmt: off
"""Calls the Lua scripts, one function each. Made by `make lua` from their heads: do not edit."""

from collections.abc import Collection, Mapping
from itertools import chain
from typing import Any, Literal, NamedTuple

from shared.redis import keys
from shared.redis.lua import Call

Text = str | bytes
Value = str | bytes | float


def _pairs(flat: list[bytes]) -> dict[bytes, bytes]:
    return dict(zip(flat[::2], flat[1::2], strict=True))
'''
WIDTH = 110
ARGUMENTS = {"": "Text", "text": "Text", "int": "int", "time": "float", "number": "float", "bool": "bool"}
RESULTS = {
    "bool": ("bool", "bool({0})"),
    "int": ("int", "int({0})"),
    "float": ("float", "float({0})"),
    "text": ("str", '{0}.decode(errors="replace")'),
    "bytes": ("bytes", "{0}"),
    "map": ("dict[bytes, bytes]", "_pairs({0})"),
    "none": ("None", "None"),
    "raw": ("Any", "{0}"),
}


def main() -> None:
    """Write the file, or compare it."""
    parser = ArgumentParser(description="Writes shared/redis/lua/scripts.py from the heads of the scripts.")
    parser.add_argument("--check", action="store_true", help="only tell whether it is up to date")
    asked = parser.parse_args()
    written = "\n\n".join([INTRODUCTION, *(text for name in lua.names() for text in script(name))])
    if not asked.check:
        TARGET.write_text(written)
    elif TARGET.read_text() != written:
        sys.exit(f"{TARGET.name} is out of date: run `make lua`")


def filled(opening: str, items: Iterable[str], closing: str, *, indent: int) -> str:
    """Return a list of items, in lines that are not too long."""
    whole = opening + ", ".join(items) + closing.replace(" ", "\0")
    lines = textwrap.fill(whole, WIDTH, subsequent_indent=" " * indent, break_on_hyphens=False)
    return lines.replace("\0", " ")


def script(name: str) -> Iterator[str]:
    """Return the classes and the function of one script. Raises BadHeadError."""
    head = lua.head(name)
    lua.load(name)
    yield from map(row, (arg for arg in head.words("args") if arg.columns))
    result = Result(name, head.words("returns"))
    yield from result.classes()
    parameters = ["*", *(f"{parameter}: {kind}" for parameter, kind in declared_parameters(head).items())]
    lists = [f"[{', '.join(items)}]" for items in (keys_of(head), arguments_of(head))]
    parts = [f'"{name}"', *lists, result.reader]
    call = filled("    return Call(", parts, ")", indent=8)
    signature = filled(f"def {name}(", parameters, f") -> Call[{result.kind}]:", indent=4)
    summary = head.about.partition(". ")[0].removesuffix(".")
    yield f'{signature}\n    """{summary}."""\n{call}\n'


def camel(*words: str) -> str:
    """Return the name of a class."""
    return "".join(part.title() for word in words for part in word.split("_"))


def row(arg: Declared) -> str:
    """Return the class of the rows of an argument."""
    kinds = {column.name: "int" if column.kind == "bool" else kind_of(column) for column in arg.columns}
    columns = "".join(f"\n    {name}: {kind}" for name, kind in kinds.items())
    return f'class {row_class(arg)}(NamedTuple):\n    """One of `{arg.name}`."""\n{columns}\n'


def row_class(arg: Declared) -> str:
    """Return the name of that class."""
    return camel(arg.name.removesuffix("s"), "row")


def kind_of(arg: Declared) -> str:
    """Return the type of an argument."""
    if arg.kind == "map":
        return "Mapping[Any, Value]"
    if arg.mark == "*":
        return f"Collection[{row_class(arg) if arg.columns else 'Value'}]"
    return ARGUMENTS[arg.kind] + (" | None = None" if arg.mark == "?" else "")


def key_parameters(key: Declared) -> dict[str, str]:
    """Return what a key is computed from, with its type."""
    found = getattr(keys, constant(key.name))
    if not callable(found):
        return {}
    kinds = {name: kind.__name__ for name, kind in inspect.get_annotations(found).items() if name != "return"}
    if key.kind == "prefix":
        kinds.popitem()
    return kinds


def constant(name: str) -> str:
    """Return the name of a key in keys.py."""
    return name if hasattr(keys, name) else name.upper()


def declared_parameters(head: Head) -> dict[str, str]:
    """Return the parameters of a script's function; what keys are computed from may be an argument, too."""
    found: dict[str, str] = {}
    for key in head.words("keys"):
        found |= key_parameters(key)
        if key.mark:
            found[f"with_{key.name}"] = "bool"
    found |= {f"{key.name}_key": "str" for key in head.words("given")}
    return {arg.name: kind_of(arg) for arg in head.words("args")} | found


def keys_of(head: Head) -> Iterator[str]:
    """Return the keys as Python."""
    for key in head.words("keys"):
        found = f"keys.{constant(key.name)}"
        if callable(getattr(keys, constant(key.name))):
            parts = [*key_parameters(key), *(['""'] if key.kind == "prefix" else [])]
            found += f"({', '.join(parts)})"
        yield f"*([{found}] if with_{key.name} else [])" if key.mark else found
    yield from (f"{key.name}_key" for key in head.words("given"))


def arguments_of(head: Head) -> Iterator[str]:
    """Return the arguments as Python."""
    args = head.words("args")
    for arg in args:
        if arg.is_several and arg is not args[-1]:
            yield f"len({arg.name})"
        yield argument(arg)


def argument(arg: Declared) -> str:
    """Return one argument as Python; Redis' clients know no bool."""
    if arg.kind == "map":
        return f"*chain.from_iterable({arg.name}.items())"
    if arg.columns:
        return f"*chain.from_iterable({arg.name})"
    if arg.mark == "*":
        return f"*{arg.name}"
    value = f"int({arg.name})" if arg.kind == "bool" else arg.name
    return f'"" if {arg.name} is None else {value}' if arg.mark == "?" else value


class Result:
    """What a script returns: its type, and how it is read."""

    def __init__(self, name: str, words: tuple[Declared, ...]) -> None:
        if not words:
            raise BadHeadError(f"{name}.lua does not say what it returns")
        self._name = name
        self._is_single = len(words) == 1 and not words[0].kind
        self._words = (Declared("verdict", words[0].name, (), ""),) if self._is_single else words
        self.kind = self._form(self._words[0])[0] if self._is_single else camel(name, "reply")

    @property
    def reader(self) -> str:
        """The function that reads the reply."""
        if not self._is_single:
            return f"{self.kind}.read"
        form = self._form(self._words[0])[1]
        plain = {"{0}": "bytes", "None": "lambda _: None", f"{self.kind}({{0}})": self.kind}
        return plain.get(form, f"lambda reply: {form.format('reply')}")

    def _form(self, word: Declared) -> tuple[str, str]:
        if "|" in word.kind:
            return camel(self._name, word.name), "{0}.decode()"
        kind, form = RESULTS[word.kind]
        return (f"{kind} | None", form + " if {0} else None") if word.mark == "?" else (kind, form)

    def classes(self) -> Iterator[str]:
        """Return the classes that the type consists of."""
        for word in self._words:
            if "|" in word.kind:
                said = ", ".join(f'"{one}"' for one in word.kind.split("|"))
                yield f"{camel(self._name, word.name)} = Literal[{said}]\n"
        if not self._is_single:
            yield self._tuple()

    def _tuple(self) -> str:
        fields = "".join(f"    {word.name}: {self._form(word)[0]}\n" for word in self._words)
        ends = [":" if word.kind == "map" else "" for word in self._words]
        parts = [
            self._form(word)[1].format(f"reply[{at}{end}]")
            for at, (word, end) in enumerate(zip(self._words, ends, strict=True))
        ]
        cls = filled("        return cls(", parts, ")", indent=12)
        return (
            f'class {self.kind}(NamedTuple):\n    """What {self._name}.lua returns."""\n\n{fields}\n'
            f'    @classmethod\n    def read(cls, reply: list[Any]) -> "{self.kind}":\n'
            f'        """Read it."""\n{cls}\n'
        )


if __name__ == "__main__":
    main()
