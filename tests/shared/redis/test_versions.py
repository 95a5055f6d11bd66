"""Which versions of Redis are too old."""

import pytest

from shared.redis import versions


@pytest.mark.parametrize(
    ("version", "is_too_old"),
    [
        ("6.0.16", True),
        ("5.0.14", True),
        ("6.2.0", False),
        ("6", False),
        ("6.x", False),
        ("7", False),
        ("unstable", False),
        ("?", False),
    ],
)
def test_a_version_is_too_old_only_by_what_it_tells(version: str, is_too_old: bool) -> None:
    assert versions.too_old(version) is is_too_old
