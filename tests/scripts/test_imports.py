"""What a process imports before it begins: by names, since each costs every start a part of a second."""

import importlib
import subprocess
import sys
from pathlib import Path

import click
import pytest

from avito_live.command_line import COMMANDS

SERVICES = ("ingest", "worker", "push_gateway")
MACHINERY = (
    *("redis", "hiredis", "arq", "httpx", "httpx2", "aiohttp", "starlette", "uvicorn", "websockets"),
    *("prometheus_client", "orjson", "argon2", "Stemmer"),
)


def imported_by(folder: Path, *arguments: str) -> set[str]:
    """Start `python -m`; a service without settings ends once all is imported."""
    command = [sys.executable, "-X", "importtime", "-m", *arguments]
    environ = {"AVITO_LIVE_HOME": str(folder)}
    done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1, 2), done.stderr
    lines = (line for line in done.stderr.splitlines() if line.startswith("import time:"))
    return {line.rpartition("|")[2].strip() for line in lines}


def heavy(modules: set[str], *heavy: str) -> set[str]:
    return modules & {*heavy}


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_the_list_of_commands_needs_none_of_them(tmp_path: Path, option: str) -> None:
    modules = imported_by(tmp_path, "avito_live", option)

    assert heavy(modules, "asyncio", "avito_live.commands", *SERVICES, *MACHINERY) == set()


def test_settings_are_checked_without_what_runs_by_them(tmp_path: Path) -> None:
    modules = imported_by(tmp_path, "avito_live", "settings")

    assert {"ingest.settings", "push_gateway.settings", "worker.features.configuration"} <= modules
    assert heavy(modules, "asyncio", "worker.app", "push_gateway.app", "ingest.app", *MACHINERY) == set()


def test_the_state_is_read_without_any_service(tmp_path: Path) -> None:
    modules = imported_by(tmp_path, "avito_live", "status")

    needed = ("redis", "hiredis", "orjson", "prometheus_client")
    assert heavy(modules, *SERVICES, *({*MACHINERY} - {*needed})) == set()


@pytest.mark.parametrize(
    ("service", "not_needed"),
    [
        ("ingest", ("arq", "httpx", "httpx2", "aiohttp", "argon2", "Stemmer", "websockets")),
        ("worker", ("argon2", "websockets", "click.testing", "PIL")),
        ("push_gateway", ("httpx", "httpx2", "aiohttp", "PIL")),
    ],
)
def test_a_service_imports_nothing_of_the_others(
    tmp_path: Path, service: str, not_needed: tuple[str, ...]
) -> None:
    modules = imported_by(tmp_path, service)

    assert heavy(modules, *({*SERVICES} - {service}), *not_needed) == set()


def test_the_run_of_the_demo_starts_without_a_web_server(tmp_path: Path) -> None:
    modules = imported_by(tmp_path, "avito_live.commands.run")

    assert heavy(modules, "starlette", "uvicorn", "arq", "aiohttp", "websockets", "Stemmer") == set()


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_says_of_each_command_what_its_own_help_says(name: str) -> None:
    module = importlib.import_module(f"avito_live.commands.{COMMANDS[name].module}")
    command = getattr(module, name.replace("-", "_"))

    assert isinstance(command, click.Command)
    first = (command.help or "").partition("\n\n")[0].replace("\n", " ")
    assert COMMANDS[name].summary == ("" if command.hidden else first)
