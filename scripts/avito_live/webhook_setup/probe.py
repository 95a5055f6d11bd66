"""Posts to our own public URL as Avito does, and compares the time with the 2 seconds that Avito waits."""

import time

import httpx

from avito_live.webhook_setup.context import FAILED, CommandContext

_BUDGET_MS = 2000
_PATIENCE_S = 10.0


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

    Only with `probe_ok` Avito would accept the answer, with `probe_silent` there is none. Redirects are not
    followed, since Avito is not known to follow them.
    """
    started = time.perf_counter()
    status, error, outcome = None, "", "probe_silent"
    try:
        async with httpx.AsyncClient(timeout=_PATIENCE_S, follow_redirects=False) as http:
            answer = await http.post(url, content=body, headers={"content-type": "application/json"})
        status, is_ours = answer.status_code, "".join(answer.text.split()) == '{"ok":true}'
        outcome = "probe_ok" if status == 200 and is_ours else "probe_status"
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as problem:
        # Not the error's own text, which may have the URL with its secret.
        error = "bad certificate" if "CERTIFICATE" in str(problem).upper() else type(problem).__name__
    ms = round((time.perf_counter() - started) * 1000)
    if outcome == "probe_ok" and ms >= _BUDGET_MS:
        outcome = "probe_slow"
    return outcome, {"status": status, "ms": ms, "error": error, "budget": _BUDGET_MS}
