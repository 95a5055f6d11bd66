from functools import partial
from pathlib import Path

from avito_live.runner import banner

text = partial(
    banner.text,
    values={"ADMIN_USERNAME": "owner"},
    panel="http://127.0.0.1:8000/admin/avito/",
    password="a-password",
    demo=True,
    env_file=Path("/home/.env"),
    logs="/home/var/log",
)


def test_the_panel_the_login_and_the_password_are_told() -> None:
    said = text()

    assert "http://127.0.0.1:8000/admin/avito/" in said
    assert "owner" in said
    assert "a-password" in said


def test_the_demo_says_how_to_connect_a_real_account() -> None:
    said = text()

    assert "This is the demo" in said
    assert all(f"AVITO_{name}" in said for name in ("CLIENT_ID", "CLIENT_SECRET", "USER_ID"))
    assert "/home/.env" in said


def test_a_real_account_says_what_makes_messages_instant() -> None:
    assert "DOMAIN" in text(demo=False)
    assert "https://shop.example/admin/avito/webhook/…" in text(values={"DOMAIN": "shop.example"}, demo=False)


def test_a_password_that_is_not_the_operators_any_more_is_not_told() -> None:
    assert "the one you chose" in text(password=None)
