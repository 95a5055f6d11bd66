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


def test_it_opens_with_the_address_the_login_and_the_next_step() -> None:
    ready, panel, login, step, *_ = text().strip().splitlines()

    assert ready == "Avito Live is ready."
    assert panel == "  Panel     http://127.0.0.1:8000/admin/avito/"
    assert login == "  Login     owner   Password  a-password"
    assert step.startswith("  Next ")


def test_the_demo_says_how_to_connect_a_real_account() -> None:
    said = text()

    assert "This is the demo" in said
    assert all(f"AVITO_{name}" in said for name in ("CLIENT_ID", "CLIENT_SECRET", "USER_ID"))
    assert "/home/.env" in said


def test_a_real_account_says_what_makes_messages_instant() -> None:
    assert "DOMAIN" in text(demo=False).splitlines()[4]
    assert "make subscribe" in text(values={"DOMAIN": "shop.example"}, demo=False).splitlines()[4]
    assert "https://shop.example/admin/avito/webhook/…" in text(values={"DOMAIN": "shop.example"}, demo=False)


def test_a_password_that_is_not_the_operators_any_more_is_not_told() -> None:
    assert "the one you chose" in text(password=None)
