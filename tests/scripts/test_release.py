"""scripts/release.py: a tag is a release where version and changelog say the same."""

import re

import pytest

import release
from avito_live import PROJECT

CHANGELOG = """# Changelog

## [Unreleased]

## [0.2.0] - 2026-12-01

### Fixed
- A fault.

## [0.1.0] - 2026-11-22

### Added
- Everything.
"""


def test_the_notes_of_a_release_are_its_section_alone() -> None:
    assert release.section(CHANGELOG, "0.2.0") == "### Fixed\n- A fault."
    assert release.section(CHANGELOG, "0.1.0") == "### Added\n- Everything."


def test_a_tag_whose_version_and_changelog_agree_is_a_release() -> None:
    assert release.fault("v0.2.0", "0.2.0", CHANGELOG) is None


@pytest.mark.parametrize(
    ("tag", "version", "changelog", "reason"),
    [
        ("0.2.0", "0.2.0", CHANGELOG, "no tag of a release"),
        ("v0.2.0;id", "0.2.0", CHANGELOG, "no tag of a release"),
        ("v0.2.0", "0.2.0.dev0", CHANGELOG, "shared/__init__.py 0.2.0.dev0"),
        ("v0.3.0", "0.3.0", CHANGELOG, "no section '## [0.3.0] - YYYY-MM-DD'"),
        ("v0.2.0", "0.2.0", CHANGELOG.replace(" - 2026-12-01", ""), "no section"),
        ("v0.2.0", "0.2.0", CHANGELOG.replace("[Unreleased]\n", "[Unreleased]\n- More.\n"), "[Unreleased]"),
    ],
)
def test_what_does_not_agree_is_named(tag: str, version: str, changelog: str, reason: str) -> None:
    assert reason in (release.fault(tag, version, changelog) or "")


def test_each_version_in_the_changelog_has_its_day() -> None:
    changelog = (PROJECT / "CHANGELOG.md").read_text(encoding="utf-8")
    versions = re.findall(r"^## \[(\d.*?)\]", changelog, re.MULTILINE)

    assert versions[-1] == "0.1.0"
    assert all(release.is_dated(changelog, version) for version in versions)
