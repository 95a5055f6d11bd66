"""Changing `.env` without touching its other lines."""

import os
from pathlib import Path

from avito_live.env_file import changed, write
from avito_live.runner.configuration import read_env_file

TEXT = """# A comment
WEBHOOK_SECRET=old
# WEBHOOK_SECRET_PREVIOUS=
DOMAIN=panel.example.org
"""


def test_a_setting_is_changed_on_its_line() -> None:
    text = changed(TEXT, {"WEBHOOK_SECRET": "new"})

    assert text == TEXT.replace("WEBHOOK_SECRET=old", "WEBHOOK_SECRET=new")


def test_a_commented_out_setting_is_switched_on() -> None:
    text = changed(TEXT, {"WEBHOOK_SECRET_PREVIOUS": "old"})

    assert text == TEXT.replace("# WEBHOOK_SECRET_PREVIOUS=", "WEBHOOK_SECRET_PREVIOUS=old")


def test_a_setting_that_is_not_there_comes_last() -> None:
    assert changed(TEXT, {"WEBHOOK_URL": "https://x"}).endswith(
        "DOMAIN=panel.example.org\nWEBHOOK_URL=https://x\n"
    )


def test_a_line_in_force_is_changed_before_one_that_is_commented_out() -> None:
    text = changed("# DOMAIN=example\nDOMAIN=old\n", {"DOMAIN": "new"})

    assert text == "# DOMAIN=example\nDOMAIN=new\n"


def test_a_line_with_export_is_changed_into_one_that_systemd_reads() -> None:
    assert changed("export DOMAIN=old # ours\nA=1\n", {"DOMAIN": "new"}) == "DOMAIN=new\nA=1\n"


def test_a_value_is_taken_as_it_is() -> None:
    assert changed("A=1\n", {"A": r"\1\g<0>$"}) == "A=\\1\\g<0>$\n"


def test_the_file_keeps_its_rights(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text(TEXT)
    path.chmod(0o640)

    write(path, "A=1\n")

    assert path.read_text() == "A=1\n"
    assert path.stat().st_mode & 0o777 == 0o640
    assert list(tmp_path.iterdir()) == [path]


def test_of_several_lines_of_a_name_the_one_in_force_is_changed(tmp_path: Path) -> None:
    text = changed("A=first\nB=1\nA=second\n", {"A": "new"})

    (tmp_path / ".env").write_text(text)
    assert read_env_file(tmp_path / ".env")["A"] == "new"


def test_the_file_keeps_its_owner(tmp_path: Path) -> None:
    if os.geteuid():
        return  # only root can write the file of another
    path = tmp_path / ".env"
    path.write_text(TEXT)
    os.chown(path, 12345, 23456)

    write(path, "A=1\n")

    assert (path.stat().st_uid, path.stat().st_gid) == (12345, 23456)


def test_a_link_to_the_file_stays_one(tmp_path: Path) -> None:
    path, link = tmp_path / "real", tmp_path / ".env"
    path.write_text(TEXT)
    link.symlink_to(path)

    write(link, "A=1\n")

    assert link.is_symlink()
    assert path.read_text() == "A=1\n"
