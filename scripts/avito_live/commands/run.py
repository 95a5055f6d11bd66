"""`make run`: runs the whole system here until Ctrl-C. Exit code 0: stopped, 1: a problem, 2: settings."""

import asyncio
import os
import sys

import init_env
from avito_live.runner import configuration, lock, tied
from avito_live.runner.errors import RunError
from avito_live.runner.folders import Folders
from avito_live.runner.launcher import Launcher
from avito_live.runner.plan import read_plan
from avito_live.runner.ports import settled
from avito_live.runner.terminal import Terminal
from shared.settings import SettingsError


def run(terminal: Terminal) -> None:
    """Prepare and run. Raises RunError, SettingsError, OSError."""
    os.umask(0o077)  # var holds buyers' messages: readable by this user only
    home = configuration.home(os.environ)
    lock.take_run(Folders(home).lock)
    if not (home / ".env").exists() and (written := init_env.init(os.environ)):
        terminal.say(f"Wrote {written} with made-up secrets.")
    values = configuration.load(os.environ)
    plan = read_plan(values)
    folders = Folders(home, plan.demo)
    system = Launcher(settled(plan), folders, values, terminal)
    terminal.say("Starting Avito Live …")
    asyncio.run(system.run())
    terminal.say("Stopped. `make run` starts it again with its data.")


def main() -> int:
    """Run; every failure is one line."""
    if sys.argv[1:] == ["--tied"]:  # end when make is killed
        tied.tie(os.getppid())
    terminal = Terminal()
    code = 0
    try:
        run(terminal)
    except SettingsError as error:
        terminal.say("\n".join(f"settings: {problem}" for problem in error.problems))
        terminal.say("Correct these in .env or the environment; `make settings` shows what is in effect.")
        code = 2
    except RunError as problem:
        terminal.say(f"Stopped: {problem}")
        code = problem.code
    except OSError as error:
        terminal.say(f"Stopped: {error}")
        code = 1
    except KeyboardInterrupt:
        terminal.say("Stopped.")
    terminal.close()
    return code


if __name__ == "__main__":
    sys.exit(main())
