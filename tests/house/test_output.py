"""Commands write to the terminal in one place, which makes what comes from outside printable."""

import re

from tests.house.tree import ROOT

_WRITES = re.compile(r"click\.(?:s?echo|secho)\(|(?<![\w.])print\(")
_BESIDE = {
    "scripts/avito_live/output.py",
    "scripts/avito_live/backups/backup.py",  # words and paths of our own
    "scripts/avito_live/backups/ended_access.py",
    "scripts/avito_live/runner/terminal.py",
    "scripts/avito_live/webhook_setup/context.py",  # values become printable in words.py
    "scripts/avito_live/doctor/doctor.py",
    "scripts/avito_live/webhook_setup/probe.py",
}


def test_commands_print_in_one_place() -> None:
    found = (ROOT / "scripts" / "avito_live").rglob("*.py")
    writing = {path.relative_to(ROOT).as_posix() for path in found if _WRITES.search(path.read_text("utf-8"))}

    assert writing == _BESIDE
