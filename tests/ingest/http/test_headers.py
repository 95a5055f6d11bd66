"""No answer of ingest can be taken for a page: not of a webhook, an error or an unknown address."""

import pytest

from tests.ingest.process import PATH, PROVEN, Ingest


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", PROVEN, b"{}", 200),
        ("POST", PATH, b"{}", 200),
        ("POST", PROVEN, b"x" * 300_000, 413),
        ("GET", PROVEN, b"", 405),
        ("GET", f"{PATH}/status", b"", 200),
        ("POST", "/nothing", b"", 404),
        ("PUT", "/livez", b"", 405),
        ("GET", "/livez", b"", 200),
        ("GET", "/readyz", b"", 200),
        ("GET", "/metrics", b"", 200),
    ],
)
@pytest.mark.usefixtures("store")
def test_an_answer_of_any_status_has_the_security_headers(
    ingest: Ingest, method: str, path: str, body: bytes, status: int
) -> None:
    answer = ingest.send(method, path, body)

    assert answer.status == status
    assert answer.headers.get_all("X-Content-Type-Options") == ["nosniff"]
    assert answer.headers.get_all("Content-Security-Policy") == ["default-src 'none'; frame-ancestors 'none'"]
