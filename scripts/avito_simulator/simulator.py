"""One simulated Avito: its data, faults, tokens and webhooks."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from random import Random

from avito_simulator.delivery import Delivery, Event, Log
from avito_simulator.faults import Faults
from avito_simulator.ids import Ids
from avito_simulator.media.uploads import Uploads
from avito_simulator.model import DELETED_TEXT, Account, Content, Message
from avito_simulator.settings import Settings
from avito_simulator.wire import Wire, encode
from avito_simulator.world import DeletionForm, World

Clock = Callable[[], float]
LOGGED = 50_000  # calls, and deliveries


class Simulator:
    """The state that the routes, the control API and the demo share. `clock` returns Unix seconds."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.settings = settings
        self.clock = clock
        self.account = Account(settings.user_id)
        self.world = World(settings.user_id)
        self.chance = Random()  # noqa: S311 # reproducible, not secret
        self.reseed("")
        self.faults = Faults()
        self.tokens: dict[str, float] = {}  # when each expires
        self.calls: Log = deque(maxlen=LOGGED)
        self.called = asyncio.Event()  # by anyone, since the start
        self.deliveries: Log = deque(maxlen=LOGGED)
        self.uploads = Uploads(settings.state_file)
        self.wire = Wire(self.world, self.account, settings.base_url, self.chance)
        self.on_send: list[Callable[[Message], None]] = []
        self.delivery = Delivery(self.faults, self.deliveries, self.chance, clock)

    def reseed(self, salt: str) -> None:
        """Restart the random sequences; another `salt` gives other ids."""
        seed = f"{self.settings.seed}{salt}"
        self.ids = Ids(Random(f"ids {seed}"))  # noqa: S311 # reproducible, not secret
        self.chance.seed(f"chance {seed}")

    def now(self) -> int:
        """Return whole Unix seconds, as Avito uses them."""
        return int(self.clock())

    def write(self, message: Message, *, announce: bool = True) -> Message:
        """Store a message in its chat and, with `announce`, post its webhook."""
        kept = self.world.add(message)
        if announce:
            self.delivery.publish(self.event(kept))
        return kept

    def send(self, chat_id: str, kind: str, content: Content) -> Message:
        """Send a message as the API does, without its echo."""
        lag_s = self.faults.switches.history_lag_s
        visible_at = self.clock() + lag_s if lag_s else 0.0
        mine, message_id = self.account.id, self.ids.message()
        message = Message(message_id, chat_id, mine, kind, content, self.now(), visible_at=visible_at)
        kept = self.world.add(message)
        for heard in self.on_send:
            heard(kept)
        return kept

    async def echo_early(self, message: Message) -> None:
        """Post the echo of a sent message before the answer, if the switches say so."""
        if self.faults.switches.echo == "before":
            await asyncio.gather(*self.delivery.publish(self.event(message)))

    async def echo(self, message: Message) -> None:
        """Post the echo of a sent message as the switches say, unless it was posted early."""
        switches = self.faults.switches
        times = {"after": 1, "twice": 2}.get(switches.echo, 0)
        for _ in range(times):
            self.delivery.publish(self.event(message), late_s=switches.echo_delay_s)

    def delete(
        self, chat_id: str, message_id: str, form: DeletionForm = "type", *, announce: bool = True
    ) -> Message:
        """Delete a message and, with `announce`, post the webhook of that."""
        was_there = not self.world.message(chat_id, message_id).deleted
        gone = notice = self.world.delete(chat_id, message_id, form)
        if was_there and form in ("notice", "row"):
            text = {"text": DELETED_TEXT}
            notice = replace(gone, id=self.ids.message(), type="text", content=text, created=self.now())
            if form == "row":
                self.world.add(notice)
        if announce and was_there:
            self.delivery.publish(self.event(notice))
        return gone

    def event(self, message: Message) -> Event:
        """Return the webhook of a message with the current time."""
        chat = self.world.chat(message.chat_id)
        written = self.wire.event(chat, message, self.ids.uuid(), self.clock())
        return Event(encode(written, self.faults.switches), chat.id, message.id)
