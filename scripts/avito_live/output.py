"""The one place where commands write to the terminal: what comes from outside cannot act on it."""

import click

from shared.printable import printable_lines


def tell(text: str, *, err: bool = False) -> None:
    """Print a text with line breaks of its own."""
    click.echo(printable_lines(text), err=err)
