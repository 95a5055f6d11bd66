"""The text that a user reads once everything runs: the panel's address, the login, the next step."""

from pathlib import Path

import httpx

_TEXT = """
Avito Live is ready.

  Panel     {panel}
  Login     {username}
  Password  {password}

  {next_step}
  Logs: {logs}. Stop with {stop}.
"""
_DEMO = """\
This is the demo: made-up buyers write and answer. Nothing reaches Avito.
  To connect a real account:
    1. get its keys at www.avito.ru/professionals/api (client id, client secret);
    2. put them into {env_file} as AVITO_CLIENT_ID, AVITO_CLIENT_SECRET, AVITO_USER_ID
       (the number of the account), and the public host of this machine as DOMAIN;
    3. stop with Ctrl-C and start `make run` again: nothing of the demo remains."""
_POLLING = """\
The system polls Avito for messages now. To receive them as soon as they are written:
  put the public host of this machine into {env_file} as DOMAIN, start again,
  and run `make subscribe` in another terminal."""
_SUBSCRIBE = """\
To receive messages as soon as they are written: `make subscribe` in another terminal.
  Avito then posts to https://{domain}/admin/avito/webhook/…, which must lead here."""


def text(
    *,
    panel: str,
    username: str,
    password: str | None,
    demo: bool,
    domain: str,
    env_file: Path,
    logs: Path | str,
    stop: str = "Ctrl-C",
) -> str:
    """Return the text of the banner. `password` None: the one in the settings no longer works. Pure."""
    step = _DEMO if demo else _SUBSCRIBE if domain else _POLLING
    return _TEXT.format(
        panel=panel,
        username=username or "(your operator)",
        password=password or "(the one you chose after the first start)",
        next_step=step.format(env_file=env_file, domain=domain),
        logs=logs,
        stop=stop,
    )


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
