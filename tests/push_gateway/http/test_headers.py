"""Every answer has the security headers: errors, redirects and unforeseen ones too."""

from types import SimpleNamespace

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from push_gateway.http.error_handlers import on_fault
from push_gateway.http.headers import SecurityHeaders
from shared.http.forwarded import Origin
from tests.push_gateway.panel import PATH, Panel
from tests.push_gateway.shared_by_module import module_panel, module_system

pytestmark = pytest.mark.anyio
system = module_system("gateway", TRUSTED_PROXIES="127.0.0.1")
panel = module_panel()

FIXED = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Strict-Transport-Security": "max-age=31536000",
}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", PATH, 200),
        ("GET", "/", 307),
        ("GET", f"{PATH}api/chats?limit=x", 422),
        ("GET", f"{PATH}api/chats?q={'x' * 10_000}", 414),
        ("GET", f"{PATH}static/main.js", 200),
        ("GET", f"{PATH}static/none.js", 404),
        ("GET", f"{PATH}nothing", 404),
        ("DELETE", f"{PATH}login", 405),
        ("POST", f"{PATH}login", 403),
        ("GET", "/livez", 200),
    ],
)
async def test_an_answer_of_any_status_has_the_security_headers(
    panel: Panel, method: str, path: str, status: int
) -> None:
    headers = {"X-Forwarded-Proto": "https", "Origin": "https://evil.example"}
    answer = await panel.http.request(method, path, headers=headers)

    assert answer.status_code == status, answer.text
    assert {name: answer.headers.get(name) for name in FIXED} == FIXED
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none';")
    assert len(answer.headers.get_list("X-Content-Type-Options")) == 1
    assert "Cache-Control" in answer.headers


async def test_a_stranger_is_redirected_with_the_security_headers(panel: Panel) -> None:
    async with Panel.at(panel.base) as stranger:
        answer = await stranger.http.get(PATH, headers={"X-Forwarded-Proto": "https"})

    assert answer.status_code == 303
    assert {name: answer.headers.get(name) for name in FIXED} == FIXED


async def test_an_unforeseen_error_has_them_too() -> None:
    async def fail(request: Request) -> Response:
        raise ValueError

    gateway = SimpleNamespace(authenticator=SimpleNamespace(origin_of=lambda _: Origin("", "https", "x")))
    app = SecurityHeaders(Starlette(routes=[Route("/", fail)], exception_handlers={Exception: on_fault}))

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, "state": {"gateway": gateway}}, receive, send)

    transport = httpx2.ASGITransport(serve, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="https://x") as http:
        answer = await http.get("/")

    assert answer.status_code == 500
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none';")
    assert answer.headers["Strict-Transport-Security"] == FIXED["Strict-Transport-Security"]
