"""The text that a user reads once everything runs: the panel's address, the login, the next step."""

from dataclasses import dataclass

import httpx


@dataclass(frozen=True, slots=True)
class Facts:
    """What the banner shows. `password` None: the one in the settings no longer works."""

    panel: str
    username: str
    password: str | None
    demo: bool
    domain: str
    env_file: str
    logs: str
    stop: str = "Ctrl-C"


def text(facts: Facts) -> str:
    """Return the text of the banner. Pure."""
    password = facts.password or "(the one you chose after the first start)"
    lines = [
        "",
        "Avito Live is ready.",
        "",
        f"  Panel     {facts.panel}",
        f"  Login     {facts.username or '(your operator)'}",
        f"  Password  {password}",
        "",
        *(f"  {line}" for line in (_demo(facts) if facts.demo else _real(facts))),
        f"  Logs: {facts.logs}. Stop with {facts.stop}.",
        "",
    ]
    return "\n".join(lines)


def _demo(facts: Facts) -> list[str]:
    return [
        "This is the demo: made-up buyers write and answer. Nothing reaches Avito.",
        "To connect a real account:",
        "  1. get its keys at www.avito.ru/professionals/api (client id, client secret);",
        f"  2. put them into {facts.env_file} as AVITO_CLIENT_ID, AVITO_CLIENT_SECRET, AVITO_USER_ID",
        "     (the number of the account), and the public host of this machine as DOMAIN;",
        "  3. stop with Ctrl-C and start `make run` again: nothing of the demo remains.",
    ]


def _real(facts: Facts) -> list[str]:
    if not facts.domain:
        return [
            "The system polls Avito for messages now. To receive them as soon as they are written:",
            f"put the public host of this machine into {facts.env_file} as DOMAIN, start again,",
            "and run `make subscribe` in another terminal.",
        ]
    return [
        "To receive messages as soon as they are written: `make subscribe` in another terminal.",
        f"Avito then posts to https://{facts.domain}/admin/avito/webhook/…, which must lead here.",
    ]


async def login_works(http: httpx.AsyncClient, gateway: str, username: str, password: str) -> bool:
    """Log in and out again, so that the banner shows no wrong password; True if the panel does not answer."""
    headers = {"Origin": gateway}
    form = {"username": username, "password": password}
    try:
        answer = await http.post(f"{gateway}/admin/avito/login", data=form, headers=headers)
        if answer.status_code == 303:
            await http.post(f"{gateway}/admin/avito/logout", headers=headers, cookies=answer.cookies)
    except httpx.HTTPError:
        return True
    return answer.status_code not in {401, 403}
