"""The command line `avito-live`: finds a command, runs it, and turns an error into one line and a code."""

import importlib
import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import click

from avito_live import file_errors
from avito_live.output import tell
from avito_live.runner.errors import NotRunningError, RunError
from shared.command_names import named_for_here
from shared.redis.errors import NewerLayoutError
from shared.settings import SettingsError


class Listed(NamedTuple):
    """A command: its module, which is imported only when it is needed, and its summary; "" hides it."""

    module: str
    summary: str = ""


COMMANDS = {
    "run": Listed("run", "Run the whole system here until Ctrl-C."),
    "init": Listed("init_env", "Write .env with random secrets."),
    "settings": Listed("settings", "Show the settings in effect, with secrets masked."),
    "compose-check": Listed("settings"),
    "status": Listed("show", "Show the state of the running system."),
    "compose-banner": Listed("compose_banner"),
    "subscribe": Listed("webhook", "Subscribe, so that messages arrive at once."),
    "unsubscribe": Listed("webhook", "Remove our subscription and go back to polling."),
    "doctor": Listed("webhook", "Check everything and say how to fix each problem."),
    "rotate-secret": Listed("webhook", "Change the secret in the URL without losing an event."),
    "webhook": Listed("webhook", "Avito's webhook: subscribe, unsubscribe, test, status."),
    "dead": Listed("dead_letters", "List the webhooks that could not be committed."),
    "redrive": Listed("dead_letters", "Retry the dead letters: all, or the one with this ID."),
    "operator": Listed("access", "Manage operators."),
    "token": Listed("access", "Manage tokens for other programs."),
    "redis-users": Listed("redis_users", "Make a Redis user for every service, with new passwords."),
    "secrets": Listed(
        "secrets", "Move the secrets of .env into files that only their owner can read, for systemd."
    ),
    "backup": Listed("backup", "Write all data of the system to one FILE."),
    "restore-check": Listed("backup", "Restore a backup into a temporary Redis to check it."),
    "restore": Listed("backup", "Restore a backup into an empty Redis."),
    "forget": Listed("erasure", "Remove a buyer's data for good."),
    "account": Listed("erasure", "Remove the data of an account that is no longer served."),
}


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"avito_live.commands.{COMMANDS[cmd_name].module}")
        command = getattr(module, cmd_name.replace("-", "_"))
        assert isinstance(command, click.Command)  # noqa: S101 # by the table above
        command.help = named_for_here(command.help or "")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, one.summary) for name, one in COMMANDS.items() if one.summary])


@click.command(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 fine, 1 trouble, 2 wrong use or settings, 130 interrupted.",
)
@click.version_option(package_name="avito-live", message="%(version)s")
def avito_live() -> None:
    """Avito Live: runs the system and looks after it.

    The settings are those of the services: the environment, and `.env` in AVITO_LIVE_HOME, by default in the
    checkout (in the current folder if this is installed without one).
    """


def _prepare() -> None:
    """Make a process of this one that does not depend on its caller's umask, streams and encoding."""
    os.umask(os.umask(0o077) | 0o022)  # even if the caller lets others write what is made here
    if sys.stdin is None:  # closed by the caller
        sys.stdin = Path(os.devnull).open()  # noqa: SIM115 # until the end
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # an encoding without Cyrillic letters ends no command


def main(
    arguments: Sequence[str] | None = None, command: click.Command = avito_live, name: str = "avito-live"
) -> int:
    """Run a command and return the exit code; every expected error is one line, without a traceback."""
    _prepare()
    try:
        return int(command.main(arguments, prog_name=name, standalone_mode=False) or 0)
    except click.ClickException as error:
        if isinstance(error, click.UsageError):
            error.ctx = error.ctx or click.Context(command, info_name=name)  # its usage line
        said = io.StringIO()
        error.show(said)
        tell(said.getvalue().rstrip("\n"), err=True)
        return error.exit_code
    except SettingsError as error:
        text, code = "\n".join(f"settings: {problem}" for problem in error.problems), 2
    except UnicodeEncodeError:
        text, code = "An argument, a setting or the input is not text in UTF-8.", 2
    except RunError as error:
        text, code = str(error), error.code
    except click.Abort:
        text, code = "Interrupted.", 130
    except (NotRunningError, NewerLayoutError) as error:
        text, code = str(error), 1
    except OSError as error:
        text, code = file_errors.words_of(error), 1
    tell(text, err=True)
    return code
