"""`doctor`: prints one table of all checks, green or red, with fixes."""

import sys
from collections.abc import Sequence

from avito_live.webhook_setup.context import FAILED, OK, CommandContext
from avito_live.webhook_setup.doctor import avito_checks, network_checks, system_checks
from avito_live.webhook_setup.doctor.row import Row, State
from avito_live.webhook_setup.doctor.words import words
from avito_live.webhook_setup.words import Language

_SIGNS: dict[State, tuple[str, str]] = {"good": ("✓", "32"), "warning": ("!", "33"), "bad": ("✗", "31")}


async def doctor(context: CommandContext) -> int:
    """Check everything and print the table; exit code 1 if something must be fixed."""
    rows = [
        system_checks.settings(context),
        *await system_checks.redis(context),
        *await network_checks.check(context),
        *await avito_checks.check(context),
        *await system_checks.system(context),
    ]
    print("\n".join(table(rows, context.language, colour=sys.stdout.isatty())))
    troubled = sum(row.state == "bad" for row in rows)
    print(words(context.language, "summary_bad" if troubled else "summary_good", count=troubled))
    return FAILED if troubled else OK


def table(rows: Sequence[Row], language: Language, *, colour: bool) -> list[str]:
    """Return the lines of the table; the fix is below its row. Pure."""
    names = [words(language, row.what) for row in rows]
    wide = max(map(len, names), default=0)
    lines = []
    for name, row in zip(names, rows, strict=True):
        sign, code = _SIGNS[row.state]
        shown = f"\x1b[{code}m{sign}\x1b[0m" if colour else sign
        lines.append(f"{shown} {name:<{wide}}  {row.found}")
        if row.fix:
            lines.append(f"  {'':<{wide}}  → {row.fix}")
    return lines
