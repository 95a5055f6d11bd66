""".github: its files fit their schemas and name what exists. `make check` audits them with zizmor."""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from check_jsonschema import main
from click.testing import CliRunner

from avito_live import PROJECT

GITHUB = PROJECT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
SCHEMAS = {
    "github-workflows": WORKFLOWS,
    "github-issue-forms": sorted((GITHUB / "ISSUE_TEMPLATE").glob("*.yml")),
    "dependabot": [GITHUB / "dependabot.yml"],
    "compose-spec": [PROJECT / "deploy/compose.yml"],
}
NOT_RUN = "# Not run anywhere yet: checked by schema, by zizmor and by tests/deploy/test_workflows.py.\n"


def read(file: Path) -> dict[str, Any]:
    """Return a workflow with all its values as text, since YAML takes `on` for a truth value."""
    return dict(yaml.load(file.read_text(encoding="utf-8"), yaml.BaseLoader))


def steps(file: Path) -> Iterator[dict[str, Any]]:
    for job in read(file)["jobs"].values():
        yield from job.get("steps", [])


@pytest.mark.parametrize("schema", SCHEMAS)
def test_the_files_of_a_kind_fit_its_schema(schema: str) -> None:
    files = [str(file) for file in SCHEMAS[schema]]
    done = CliRunner().invoke(main, ["--builtin-schema", f"vendor.{schema}", *files])

    assert files
    assert done.exit_code == 0, done.output


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.stem)
def test_a_workflow_says_that_it_was_run_nowhere_yet(file: Path) -> None:
    assert file.read_text(encoding="utf-8").startswith(NOT_RUN)


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.stem)
def test_a_workflow_starts_without_rights_and_each_job_has_an_end(file: Path) -> None:
    workflow = read(file)

    assert workflow["permissions"] == {}
    assert workflow["concurrency"]["group"].startswith(f"{file.stem}-")
    assert all("timeout-minutes" in job or "uses" in job for job in workflow["jobs"].values())


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.stem)
def test_what_a_workflow_calls_exists(file: Path) -> None:
    targets = set(
        re.findall(r"^([a-z-]+):", (PROJECT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    )
    called = "\n".join(step.get("run", "") for step in steps(file))

    assert set(re.findall(r"\bmake ([a-z-]+)", called)) <= targets
    for path in re.findall(r"\b(?:bash|python3?|sh) ([\w./-]+)", called):
        assert (PROJECT / path).is_file()


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.stem)
def test_the_files_that_a_workflow_names_exist(file: Path) -> None:
    events = read(file)["on"].values()
    named = [path for event in events if isinstance(event, dict) for path in event.get("paths", [])]
    named += [step["with"]["file"] for step in steps(file) if "file" in step.get("with", {})]
    named += [
        job["uses"].removeprefix("$/")
        for job in read(file)["jobs"].values()
        if job.get("uses", "").startswith("$")
    ]

    assert [path for path in named if not (PROJECT / path).is_file()] == []


def test_git_takes_the_runners_folder_whatever_home_a_test_has(tmp_path: Path) -> None:
    (command,) = [
        step["run"] for step in steps(GITHUB / "workflows/test.yml") if "safe.dir" in step.get("run", "")
    ]
    environ = {"PATH": os.environ["PATH"], "GIT_CONFIG_SYSTEM": str(tmp_path / "system")}
    home, other = tmp_path / "home", tmp_path / "other"
    for folder in (home, other):
        folder.mkdir()

    subprocess.run(
        ["sh", "-c", command], env=environ | {"HOME": str(home), "GITHUB_WORKSPACE": "/made-up"}, check=True
    )
    asked = ["git", "config", "--get-all", "safe.directory"]
    said = subprocess.run(
        asked, env=environ | {"HOME": str(other)}, cwd=other, capture_output=True, text=True, check=False
    )

    assert said.stdout.split() == ["/made-up"]


def test_arguments_of_the_image_are_those_that_its_workflow_passes() -> None:
    (given,) = {
        step["with"]["build-args"]
        for step in steps(GITHUB / "workflows/image.yml")
        if "build-args" in step.get("with", {})
    }
    dockerfile = (PROJECT / "deploy/Dockerfile").read_text(encoding="utf-8")

    names = re.findall(r"^(\w+)=", given, re.MULTILINE)
    assert names
    assert all(re.search(rf"^ARG {name}\b", dockerfile, re.MULTILINE) for name in names)


def test_tests_run_under_each_python_that_the_project_takes() -> None:
    (matrix,) = [job["strategy"]["matrix"] for job in read(GITHUB / "workflows/test.yml")["jobs"].values()]
    project = (PROJECT / "pyproject.toml").read_text(encoding="utf-8")

    assert matrix["python"][0] == "3.11"
    assert 'requires-python = ">=3.11"' in project
