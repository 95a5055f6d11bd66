"""A part's log on a disk that is full."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from avito_live.runner.part_log import PartLog


@contextmanager
def full_disk() -> Iterator[None]:
    """Let no file grow beyond some bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_is_said_once_and_ends_by_itself(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    log = PartLog(tmp_path / "worker.log")
    log.add("before")
    with full_disk():
        said = [log.add(f"while it is full {number}") for number in range(60)]
    said += [log.add(f"afterwards {number}") for number in range(30)]
    log.close()

    assert [line for line in said if line] == ["File too large"]
    assert "afterwards 29" in (tmp_path / "worker.log").read_text()
    assert log.last_words == "afterwards 29"
    assert capfd.readouterr() == ("", "")


def test_the_end_of_a_run_on_a_full_disk_is_no_error(tmp_path: Path) -> None:
    log = PartLog(tmp_path / "worker.log")
    with full_disk():
        for number in range(60):
            log.add(f"while it is full {number}")
        log.close()
