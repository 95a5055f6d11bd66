"""docs/architecture.md has a map of the tree: a line for each folder, none for a folder that is gone."""

import re
from fnmatch import fnmatch

import pytest

from tests.house.tree import ARCHITECTURE, section, tracked_files, tracked_folders

_LINE = re.compile(r"^\| `(?P<folder>[^`]+)/` \| \S.* \|$", re.MULTILINE)
_SERVICES = {
    "ingest": "services/ingest/ingest",
    "worker": "services/worker/worker",
    "push gateway": "services/push-gateway/push_gateway",
}
_BESIDE_THE_ROOMS = {"__init__.py", "__main__.py", "app.py", "settings.py", "py.typed"}


def mapped() -> list[str]:
    return [found["folder"] for found in _LINE.finditer(section(ARCHITECTURE, "Map"))]


def test_every_folder_has_a_line_in_the_map() -> None:
    unmapped = {one for one in tracked_folders() if not any(fnmatch(one, line) for line in mapped())}
    assert not unmapped


def test_the_map_names_no_folder_that_is_gone_and_none_twice() -> None:
    lines = mapped()
    assert len(lines) == len(set(lines))
    gone = [line for line in lines if not any(fnmatch(one, line) for one in tracked_folders())]
    assert not gone


@pytest.mark.parametrize("service", _SERVICES)
def test_the_top_of_a_service_shows_at_most_eight_rooms(service: str) -> None:
    top = _SERVICES[service] + "/"
    rooms = {path.removeprefix(top).split("/")[0] for path in tracked_files() if path.startswith(top)}
    assert len(rooms - _BESIDE_THE_ROOMS) <= 8


def test_each_folder_of_tests_for_a_service_mirrors_a_room() -> None:
    folders = tracked_folders()
    for service, tests in (
        ("services/ingest/ingest", "tests/ingest"),
        ("services/worker/worker", "tests/worker"),
        ("services/push-gateway/push_gateway", "tests/push_gateway"),
        ("shared", "tests/shared"),
    ):
        mirrors = {one for one in folders if one.startswith(f"{tests}/")}
        assert not {one for one in mirrors if one.replace(tests, service, 1) not in folders}
