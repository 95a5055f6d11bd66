from avito_live.runner.banner import Facts, text

FACTS = Facts(
    panel="http://127.0.0.1:8000/admin/avito/",
    username="owner",
    password="a-password",
    demo=True,
    domain="",
    env_file="/home/.env",
    logs="/home/var/log",
)


def changed(**facts: str | bool | None) -> str:
    return text(Facts(**{**{name: getattr(FACTS, name) for name in Facts.__slots__}, **facts}))


def test_the_panel_the_login_and_the_password_are_told() -> None:
    said = text(FACTS)

    assert "http://127.0.0.1:8000/admin/avito/" in said
    assert "owner" in said
    assert "a-password" in said


def test_the_demo_says_how_to_connect_a_real_account() -> None:
    said = text(FACTS)

    assert "This is the demo" in said
    assert all(f"AVITO_{name}" in said for name in ("CLIENT_ID", "CLIENT_SECRET", "USER_ID"))
    assert "/home/.env" in said


def test_a_real_account_says_what_makes_messages_instant() -> None:
    assert "DOMAIN" in changed(demo=False)
    assert "https://shop.example/admin/avito/webhook/…" in changed(demo=False, domain="shop.example")


def test_a_password_that_is_not_the_operators_any_more_is_not_told() -> None:
    assert "the one you chose" in changed(password=None)
