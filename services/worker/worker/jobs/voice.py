"""Links to voice messages: Avito gives one for an hour, we keep it for half of that."""

from typing import Any

from shared.redis import keys
from shared.wires.job_results import Refusal
from worker.accounts.context import AccountContext, context_of
from worker.jobs import result

KEPT_S = 1800


async def find_voice(
    context: dict[Any, Any], ask_id: str, until_ms: int, account_id: int, voice_id: str
) -> None:
    """Arq job: answer with `{"url"}`."""
    work = context_of(context)
    await result.answer(work, ask_id, lambda: _find(work, account_id, voice_id))


async def _find(work: AccountContext, account_id: int, voice_id: str) -> dict[str, Any]:
    links = await work.avito.voice_files([voice_id])
    url = links.get(voice_id)
    if url is None:
        raise Refusal(404, "unknown_voice", "Avito does not know this voice message.")
    await work.redis.set(keys.voice(account_id, voice_id), url, ex=KEPT_S)
    return {"url": url}
