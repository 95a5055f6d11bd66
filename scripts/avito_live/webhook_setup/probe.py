"""Posts to our own public URL as Avito does, and compares the time with the 2 seconds that Avito waits."""

import time
from dataclasses import dataclass

import httpx

from avito_live.webhook_setup.context import FAILED, OK, SETTINGS, CommandContext
from shared import masking

BUDGET_MS = 2000
_PATIENCE_S = 10.0
_BODIES = (("test_empty", b"{}"), ("test_probe", b'{"test": "message"}'))


@dataclass(frozen=True, slots=True)
class Probed:
    """The result of one POST. `status` None: no answer, and `error` says why."""

    status: int | None
    ms: float
    is_ours: bool
    error: str = ""

    @property
    def ok(self) -> bool:
        """Whether Avito would accept this answer."""
        return self.status == 200 and self.is_ours and self.ms < BUDGET_MS


async def try_url(context: CommandContext) -> int:
    """`test`: post to the public URL, print the status and the time, and return the exit code."""
    if not context.address.url:
        context.bad("no_address")
        return SETTINGS
    context.tell("webhook_is", url=masking.masked_url(context.address.url))
    results = []
    for name, body in _BODIES:
        came = await probe(context.address.url, body)
        results.append(came.ok)
        print(f"{'✓' if came.ok else '✗'} {context.word(name)}: {_outcome(came)}")
    (context.good if all(results) else context.bad)("test_ok" if all(results) else "test_failed")
    return OK if all(results) else FAILED


async def probe(url: str, body: bytes = b"{}") -> Probed:
    """POST once, without following redirects, since Avito is not known to follow them."""
    started = time.perf_counter()
    try:
        async with httpx.AsyncClient(timeout=_PATIENCE_S, follow_redirects=False) as http:
            answer = await http.post(url, content=body, headers={"content-type": "application/json"})
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        return Probed(None, _since(started), is_ours=False, error=_plain(error))
    return Probed(answer.status_code, _since(started), is_ours=_says_ok(answer))


def _since(started: float) -> float:
    return (time.perf_counter() - started) * 1000


def _says_ok(answer: httpx.Response) -> bool:
    try:
        return bool(answer.json() == {"ok": True})
    except ValueError:
        return False


def _plain(error: Exception) -> str:
    """Describe the error without the URL, which contains the secret."""
    match error:
        case httpx.TimeoutException():
            return "no answer in time"
        case httpx.ConnectError():
            return "cannot connect" if "CERTIFICATE" not in str(error).upper() else "bad certificate"
        case _:
            return type(error).__name__


def _outcome(came: Probed) -> str:
    if came.status is None:
        return came.error
    return f"{came.status}, {came.ms:.0f} ms / {BUDGET_MS} ms{'' if came.is_ours else ', not our answer'}"
