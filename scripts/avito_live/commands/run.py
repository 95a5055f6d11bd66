"""Runs the whole system here until Ctrl-C."""

import asyncio
import importlib.util
import os

import click

from avito_live import file_errors, interruptible
from avito_live.commands.init_env import write_env
from avito_live.runner import configuration, lock, tied
from avito_live.runner.errors import RunError
from avito_live.runner.folders import Folders
from avito_live.runner.launcher import Launcher
from avito_live.runner.plan import read_plan
from avito_live.runner.ports import settled
from avito_live.runner.settings_check import problems_of
from avito_live.runner.terminal import Terminal
from shared.settings import SettingsError

_DEMO_NEEDS = ("avito_simulator", "msgspec", "PIL")  # not in every image
_NO_DEMO = (
    "the demo needs more libraries: pip install 'avito-live[run]', or set AVITO_CLIENT_ID, "
    "AVITO_CLIENT_SECRET and AVITO_USER_ID of a real account."
)


@click.command
@click.option("--tied", "is_tied", is_flag=True, help="End with the process that started this, such as make.")
@click.option("--cut", is_flag=True, help="Cut off what Redis cannot read of its data, and keep a copy.")
def run(is_tied: bool, cut: bool) -> int:
    """Run the whole system here until Ctrl-C.

    Without Avito keys it is a demo with made-up buyers. Exit code 0: stopped, 1: a problem, 2: settings.
    """
    if is_tied:
        tied.tie(os.getppid())
    os.umask(0o077)  # var holds buyers' messages: readable by this user only
    terminal = Terminal()
    try:
        return _run(terminal, cut=cut)
    finally:
        terminal.close()


def _run(terminal: Terminal, *, cut: bool) -> int:
    """Run; a failure is said where the system's log stands, on the terminal."""
    try:
        _run_until_stopped(terminal, cut=cut)
    except SettingsError as error:
        terminal.say("\n".join(f"settings: {problem}" for problem in error.problems))
        terminal.say("Correct these in .env or the environment; `make settings` shows what is in effect.")
        return 2
    except RunError as error:
        terminal.say(f"Stopped: {error}")
        return error.code
    except OSError as error:
        terminal.say(f"Stopped: {file_errors.words_of(error)}")
        return 1
    except KeyboardInterrupt:
        terminal.say("Stopped.")
    return 0


def _run_until_stopped(terminal: Terminal, *, cut: bool) -> None:
    home = configuration.home(os.environ)
    if home == home.parent:
        raise RunError(f"{home} has a var of the system's: start in a folder for Avito Live alone.")
    lock.take_run(Folders(home))
    if not (home / ".env").exists():
        terminal.say(f"Wrote {write_env(os.environ)} with made-up secrets.")
    for difference in configuration.env_lines(home / ".env").differences:
        terminal.say(f"careful: {difference}")
    values = configuration.load(os.environ)
    plan = read_plan(values, problems_of(values))
    if plan.demo and not all(map(importlib.util.find_spec, _DEMO_NEEDS)):
        raise RunError(_NO_DEMO)
    folders = Folders(home, plan.demo)
    system = Launcher(settled(plan), folders, values, terminal, cut)
    data, logs = folders.data.relative_to(home), folders.log("redis").parent.relative_to(home)
    interruptible.hold_signals()
    terminal.say(f"Starting Avito Live in {home}: data in {data}, logs in {logs} …")
    asyncio.run(system.run())
    terminal.say("Stopped. `make run` starts it again with its data.")
