"""Reads the head of a Lua script: its parts, constants, keys, arguments and what it returns. Pure.

The head is the comment that the file begins with. Besides prose it has lines of these kinds, which may go
on in lines that are indented by three spaces:

- `include:` the parts (`_name.lua`) that are put in front of the script.
- `constants:` names from constants.py, each a local.
- `keys:` names from keys.py, `name:type`. The script calls such a key `KEYS.name`; its type is checked before
  the script begins. Without a type the script reads it, or calls `expect_type`, before its first write. `?`
  after the last: it may be absent. `name:prefix`, `KEYS.name_prefix`, is the key with its last parameter
  empty, onto which only keys of its own hash tag may be glued.
- `given:` the same for keys that the caller names whole.
- `args:` `name` or `name:kind`, each a local. Without a kind it is text. `int` and `time` (Unix seconds) are
  text in Lua too, since Lua would round them. Others are `number`, `bool` and `map` (names and values as one
  table). `?`: it may be absent, which is '' in Lua, nil for a number. `name*` is a list, and
  `name(column column ...)*` a list of rows (bools as 0 or 1). Lists and maps come last.
- `returns:` a kind, or words with `|` between them, or several `name:kind`. Kinds are `bool`, `int`, `float`
  (text in Lua), `text`, `bytes`, `map` (all that follows), `none` and `raw`. `?`: None where it is ''.

A part declares the arguments and constants that it uses; the keys it uses must be those of the script.
"""

import re
from dataclasses import dataclass
from typing import Literal

_LINE = re.compile(r"(include|constants|keys|given|args|returns): (.*)")
_WORD = re.compile(r"([\w|]+)(?::([\w|]+))?(?:\(([^)]*)\))?([?*]?)")


class BadHeadError(Exception):
    """A head is not as described above, or a script lacks what its parts need; the text says where."""


@dataclass(frozen=True, slots=True)
class Declared:
    """One declared name. `kind`: '' where none is given. `columns`: of a row. `mark`: `?`, `*` or ''."""

    name: str
    kind: str
    columns: tuple["Declared", ...]
    mark: str

    @property
    def is_several(self) -> bool:
        """Whether an argument is a list or a map."""
        return self.mark == "*" or self.kind == "map"

    @property
    def local(self) -> str:
        """What a script calls a key."""
        return f"{self.name}_prefix" if self.kind == "prefix" else self.name


Section = Literal["include", "constants", "keys", "given", "args", "returns"]


@dataclass(frozen=True, slots=True)
class Head:
    """What a script declares, and its prose."""

    about: str
    sections: dict[str, tuple[Declared, ...]]

    def words(self, section: Section) -> tuple[Declared, ...]:
        """Return what is declared in a line of this kind, in order."""
        return self.sections.get(section, ())

    @property
    def keys(self) -> tuple[Declared, ...]:
        """The keys, in the order of KEYS."""
        return self.words("keys") + self.words("given")

    def key_names(self) -> list[str]:
        """Return what the script calls them."""
        return [key.local for key in self.keys]

    def names(self, section: Section) -> list[str]:
        """Return the names alone."""
        return [word.name for word in self.words(section)]


def read_head(text: str) -> Head:
    """Read the head of a script or part. Raises BadHeadError."""
    prose: list[str] = []
    lines: dict[str, str] = {}
    section = ""
    for line in text.splitlines():
        if not line.startswith("--"):
            break
        said = line[2:].removeprefix(" ")
        found = _LINE.fullmatch(said)
        if found:
            section = found[1]
            lines[section] = found[2]
        elif section and said.startswith("  "):
            lines[section] += said
        else:
            section = ""
            prose.append(said)
    return Head(" ".join(prose), {name: _words(said) for name, said in lines.items()})


def _words(text: str) -> tuple[Declared, ...]:
    words, at = [], 0
    for found in _WORD.finditer(text):
        if text[at : found.start()].strip():
            break
        words.append(Declared(found[1], found[2] or "", _words(found[3] or ""), found[4]))
        at = found.end()
    if text[at:].strip():
        raise BadHeadError(f"not understood: {text[at:].strip()}")
    return tuple(words)
