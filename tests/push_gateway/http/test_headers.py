"""Every answer has the security headers: errors, redirects and unforeseen ones too."""

import pytest

from shared.redis import keys
from testbed import System
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
        ("GET", f"{PATH}api/owner/operators", 500),
    ],
)
async def test_an_answer_of_any_status_has_the_security_headers(
    system: System, panel: Panel, method: str, path: str, status: int
) -> None:
    async with system.redis as redis:
        if status == 500:
            await redis.hset(keys.OPERATORS, "broken", "{")
        headers = {"X-Forwarded-Proto": "https", "Origin": "https://evil.example"}
        answer = await panel.http.request(method, path, headers=headers)
        await redis.hdel(keys.OPERATORS, "broken")

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
