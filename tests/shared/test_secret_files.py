from pathlib import Path

import pytest

from shared.settings import SettingsError, with_files


def test_a_file_gives_what_the_environment_leaves_blank_and_the_environment_wins(tmp_path: Path) -> None:
    for name in ("SESSION_SECRET", "WEBHOOK_SECRET", "not-a-variable"):
        (tmp_path / name).write_text("of a file\n")
    given = {"SESSION_SECRET": " ", "WEBHOOK_SECRET": "of the environment"}

    for folder in ("SECRETS_DIR", "CREDENTIALS_DIRECTORY"):
        filled = with_files({**given, folder: str(tmp_path)})
        assert filled == {**given, folder: str(tmp_path), "SESSION_SECRET": "of a file"}


def test_without_a_folder_the_environment_is_all() -> None:
    assert with_files({"DOMAIN": "", "SECRETS_DIR": ""}) == {"DOMAIN": "", "SECRETS_DIR": ""}


def test_an_empty_file_gives_nothing(tmp_path: Path) -> None:
    """As systemd's default of a credential that is not there."""
    (tmp_path / "SESSION_SECRET").write_text("\n")

    assert not with_files({"SECRETS_DIR": str(tmp_path)})["SESSION_SECRET"]


@pytest.mark.parametrize("content", [b"two\nlines", b"\xff", b"nul\0"])
def test_a_file_that_is_no_line_of_text_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "SESSION_SECRET").write_bytes(content)

    with pytest.raises(SettingsError, match=r"SECRETS_DIR: .*/SESSION_SECRET must hold one line of text"):
        with_files({"SECRETS_DIR": str(tmp_path)})


def test_a_folder_or_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "SESSION_SECRET").mkdir()
    with pytest.raises(SettingsError, match=r"SECRETS_DIR: .*/SESSION_SECRET cannot be read \("):
        with_files({"SECRETS_DIR": str(tmp_path)})
    with pytest.raises(SettingsError, match=r"SECRETS_DIR: .*/none is no folder: make it"):
        with_files({"SECRETS_DIR": str(tmp_path / "none")})
