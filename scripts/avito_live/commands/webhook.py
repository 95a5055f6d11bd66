"""The command line: parses arguments, runs a command, returns the exit code."""

import argparse
import asyncio
import logging
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence

from redis.exceptions import RedisError

from avito_live.webhook_setup.context import (
    FAILED,
    NO_REDIS,
    SETTINGS,
    CommandContext,
    is_forced,
    open_context,
)
from avito_live.webhook_setup.doctor.doctor import doctor
from avito_live.webhook_setup.rotate import rotate
from avito_live.webhook_setup.show_status import show_status
from avito_live.webhook_setup.subscribe import subscribe
from avito_live.webhook_setup.try_url import try_url
from avito_live.webhook_setup.unsubscribe import unsubscribe
from avito_live.webhook_setup.words import Language, language_of, say
from shared.settings import SettingsError

Command = Callable[[CommandContext], Awaitable[int]]

_COMMANDS: dict[str, tuple[Command, str]] = {
    "setup": (subscribe, "subscribe, so that messages arrive at once"),
    "unsubscribe": (unsubscribe, "remove our subscription and go back to polling"),
    "test": (try_url, "post {} and a probe to the public URL; exit code 0 or 1"),
    "status": (show_status, "show the subscription at Avito and the state of the system"),
    "doctor": (doctor, "check everything and say how to fix each problem"),
    "rotate-secret": (rotate, "change the secret in the URL without losing an event"),
}
_EXIT_CODES = """exit codes: 0 done, 1 failed (Avito refused, a check failed), 2 settings,
3 Redis out of reach, 4 refused or not confirmed, 130 interrupted"""


def run(arguments: Sequence[str]) -> int:
    """Run one command and return the exit code."""
    # The commands report problems themselves; log lines of the modules they use would only disturb.
    logging.getLogger().addHandler(logging.NullHandler())
    given = _parser().parse_args(arguments)
    language: Language = given.lang or language_of(os.environ)
    try:
        return asyncio.run(_run(_COMMANDS[given.command][0], language, yes=given.yes))
    except SettingsError as error:
        print(say(language, "settings_wrong"), file=sys.stderr)
        for problem in error.problems:
            print(f"  {problem}", file=sys.stderr)
        return SETTINGS
    except (RedisError, TimeoutError) as error:
        print(f"✗ {say(language, 'no_redis', error=type(error).__name__)}", file=sys.stderr)
        return NO_REDIS
    except OSError as error:  # a file of another user, a full disk
        print(f"✗ {error}", file=sys.stderr)
        return FAILED
    except (KeyboardInterrupt, EOFError, asyncio.CancelledError):
        return 130


async def _run(command: Command, language: Language, *, yes: bool) -> int:
    """Run it; the first Ctrl-C, SIGTERM or SIGHUP cancels it, so that it can undo its changes."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None  # noqa: S101 # this runs in a task
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup stays nohup
            loop.add_signal_handler(number, task.cancel)
    async with open_context(os.environ, language, forced=is_forced(os.environ, yes=yes)) as context:
        return await command(context)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="setup_avito_webhook.py",
        description="Avito's webhook: on, off, test, status.",
        epilog=_EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--lang", choices=("ru", "en"), help="language of the output (default: that of LANG)")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, (_, words) in _COMMANDS.items():
        command = commands.add_parser(name, help=words)
        command.add_argument(
            "--yes", "-y", action="store_true", help="answer every question with yes (FORCE=1)"
        )
        command.add_argument(
            "--lang", choices=("ru", "en"), default=argparse.SUPPRESS, help=argparse.SUPPRESS
        )
    return parser
