"""Posts to our own public URL as Avito does, and compares the time with the 2 seconds that Avito waits."""

import time
from dataclasses import asdict, dataclass

import httpx

from avito_live.webhook_setup.context import FAILED, CommandContext

_BUDGET_MS = 2000
_PATIENCE_S = 10.0


@dataclass(frozen=True, slots=True)
class Probed:
    """The result of one POST. `status` None: no answer, and `error` says why."""

    status: int | None
    ms: int
    is_ours: bool = False
    error: str = ""
    budget: int = _BUDGET_MS

    @property
    def word(self) -> str:
        """The outcome, a word of words.toml: only with `probe_ok` Avito would accept this answer."""
        if self.status is None:
            return "probe_silent"
        if self.status != 200 or not self.is_ours:
            return "probe_status"
        return "probe_ok" if self.ms < self.budget else "probe_slow"

    @property
    def values(self) -> dict[str, object]:
        """The values for that word."""
        return asdict(self)


async def try_url(context: CommandContext) -> int:
    """`test`: post to the public URL, print the status and the time, and return the exit code."""
    context.tell_address()
    passed = True
    for name, body in (("test_empty", b"{}"), ("test_probe", b'{"test": "message"}')):
        came = await probe(context.address.url, body)
        sign = "✓" if came.word == "probe_ok" else "✗"
        print(f"{sign} {context.word(name)}: {context.word(came.word, **came.values)}")
        passed &= came.word == "probe_ok"
    if not passed:
        raise context.stop(FAILED, "test_failed")
    context.good("test_ok")
    return 0


async def probe(url: str, body: bytes = b"{}") -> Probed:
    """POST once, without following redirects, since Avito is not known to follow them."""
    started = time.perf_counter()
    status, is_ours, error = None, False, ""
    try:
        async with httpx.AsyncClient(timeout=_PATIENCE_S, follow_redirects=False) as http:
            answer = await http.post(url, content=body, headers={"content-type": "application/json"})
        status, is_ours = answer.status_code, "".join(answer.text.split()) == '{"ok":true}'
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as problem:
        # Not the error's own text, which may have the URL with its secret.
        error = "bad certificate" if "CERTIFICATE" in str(problem).upper() else type(problem).__name__
    return Probed(status, round((time.perf_counter() - started) * 1000), is_ours, error)
