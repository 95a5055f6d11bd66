"""Functions are short, and Redis is called by typed methods; what stands here has a reason."""

import ast
from collections.abc import Iterator
from functools import cache

from tests.house.tree import ROOT, tracked_files

MOST_LINES = 40
LONG: dict[str, str] = {}
RAW = {
    "scripts/avito_live/backups/transfer.py": "redis-py has no method for XSETID",
    "scripts/avito_live/erasure/redis_files.py": "the names are also shown, for an admin to type",
    "scripts/bench/benchmarks/commit.py": "the inbox's format is a flat list",
    "scripts/bench/read_model.py": "a commit is a ready command",
    "scripts/testbed/redis_users.py": "redis-py's acl_log parses texts alone",
    "services/push-gateway/push_gateway/chats/assignments.py": "runs of a script in a pipeline",
    "services/push-gateway/push_gateway/chats/lists.py": "measured: fifty at once, on a hot path",
    "services/worker/worker/intake/reader.py": "sends the commands of decisions, many in one write",
    "shared/redis/lua/__init__.py": "runs of scripts",
    "shared/redis/migrations.py": "the same",
}


@cache
def modules() -> dict[str, ast.Module]:
    paths = [one for one in tracked_files() if one.startswith(("services/", "shared/", "scripts/"))]
    return {path: ast.parse((ROOT / path).read_text("utf-8")) for path in paths if path.endswith(".py")}


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Count the lines of the body, from the first statement after the docstring."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return (function.end_lineno or 0) - body[0].lineno + 1 if body else 0


def calls_raw(tree: ast.AST) -> bool:
    calls = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
    return any(isinstance(called, ast.Attribute) and called.attr == "execute_command" for called in calls)


def test_no_function_is_longer_than_forty_lines_without_a_reason() -> None:
    long = {
        f"{path} {one.name}"
        for path, tree in modules().items()
        for one in functions(tree)
        if lines(one) > MOST_LINES
    }
    assert long == set(LONG)


def test_redis_gets_raw_commands_only_for_a_reason() -> None:
    assert {path for path, tree in modules().items() if calls_raw(tree)} == set(RAW)
