"""`test`: posts to the public URL as Avito does, and prints the status and the time."""

from avito_live.webhook_setup import urls
from avito_live.webhook_setup.context import FAILED, OK, SETTINGS, CommandContext
from avito_live.webhook_setup.probe import BUDGET_MS, Probed, probe

_BODIES = (("test_empty", b"{}"), ("test_probe", b'{"test": "message"}'))


async def try_url(context: CommandContext) -> int:
    """Test the URL and return the exit code."""
    if not context.address.url:
        context.bad("no_address")
        return SETTINGS
    context.tell("webhook_is", url=urls.masked(context.address.url))
    results = []
    for name, body in _BODIES:
        came = await probe(context.address.url, body)
        results.append(came.ok)
        print(f"{'✓' if came.ok else '✗'} {context.word(name)}: {_outcome(came)}")
    (context.good if all(results) else context.bad)("test_ok" if all(results) else "test_failed")
    return OK if all(results) else FAILED


def _outcome(came: Probed) -> str:
    if came.status is None:
        return came.error
    return f"{came.status}, {came.ms:.0f} ms / {BUDGET_MS} ms{'' if came.is_ours else ', not our answer'}"
