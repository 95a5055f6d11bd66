"""The spool's files: who may write and adopt them, and what a full or failing disk does."""

import errno
import fcntl
import os
from pathlib import Path
from typing import Any

import pytest

from ingest.spool.folder import BROKEN, SUFFIX, Folder, FolderFullError, Segment

LINES = [b"one\n", b"two\n"]


def files(path: Path) -> list[Path]:
    return sorted(path.glob(f"*{SUFFIX}"))


def take_oldest(folder: Folder) -> Segment:
    segment = folder.oldest()
    assert segment
    return segment


def test_appended_lines_are_in_one_file_in_order(tmp_path: Path) -> None:
    folder = Folder(tmp_path, "me")

    folder.append(LINES)
    folder.append([b"three\n"])

    assert [path.read_bytes() for path in files(tmp_path)] == [b"one\ntwo\nthree\n"]
    assert (folder.size, folder.entries) == (14, 3)
    folder.close()


def test_a_missing_folder_is_created(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "deep" / "down", "me")

    folder.append(LINES)

    assert len(files(tmp_path / "deep" / "down")) == 1
    folder.close()


def test_a_full_segment_is_followed_by_a_new_one(tmp_path: Path) -> None:
    folder = Folder(tmp_path, "me", segment=8)

    for _ in range(3):
        folder.append(LINES)

    assert len(files(tmp_path)) == 3
    assert folder.entries == 6
    folder.close()


def test_a_full_folder_takes_nothing_more(tmp_path: Path) -> None:
    folder = Folder(tmp_path, "me", limit=12)
    folder.append(LINES)

    with pytest.raises(FolderFullError):
        folder.append(LINES)

    assert folder.size == 8
    folder.close()


def test_the_bound_counts_the_files_of_other_live_processes(tmp_path: Path) -> None:
    other, folder = Folder(tmp_path, "other"), Folder(tmp_path, "me", limit=12)
    other.append(LINES)
    folder.adopt()

    with pytest.raises(FolderFullError):
        folder.append(LINES)

    other.close()
    folder.close()


def test_two_processes_never_write_one_file(tmp_path: Path) -> None:
    first, second = Folder(tmp_path, "first"), Folder(tmp_path, "second")

    first.append(LINES)
    second.append(LINES)

    assert len(files(tmp_path)) == 2
    assert (first.adopt(), second.adopt()) == (0, 0)
    first.close()
    second.close()


def test_the_files_of_a_dead_process_are_adopted_by_one_live_process(tmp_path: Path) -> None:
    dead, first, second = (Folder(tmp_path, name) for name in ("dead", "first", "second"))
    dead.append(LINES)
    dead.close()

    assert first.adopt() == 2
    assert second.adopt() == 0
    assert (first.entries, second.entries) == (2, 0)
    first.close()
    second.close()


def test_the_last_record_of_a_dying_process_is_adopted_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, hold = tmp_path / "0-dying.spool", fcntl.flock
    path.touch()

    def written_meanwhile(descriptor: int, operation: int) -> None:
        path.write_bytes(b"one\n")
        hold(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", written_meanwhile)
    folder = Folder(tmp_path, "me")

    assert folder.adopt() == 1
    assert take_oldest(folder).path.read_bytes() == b"one\n"
    folder.close()


def test_an_adopted_file_is_older_than_our_own(tmp_path: Path) -> None:
    dead, folder = Folder(tmp_path, "dead"), Folder(tmp_path, "me")
    dead.append([b"first\n"])
    folder.append([b"second\n"])
    dead.close()
    folder.adopt()

    assert take_oldest(folder).path.read_bytes() == b"first\n"
    folder.close()


def test_a_file_that_is_being_drained_is_no_longer_written(tmp_path: Path) -> None:
    folder = Folder(tmp_path, "me")
    folder.append(LINES)

    drained = take_oldest(folder)
    folder.append([b"three\n"])

    assert drained.path.read_bytes() == b"one\ntwo\n"
    folder.remove(drained)
    assert take_oldest(folder).path.read_bytes() == b"three\n"
    folder.close()


def test_a_removed_file_is_no_longer_counted(tmp_path: Path) -> None:
    folder = Folder(tmp_path, "me")
    folder.append(LINES)

    folder.remove(take_oldest(folder))

    assert (folder.size, folder.entries, files(tmp_path), folder.oldest()) == (0, 0, [], None)
    folder.close()


def test_a_file_set_aside_is_kept_but_not_adopted_again(tmp_path: Path) -> None:
    folder = Folder(tmp_path, "me")
    folder.append(LINES)

    folder.set_aside(take_oldest(folder))

    assert folder.adopt() == 0
    assert [path.read_bytes() for path in tmp_path.glob(f"*{BROKEN}")] == [b"one\ntwo\n"]
    folder.close()


def test_a_single_torn_line_is_counted(tmp_path: Path) -> None:
    (tmp_path / f"0-dead{SUFFIX}").write_bytes(b"half a rec")
    folder = Folder(tmp_path, "me")

    assert folder.adopt() == 1
    folder.close()


def test_a_file_that_stayed_empty_is_removed(tmp_path: Path) -> None:
    (tmp_path / f"0-dead{SUFFIX}").touch()
    folder = Folder(tmp_path, "me")

    assert folder.adopt() == 0
    assert files(tmp_path) == []
    folder.close()


def test_closing_leaves_written_files_for_others(tmp_path: Path) -> None:
    folder = Folder(tmp_path, "me")
    folder.append(LINES)

    folder.close()

    assert [path.read_bytes() for path in files(tmp_path)] == [b"one\ntwo\n"]


@pytest.mark.parametrize("call", ["write", "fsync"])
def test_a_write_that_fails_in_the_middle_leaves_no_half_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    folder = Folder(tmp_path, "me")
    folder.append(LINES)
    real = {"write": os.write, "fsync": os.fsync}[call]

    def fail(fd: int, *data: Any) -> None:
        if data:
            os.pwrite(fd, data[0][:2], 8)
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(f"ingest.spool.folder.os.{call}", fail)
    with pytest.raises(OSError, match="No space left"):
        folder.append([b"three\n"])
    monkeypatch.setattr(f"ingest.spool.folder.os.{call}", real)
    folder.append([b"four\n"])

    assert [path.read_bytes() for path in files(tmp_path)] == [b"one\ntwo\nfour\n"]
    assert folder.entries == 3
    folder.close()


def test_a_trial_leaves_nothing_behind(tmp_path: Path) -> None:
    Folder(tmp_path, "me").trial()

    assert list(tmp_path.iterdir()) == []


def test_a_trial_fails_when_the_folder_is_nearly_full(tmp_path: Path) -> None:
    with pytest.raises(FolderFullError):
        Folder(tmp_path, "me", limit=100_000).trial()


def test_a_trial_fails_when_the_folder_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(OSError, match=r"Not a directory|File exists"):
        Folder(tmp_path / "file", "me").trial()
