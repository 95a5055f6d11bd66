"""The one place where commands write to the terminal: what comes from outside cannot act on it."""

import os
import sys

import click

from avito_live.runner.errors import RunError
from shared.command_names import named_for_here
from shared.printable import printable_lines


def tell(text: str, *, err: bool = False) -> None:
    """Print a text with line breaks of its own.

    Raises RunError if it cannot be written, to a full disk for instance; what was for standard error is lost.
    """
    stream = sys.stderr if err else sys.stdout
    try:
        click.echo(printable_lines(named_for_here(text)), err=err)
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())  # else Python tries again at its end
        if not err:
            raise RunError(f"The output cannot be written: {error.strerror}.") from None
