"""Where there is no checkout no message names a make target: neither a command's nor a service's."""

import ast
import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from avito_live import PROJECT
from avito_live.command_line import COMMANDS
from push_gateway.pages.panel import read_files
from shared.command_names import as_commands
from shared.process.log import JsonFormatter, TextFormatter
from shared.redis import keys
from shared.status import read_status

ROOTS = ("shared", "services", "scripts/avito_live")
WHERE_IT_RUNS = {"__main__.py", "compose_banner.py", "erasure.py", "installation.py", "redis_address.py"}
"""These look how it was installed, or are called by make alone."""
TARGETS = re.findall(r"^([a-z-]+):", (PROJECT / "Makefile").read_text("utf-8"), re.MULTILINE)
OF_A_CHECKOUT = re.compile(
    rf"\bmake ({'|'.join(TARGETS)})(?![a-z-])|docker compose (exec|stop|up|port)\b"
    r"|(?<=\S )(NAME|DO|ROLE|SCOPE|ID|BUYER|CHAT|FROM|FILE|FORCE|CUT)=(?!value)"
)


@pytest.fixture
def no_checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.command_names.HAS_MAKE", False)


@pytest.mark.parametrize(
    ("words", "here"),
    [
        ("`make operator NAME=… DO=disable`; more", "`avito-live operator disable …`; more"),
        ("make operator NAME=… ROLE=owner adds one", "avito-live operator add … --role owner adds one"),
        ("make token NAME=… SCOPE=read", "avito-live token add … --scope read"),
        ("End one: make token DO=revoke ID=…", "End one: avito-live token revoke …"),
        ("make restore-check FILE='a b'", "avito-live restore-check 'a b'"),
        ("make forget BUYER=<number at Avito>, or", "avito-live forget --buyer <number at Avito>, or"),
        ("make account FROM=…", "avito-live account …"),
        ("make subscribe FORCE=1 (с", "avito-live subscribe --yes (с"),
        ("`make run CUT=1` starts", "`avito-live run --cut` starts"),
        ("(make run)", "(avito-live run)"),
        ("a running `make run`, or `make up`", "a running `avito-live run`, or `make up`"),
        ("make a choice", "make a choice"),
    ],
)
def test_without_a_checkout_messages_name_the_command(words: str, here: str) -> None:
    assert as_commands(words) == here


def test_every_target_that_is_a_command_has_its_name() -> None:
    named = [name for name in TARGETS if name in COMMANDS and name != "secrets"]  # which needs our units

    assert all(as_commands(f"make {name}") == f"avito-live {name}" for name in named)


def test_no_message_names_what_only_a_checkout_has() -> None:
    files = [path for root in ROOTS for path in (PROJECT / root).rglob("*") if "vendor" not in path.parts]
    said = [(path.name, as_commands(text)) for path in files for text in messages_of(path)]

    left = [(name, text) for name, text in said if OF_A_CHECKOUT.search(text) and name not in WHERE_IT_RUNS]

    assert len(said) > 1_000
    assert left == []


def messages_of(path: Path) -> Iterator[str]:
    """Return the texts of a file that may be shown; `…` stands for what is filled in."""
    if path.suffix in (".toml", ".js", ".html"):
        yield from path.read_text("utf-8").splitlines()
    if path.suffix != ".py":
        return
    nodes = list(ast.walk(ast.parse(path.read_text("utf-8"))))
    silent: set[ast.AST] = {one.value for one in nodes if isinstance(one, ast.Expr)}  # docstrings
    for node in nodes:
        if isinstance(node, ast.JoinedStr):
            silent |= {*node.values}
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in silent:
            yield node.value


@pytest.mark.usefixtures("no_checkout")
@pytest.mark.parametrize("formatter", [TextFormatter(), JsonFormatter()])
def test_a_remedy_in_the_log_names_the_command(formatter: logging.Formatter) -> None:
    record = logging.LogRecord("worker", logging.ERROR, "x.py", 1, "worker.loop_failed", (), None)
    record.reason = "our user may not do that: `make redis-users`"

    assert "may not do that: `avito-live redis-users`" in formatter.format(record)


@pytest.mark.anyio
@pytest.mark.usefixtures("no_checkout")
async def test_the_status_names_the_command(store: Redis) -> None:
    await store.execute_command("HSET", keys.FACTS, "avito", "keys refused")

    status = await read_status(store, 0.0)

    assert "(avito-live doctor)" in status["reason"]


@pytest.mark.usefixtures("no_checkout")
def test_the_panel_names_the_command() -> None:
    files = read_files(PROJECT / "services/push-gateway/push_gateway/static")
    own = {name: file.body.decode() for name, file in files.items() if name.endswith(".js")}

    assert "avito-live subscribe" in own["words/lazy/ru.js"]
    assert "avito-live doctor" in own["views/notices.js"]
    assert [name for name, text in own.items() if re.search(r"\bmake (subscribe|doctor|run)\b", text)] == []
