"""The commands that the documents tell a reader to type: the lines of their `sh` blocks, by heading."""

import re
from dataclasses import dataclass
from pathlib import Path

_HEADING_OR_BLOCK = re.compile(
    r"^#+ (?P<heading>[^\n]+)$|^```sh\n(?P<block>.*?)^```$", re.MULTILINE | re.DOTALL
)
_REMARK = re.compile(r"(?:^|\s+)#\s.*$")


@dataclass(frozen=True, slots=True)
class Command:
    """One line. `block`: the remark in the block's first line, such as `systemd`, else ''."""

    document: str
    heading: str
    block: str
    line: str


def read_commands(document: Path) -> list[Command]:
    """Return the commands of a document in their order, without remarks."""
    found, heading = [], ""
    for match in _HEADING_OR_BLOCK.finditer(document.read_text(encoding="utf-8")):
        if match["heading"]:
            heading = match["heading"]
            continue
        lines = match["block"].replace("\\\n", " ").splitlines()
        block = lines[0].removeprefix("# ").partition(":")[0] if lines[0].startswith("#") else ""
        typed = (_REMARK.sub("", line).strip() for line in lines)
        found += [Command(document.name, heading, block, line) for line in typed if line]
    return found
