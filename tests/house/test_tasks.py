"""No task begins where its error could be lost; ruff's TID251 sees the functions, this sees the methods."""

import ast

from tests.house.tree import ROOT, tracked_files

_BEGIN_HERE = {"shared/process/shutdown.py", "shared/process/supervise.py"}
_BARE = {"create_task", "ensure_future"}


def bare_tasks(text: str) -> list[int]:
    """Return the lines in which a task is begun."""
    return sorted(
        node.lineno
        for node in ast.walk(ast.parse(text))
        if (isinstance(node, ast.Attribute) and node.attr in _BARE)
        or (isinstance(node, ast.alias) and node.name in _BARE)
    )


def test_a_bare_task_is_found_in_every_form() -> None:
    text = "loop.create_task(x)\nasyncio.ensure_future(x)\nfrom asyncio import create_task\nrun(x)"

    assert bare_tasks(text) == [1, 2, 3]


def test_services_and_shared_begin_no_bare_task() -> None:
    python = {path for path in tracked_files() if path.startswith(("services/", "shared/"))}
    found = {
        f"{path}:{line}"
        for path in python - _BEGIN_HERE
        if path.endswith(".py")
        for line in bare_tasks((ROOT / path).read_text("utf-8"))
    }
    assert not found
