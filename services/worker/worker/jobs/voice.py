"""Links to voice messages: Avito's are good for an hour, so we keep them for half of that."""

from typing import Any

from shared.redis import keys
from shared.wires.job_results import Refusal
from worker.accounts.context import AccountContext, context_of
from worker.jobs.result import put_result_of

KEPT_S = 1800


async def find_voice(
    context: dict[Any, Any], result_id: str, until_ms: int, account_id: int, voice_id: str
) -> None:
    """Arq job: put `{"url"}` as the result."""
    account = context_of(context)
    await put_result_of(lambda: _find(account, account_id, voice_id), account, result_id)


async def _find(account: AccountContext, account_id: int, voice_id: str) -> dict[str, Any]:
    links = await account.avito.voice_files([voice_id])
    url = links.get(voice_id)
    if url is None:
        raise Refusal(404, "unknown_voice", "Avito does not know this voice message.")
    await account.redis.set(keys.voice(account_id, voice_id), url, ex=KEPT_S)
    return {"url": url}
