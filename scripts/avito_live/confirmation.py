"""Asks before a command does what cannot be undone."""

import sys

import click

from avito_live import interruptible
from avito_live.runner.errors import RunError
from shared.command_names import HAS_MAKE
from shared.printable import printable

YES = click.option("-y", "--yes", is_flag=True, help="Answer the question with yes.")


def is_agreed(question: str) -> bool:
    """Ask on the terminal, also from within an event loop; no is the default. Raises click.Abort."""
    with interruptible.at_the_terminal():
        answer = click.prompt(f"? {printable(question)} [y/N]", "", show_default=False, prompt_suffix=" ")
    return answer.strip().lower() in ("y", "yes", "д", "да")


def confirm(question: str, *, yes: bool) -> None:
    """Return if the owner agrees. Raises RunError if not, or if there is no terminal to ask on."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise RunError(
            f"{question} Without a terminal {'FORCE=1, or --yes,' if HAS_MAKE else '--yes'} says yes", 2
        )
    if not is_agreed(question):
        raise RunError("it was not confirmed")
