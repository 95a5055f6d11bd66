"""Reads `.env`: only lines that docker compose, systemd and we read alike; the others are refused. Pure."""

import re

from shared.settings import SettingsError

_COMMENT = re.compile(r"[ \t]*(#.*)?")
_SETTING = re.compile(r"[ \t]*(?P<export>export[ \t]+)?(?P<name>[A-Za-z_]\w*)[ \t]*=(?P<value>.*)", re.ASCII)
_VALUE = re.compile(
    r"""[ \t]*(?:
        '(?P<single>([^'\\]|\\(?!['\\]))*)' |
        "(?P<double>[^"\\$]*)" |
        (?P<bare>(?![\s'"])([^\\$\s]|[ \t]+(?![\s\#]|$))*)
    )[ \t]*""",
    re.VERBOSE,
)
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029\ufeff]")
_MARK = "\ufeff"


def settings_of(text: str, path: str) -> dict[str, str]:
    """Return the settings of a `.env`; of several lines of a name the last counts.

    Raises SettingsError, which names each line that is refused with its remedy, and never shows a value.
    """
    values, problems = dict[str, str](), list[str]()
    for number, line in enumerate(text.removeprefix(_MARK).split("\n"), 1):
        line = line.removesuffix("\r")  # noqa: PLW2901 # Windows
        found = _SETTING.fullmatch(line)
        if number == 1 and text.startswith(_MARK) and "=" in line:
            problem = "save the file without a byte order mark: systemd does not read this line"
        elif not found:
            problem = _of_comment(line)
        else:
            problem, values[found["name"]] = _value_of(line, found)
        if problem:
            name = f" ({found['name']})" if found else ""
            problems.append(f"{path} line {number}{name}: {problem}")
    if problems:
        raise SettingsError(problems)
    return values


def _of_comment(line: str) -> str:
    """Return what is wrong with a line that sets nothing, '' if it is a comment or empty."""
    if not _COMMENT.fullmatch(line) or _CONTROL.search(line):
        return "this is not NAME=value"
    if line.endswith("\\"):
        return "end this comment without the backslash: systemd takes the next line as a part of it"
    return ""


def _value_of(line: str, setting: re.Match[str]) -> tuple[str, str]:
    """Return what is wrong with a setting, '' for nothing, and its value."""
    value = _VALUE.fullmatch(setting["value"])
    if setting["export"] or setting["name"] == "export":
        return "remove `export`: systemd skips such a line", ""
    if re.match(r"[ \t]+#", setting["value"]):
        return "put the comment on a line of its own: it would be the value", ""
    if not value or _CONTROL.search(line):
        return (
            "docker compose, systemd and we would read different values: choose one without ' and \\, "
            "put it between single quotes, and nothing behind it"
        ), ""
    return "", next(part for part in value.group("single", "double", "bare") if part is not None)
