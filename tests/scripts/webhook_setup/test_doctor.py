"""What the doctor says of the settings alone."""

from pathlib import Path

from tests.scripts.running import avito_live

ACCOUNT = {
    "AVITO_CLIENT_ID": "an-id",
    "AVITO_CLIENT_SECRET": "a-secret",
    "AVITO_USER_ID": "301200100",
    "AVITO_API_URL": "http://127.0.0.1:9",
}


def test_a_line_that_other_readers_read_differently_is_named_with_the_fix(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("LOG_LEVEL=INFO\nADMIN_PASSWORD=Zima$2026x\n")

    said = avito_live(tmp_path, "doctor", **ACCOUNT).stdout

    assert "Line 2 of .env (ADMIN_PASSWORD)" in said
    assert "put it between single quotes" in said
    assert "Zima" not in said
