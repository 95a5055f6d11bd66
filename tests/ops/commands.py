"""The commands that the documents tell a reader to type: the lines of their `sh` blocks, by heading."""

import re
from dataclasses import dataclass
from pathlib import Path

_HEADING_OR_BLOCK = re.compile(
    r"^#+ (?P<heading>[^\n]+)$|^```sh\n(?P<block>.*?)^```$", re.MULTILINE | re.DOTALL
)
_REMARK = re.compile(r"(?:^|\s+)#\s.*$")


_CLOSING = ("done", "fi", "}", "esac")


@dataclass(frozen=True, slots=True)
class Command:
    """One command. `block`: the remark in the block's first line, such as `systemd`, else ''."""

    document: str
    heading: str
    block: str
    line: str


def read_commands(document: Path) -> list[Command]:
    """Return the commands of a document in their order, without remarks.

    A line that is indented, or closes a loop, goes on with the one before.
    """
    found, heading = [], ""
    for match in _HEADING_OR_BLOCK.finditer(document.read_text(encoding="utf-8")):
        if match["heading"]:
            heading = match["heading"]
            continue
        text = match["block"].replace("\\\n", " ")
        first = text.partition("\n")[0]
        block = first.removeprefix("# ").partition(":")[0] if first.startswith("#") else ""
        found += [Command(document.name, heading, block, command) for command in _split(text)]
    return found


def _split(text: str) -> list[str]:
    commands: list[str] = []
    for line in filter(None, (_REMARK.sub("", line).rstrip() for line in text.splitlines())):
        if commands and (line[0].isspace() or line in _CLOSING):
            commands[-1] += f"\n{line}"
        else:
            commands.append(line)
    return commands
