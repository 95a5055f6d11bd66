"""Prints each new message of a buyer, also those that came while the connection was away."""

import asyncio
import json
import os
import random

from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

URL = os.environ["AVITO_LIVE"] + "/admin/avito/ws"  # wss://panel.example.org
KEY = {"Authorization": "Bearer " + os.environ["AVITO_LIVE_TOKEN"]}  # make token NAME=me SCOPE=read


async def main() -> None:
    epoch, seq, pause = "", 0, 3.0
    while True:
        try:
            async with connect(f"{URL}?epoch={epoch}&seq={seq}", additional_headers=KEY) as socket:
                async for frame in socket:
                    event, pause = json.loads(frame), 3.0
                    epoch, seq = event.get("epoch", epoch), event.get("seq", seq)
                    if event["type"] == "message" and event["ring"]:
                        print(event["chat_id"], event["message"]["content"], flush=True)
        except (OSError, WebSocketException) as error:
            print("away, again soon:", error, flush=True)
        await asyncio.sleep(random.uniform(0, pause))  # noqa: S311 - not at once with all others
        pause = min(30.0, 2 * pause)


asyncio.run(main())
