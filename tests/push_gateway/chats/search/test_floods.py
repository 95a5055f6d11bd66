"""Searches that read many messages, many at once: the gateway goes on answering others."""

import asyncio
from collections import Counter

import orjson
import pytest
from redis.asyncio import Redis

from shared.redis import keys
from shared.search_words import WordCollector
from testbed import System, until
from tests.push_gateway.panel import PATH, Panel, write
from tests.push_gateway.shared_by_module import module_panel, module_system
from tests.support import bare_http
from tests.support.door_watch import watching
from tests.worker.builders import SELLER

pytestmark = [pytest.mark.anyio, pytest.mark.attack]
WORDS = ("здравствуйте", "пожалуйста", "подскажите")
CHATS = 101
MESSAGES = 200
AT_ONCE = 100
system = module_system("gateway")
panel = module_panel()


async def fill(redis: Redis) -> None:
    """Make chats with each word in many messages, and all of them in none."""
    for number in range(MESSAGES):
        text = f"{WORDS[number % 3]} добрый день, ещё продаёте, торг уместен, можно посмотреть завтра " * 3
        await write(redis, f"m{number}", chat="c0", created=1_757_403_725 + number, text=text)
    shown = orjson.loads(await redis.execute_command("HGET", keys.chat(SELLER, "c0"), "json"))
    words = WordCollector()
    words.add({"text": " ".join(WORDS)})
    async with redis.pipeline(transaction=False) as pipe:
        for number in range(CHATS):
            chat = f"c{number}"
            for key in (keys.thread, keys.messages) if number else ():
                pipe.copy(key(SELLER, "c0"), key(SELLER, chat))
            pipe.hset(keys.chat(SELLER, chat), "json", orjson.dumps(shown | {"id": chat}))
            pipe.zadd(keys.chats(SELLER), {chat: number})
            pipe.hset(keys.search_words(SELLER), chat, words.written())
            pipe.zadd(keys.search_words_changed(SELLER), {chat: number + 1})
        await pipe.execute()


async def test_searches_of_many_messages_stop_no_other(system: System, panel: Panel) -> None:
    async with system.redis as redis:
        await fill(redis)
    # On a busy machine the first one, which reads the index, may take longer than a search may.
    found = await until(
        lambda: panel.get("api/chats", q=" ".join(WORDS), limit=100), forgiven=(AssertionError,)
    )
    assert len(found["chats"]) == 100
    url = str(panel.http.build_request("GET", f"{PATH}api/chats", params={"q": " ".join(WORDS)}).url)
    raw = bare_http.request("GET", url, {"Cookie": f"avito_session={panel.http.cookies['avito_session']}"})
    async with watching(system.part("gateway")) as figures:
        answers = await asyncio.gather(*(bare_http.send(url, [raw]) for _ in range(AT_ONCE)))

    codes = Counter(answer.status_code for (answer,) in answers)
    assert codes[200] > 0
    assert codes[429] == AT_ONCE - 16
    assert figures.faults() == []
