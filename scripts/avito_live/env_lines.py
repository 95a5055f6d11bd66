"""Reads `.env`, and names the lines that docker compose or systemd read otherwise. Pure."""

import re
from dataclasses import dataclass

from shared.settings import VARIABLES

_COMMENT = re.compile(r"[ \t]*(#.*)?")
_SETTING = re.compile(r"[ \t]*(?P<export>(?:export[ \t]+)?+)(?P<name>[\w.\-]+)[ \t]*=(?P<value>.*)")
_ALIKE = re.compile(
    r"""[ \t]*(?:
        '([^'\\]|\\(?!['\\]))*' |
        "[^"\\$]*" |
        (?![\s'"])([^\\$\s]|[ \t]+(?![\s\#]|$))*
    )[ \t]*""",
    re.VERBOSE,
)
_QUOTED = re.compile(
    r"""(?P<plain>\s*(?P<quoted>'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")\s*)(?:\#.*)?""", re.VERBOSE
)
_CLOSED_FOR_SYSTEMD = re.compile(r"""(\s*('[^']*'|"(\\.|[^"\\])*"))*\s*([^\s'"].*)?""")
_ESCAPES = {"'": re.compile(r"\\['\\]"), '"': re.compile(r"""\\[\\'"abfnrtv]""")}
_COMMENT_BEHIND = re.compile(r"\s+#.*")
_BREAK = re.compile(r"[\x00\r]")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029\ufeff]")
_MARK = "\ufeff"

_NO_SETTING = "this is not NAME=value"
_NO_MARK = "save the file without a byte order mark: systemd does not read this line"
_NO_BACKSLASH = "end this line without the backslash: systemd takes the next line as a part of it"
_NO_EXPORT = "remove `export`: systemd skips such a line"
_NO_COMMENT = "put the comment on a line of its own: systemd takes it as a part of the value"
_QUOTES = (
    "docker compose, systemd and we would read different values: choose one without ' and \\, "
    "put it between single quotes, and nothing behind it"
)


@dataclass(frozen=True, slots=True)
class EnvLines:
    """A `.env`. No problem and no difference shows a value.

    `values`: of several lines of a name the last counts. `problems`: lines that are not read. `differences`:
    lines of our settings that are read, but that another reader takes otherwise; each has its remedy.
    """

    values: dict[str, str]
    problems: list[str]
    differences: list[str]


def lines_of(text: str, path: str) -> EnvLines:
    """Read a `.env`; what is no setting of ours is a problem only if it reaches into the next lines."""
    read = EnvLines({}, [], [])
    for number, line in enumerate(text.removeprefix(_MARK).split("\n"), 1):
        line = line.removesuffix("\r")  # noqa: PLW2901 # Windows
        setting = _SETTING.fullmatch(line)
        value, problem, difference = _judge(line, setting)
        if number == 1 and text.startswith(_MARK) and "=" in line and not (setting and not _is_ours(setting)):
            problem = _NO_MARK
        place = f"{path} line {number}" + (f" ({setting['name']})" if setting else "")
        if problem:
            read.problems.append(f"{place}: {problem}")
            continue
        if difference:
            read.differences.append(f"{place}: {difference}")
        if setting and value is not None:
            read.values[setting["name"]] = value
    return read


def _is_ours(setting: re.Match[str]) -> bool:
    return setting["name"] in VARIABLES


def _judge(line: str, setting: re.Match[str] | None) -> tuple[str | None, str, str]:
    """Return the value of a line, None for none, and what is wrong and what differs in it, '' for nothing."""
    if line.endswith("\\"):
        return None, _NO_BACKSLASH, ""
    if not setting:
        is_comment = _COMMENT.fullmatch(line) and not _BREAK.search(line)
        return None, "" if is_comment else _NO_SETTING, ""
    plain, value = _parts(setting["value"])
    if not _is_ours(setting):
        return value, _QUOTES if plain is None or _BREAK.search(line) else "", ""
    if plain is None or value is None or _CONTROL.search(line):
        return None, _QUOTES, ""
    differences = [_NO_EXPORT] if setting["export"] else []
    if plain != setting["value"]:
        differences.append(_NO_COMMENT)
    if not _ALIKE.fullmatch(plain):
        differences.append(_QUOTES)
    return value, "", "; ".join(differences)


def _parts(text: str) -> tuple[str | None, str | None]:
    """Return what stands before a comment, None if a quote is not closed, and its value.

    Escapes within quotes have none, since every reader has its own.
    """
    if not text.lstrip().startswith(("'", '"')):
        plain = _COMMENT_BEHIND.sub("", text)
        return plain, plain.strip()
    found = _QUOTED.fullmatch(text)
    if not found or not _CLOSED_FOR_SYSTEMD.fullmatch(text):
        return None, None
    value = found["quoted"][1:-1]
    return found["plain"], None if _ESCAPES[found["quoted"][0]].search(value) else value
