import asyncio
import hashlib
import re
from base64 import b64encode
from importlib import resources

import httpx2
import pytest

from tests.push_gateway.panel import PATH, Panel
from tests.push_gateway.shared_by_module import module_panel, module_system

pytestmark = pytest.mark.anyio
system = module_system("gateway")
panel = module_panel()


async def test_files_are_asked_for_again_but_sent_only_when_changed(panel: Panel) -> None:
    first = await panel.http.get(f"{PATH}static/main.js")
    again = await panel.http.get(f"{PATH}static/main.js", headers={"If-None-Match": first.headers["ETag"]})

    assert (first.status_code, first.headers["Cache-Control"]) == (200, "no-cache")
    assert first.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert (again.status_code, again.content) == (304, b"")


async def test_our_scripts_are_sent_without_their_comments_and_others_as_they_are(panel: Panel) -> None:
    static = resources.files("push_gateway") / "static"
    for name in ("core/store.js", "views/parts.js", "vendor/lit-html/lit-html.js"):
        written = (static / name).read_text("utf-8").split("\n")
        sent = (await panel.http.get(f"{PATH}static/{name}")).text.split("\n")

        assert len(sent) == len(written), "line numbers stay"
        left_out = [line.strip() for line, kept in zip(written, sent, strict=True) if line != kept]
        assert ("vendor" in name) == (not left_out)
        assert all(line.startswith(("//", "/*", "*")) for line in left_out)


@pytest.mark.parametrize("path", ["static/../app.py", "static/%2e%2e/app.py", "static/", "static/none.js"])
async def test_only_the_panels_own_files_are_served(panel: Panel, path: str) -> None:
    assert (await panel.http.get(PATH + path)).status_code == 404


async def test_every_answer_carries_the_security_headers(panel: Panel) -> None:
    for path in ("static/main.js", "api/chats", "api/nothing", "webhook/status"):
        headers = (await panel.http.get(PATH + path)).headers
        assert headers["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self'; ")
    for path in ("", "login", "static/main.js", "api/chats", "api/nothing", "webhook/status"):
        headers = (await panel.http.get(PATH + path)).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert headers["Referrer-Policy"] == "same-origin"
        assert "Strict-Transport-Security" not in headers


@pytest.mark.parametrize("path", ["", "owner", "quick-replies", "coach", "login"])
async def test_of_the_scripts_in_a_page_only_those_that_we_wrote_may_run(panel: Panel, path: str) -> None:
    answer = await panel.http.get(PATH + path)
    inline = re.findall("<script>(.*?)</script>", answer.text, re.DOTALL)
    digests = [b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in inline]
    (allowed,) = re.findall("script-src ([^;]*)", answer.headers["Content-Security-Policy"])

    assert digests
    assert {f"'sha256-{digest}'" for digest in digests} <= {*allowed.split()}
    assert all(one == "'self'" or one.startswith("'sha256-") for one in allowed.split())


async def test_a_connection_goes_on_after_a_body_that_came_whole(panel: Panel) -> None:
    url = httpx2.URL(panel.base)
    reader, writer = await asyncio.open_connection(url.host, url.port)
    head = f"POST {PATH}api/quick-replies HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n"
    for _ in range(2):
        writer.write(head.encode())
        answer = await reader.readuntil(b"}}")
        assert answer.startswith(b"HTTP/1.1 401")
        writer.write(b"abc")
    writer.write(f"GET {PATH}login HTTP/1.1\r\nHost: x\r\n\r\n".encode())

    assert (await reader.readline()).startswith(b"HTTP/1.1 200")

    writer.close()
    await writer.wait_closed()


PASSWORD_INPUT = re.compile(r'<input name="password"[^>]*>')


def test_no_page_cuts_a_password_or_a_login_name_that_is_pasted() -> None:
    package = resources.files("push_gateway")
    login = (package / "pages" / "login.html").read_text("utf-8")
    owner = (package / "static" / "owner" / "operators.js").read_text("utf-8")

    assert len(PASSWORD_INPUT.findall(login)) == len(PASSWORD_INPUT.findall(owner)) == 1
    assert "maxlength" not in login
    assert "maxlength=" not in owner


def test_a_phone_does_not_capitalize_a_login_name() -> None:
    login = (resources.files("push_gateway") / "pages" / "login.html").read_text("utf-8")

    (name,) = re.findall(r'<input name="username"[^>]*>', login)
    assert 'autocapitalize="none"' in name


@pytest.mark.parametrize("path", ["", "owner", "quick-replies", "coach"])
async def test_a_page_says_whose_it_is(panel: Panel, path: str) -> None:
    assert 'data-operator="olga"' in (await panel.http.get(PATH + path)).text
