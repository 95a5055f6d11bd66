"""Skips tests whose programs are not installed."""

import os
from typing import NoReturn

import pytest


def lacking(what: str) -> NoReturn:
    """Skip the test; fail where `.ci/run` could have installed the program."""
    if os.environ.get("CI") == "true" and os.geteuid() == 0 and not os.environ.get("LACKING"):
        pytest.fail(f"{what} is not installed: .ci/run must do that")
    pytest.skip(f"{what} is not installed")
