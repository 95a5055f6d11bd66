"""What a test needs of the machine and does not find."""

import os
from typing import NoReturn

import pytest


def lacking(what: str) -> NoReturn:
    """Skip the test with a line; fail where `.ci/run` could have installed it."""
    if os.environ.get("CI") == "true" and os.geteuid() == 0 and not os.environ.get("LACKING"):
        pytest.fail(f"{what} is not installed: .ci/run must do that")
    pytest.skip(f"{what} is not installed")
