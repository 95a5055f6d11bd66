"""Posts to our own public URL as Avito does, and compares the time with the 2 seconds that Avito waits."""

import time
from collections.abc import Mapping
from dataclasses import dataclass

import httpx2

from avito_live.webhook_setup.context import FAILED, CommandContext

BUDGET_MS = 2000
_PATIENCE_S = 6.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `status` None: nothing, for the reason `error`; `is_ours`: ingest answers so."""

    status: int | None
    ms: int
    is_ours: bool = False
    server: str = "-"
    location: str = ""
    error: str = ""


async def try_url(context: CommandContext) -> int:
    """`test`: post to the public URL, print the status and the time, and return the exit code."""
    context.tell_address()
    passed = True
    for name, body in (("test_empty", b"{}"), ("test_probe", b'{"test": "message"}')):
        outcome, values = await probe(context.address.url, body)
        is_ok = outcome == "probe_ok"
        print(f"{'✓' if is_ok else '✗'} {context.word(name)}: {context.word(outcome, **values)}")
        passed &= is_ok
    if not passed:
        raise context.stop(FAILED, "test_failed")
    context.good("test_ok")
    return 0


async def probe(url: str, body: bytes = b"{}") -> tuple[str, dict[str, object]]:
    """POST once; return the outcome, a word of words.toml, and its values.

    Only with `probe_ok` Avito would accept the answer, with `probe_silent` there is none.
    """
    answer = await post(url, body)
    values: dict[str, object] = {
        "status": answer.status,
        "ms": answer.ms,
        "error": answer.error,
        "budget": BUDGET_MS,
    }
    if answer.status is None:
        return "probe_silent", values
    if not answer.is_ours:
        return "probe_status", values
    return "probe_ok" if answer.ms < BUDGET_MS else "probe_slow", values


def open_http(patience_s: float) -> httpx2.AsyncClient:
    """Return a client that uses no proxy of the environment's: neither Avito nor a worker does.

    Authorities are those of SSL_CERT_FILE where it is set, which `trust_env=False` would pass over.
    """
    transport = httpx2.AsyncHTTPTransport()
    return httpx2.AsyncClient(transport=transport, timeout=patience_s, follow_redirects=False)


async def post(
    url: str, body: bytes, headers: Mapping[str, str] | None = None, server_name: str = ""
) -> Answer:
    """POST once. Redirects are not followed, since Avito is not known to follow them.

    `server_name`: the name in the certificate, where the URL has an address.
    """
    started = time.perf_counter()
    sent = {"content-type": "application/json", **(headers or {})}
    extensions = {"sni_hostname": server_name} if server_name else {}
    try:
        async with open_http(_PATIENCE_S) as http:
            answer = await http.post(url, content=body, headers=sent, extensions=extensions)
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as problem:
        # Not the error's own text, which may have the URL with its secret.
        error = "bad certificate" if "CERTIFICATE" in str(problem).upper() else type(problem).__name__
        return Answer(None, _ms_since(started), error=error)
    is_ours = answer.status_code == httpx2.codes.OK and "".join(answer.text.split()) == '{"ok":true}'
    server, location = (answer.headers.get(name, "") for name in ("server", "location"))
    return Answer(answer.status_code, _ms_since(started), is_ours, server or "-", location)


def _ms_since(started: float) -> int:
    return round((time.perf_counter() - started) * 1000)
