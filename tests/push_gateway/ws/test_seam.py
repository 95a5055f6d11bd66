"""After any sequence of changes each client has seen every event once, in order, after its position."""

from collections.abc import Callable
from typing import Any

import orjson
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from push_gateway.ws import protocol
from push_gateway.ws.hub import Hub, Ring
from push_gateway.ws.protocol import Facts
from push_gateway.ws.session import Close, FetchJournal, Join, Phase, Send, Session
from shared.redis.journal import JournalPosition, JournalSlice
from tests.push_gateway import frames

HELD = 4
FETCHED = 3


class Client:
    """A connection as the shell would be, but for the socket."""

    def __init__(self, hub: Hub["Client"], claim: JournalPosition | None) -> None:
        self.hub = hub
        self.session = Session(hub, "anna", 0.0)
        self.fetches: list[JournalPosition] = []
        self.seen: list[dict[str, Any]] = []
        self.session.open(claim, Facts())
        self.carry_out()

    def write(self, written: bytes) -> None:
        self.seen += frames.read(written)

    def carry_out(self) -> None:
        while actions := self.session.actions():
            for action in actions:
                match action:
                    case Send(written):
                        self.write(written)
                    case Join():
                        self.hub.join(self)
                    case FetchJournal(after):
                        self.fetches.append(after)
                    case Close():
                        raise AssertionError("this was not asked for")
            self.session.advance()

    def advance(self) -> None:
        self.session.advance()
        self.carry_out()

    def check(self) -> None:
        """No hole, no duplicate, nothing before the greeting."""
        place: tuple[str, int] | None = None
        for frame in self.seen:
            if frame["type"] == "hello":
                place = frame["epoch"], frame["seq"]
            else:
                assert place is not None
                assert (frame["epoch"], frame["seq"]) == (place[0], place[1] + 1)
                place = place[0], place[1] + 1

    @property
    def place(self) -> JournalPosition:
        last = self.seen[-1]
        return JournalPosition(last["epoch"], last["seq"])


class Seam(RuleBasedStateMachine):
    """A journal that may be trimmed, a gateway that hears of it later, clients that come and go."""

    def __init__(self) -> None:
        super().__init__()
        self.hub: Hub[Client] = Hub(Ring(max_frames=HELD))
        self.clients: list[Client] = []
        self.epoch = 1
        self.head = 0
        self.oldest = 1

    @initialize(past=st.integers(0, 12))
    def begin(self, past: int) -> None:
        self.head = past
        self.hub.restart(JournalPosition("1", past))

    def event(self, seq: int) -> bytes:
        return orjson.dumps({"type": "message", "epoch": str(self.epoch), "seq": seq})

    @rule(count=st.integers(1, 6))
    def commit(self, count: int) -> None:
        self.head += count

    @rule(count=st.integers(1, 6))
    def hear(self, count: int) -> None:
        for seq in range(self.hub.position.seq + 1, min(self.head, self.hub.position.seq + count) + 1):
            self.hub.publish(seq, protocol.encode(self.event(seq)))

    @rule()
    def flush(self) -> None:
        batch = self.hub.take()
        for client in batch.members:
            client.write(batch.data)
        for client, written in batch.late:
            client.write(written)
        for client in self.clients:
            client.advance()

    @rule(seq=st.integers(0, 40), epoch=st.integers(0, 3))
    def connect(self, seq: int, epoch: int) -> None:
        claim = JournalPosition(str(epoch), seq)
        client = Client(self.hub, claim)
        self.clients.append(client)
        self.answer(client)
        possible = epoch == self.epoch and seq <= self.head
        certain = possible and seq >= self.oldest - 1
        assert client.seen[0]["recovered"] in ({True} if certain else {possible, False})

    @rule()
    def connect_new(self) -> None:
        client = Client(self.hub, None)
        self.clients.append(client)
        assert client.seen[0]["recovered"] is False

    def answer(self, client: Client) -> None:
        after = client.fetches.pop(0) if client.fetches else None
        if after is not None:
            client.session.receive_journal(self.read_after(after))
            client.carry_out()
            client.advance()

    def read_after(self, position: JournalPosition) -> JournalSlice:
        epoch, after = str(self.epoch), position.seq
        if position.epoch != epoch or not self.oldest - 1 <= after <= self.head:
            return JournalSlice(epoch, self.head, self.oldest - 1, gap=True)
        last = min(self.head, after + FETCHED)
        return JournalSlice(epoch, self.head, after, tuple(map(self.event, range(after + 1, last + 1))))

    @rule(pick=st.integers(0, 99))
    def answer_one(self, pick: int) -> None:
        self.with_client(pick, self.answer)

    @rule(pick=st.integers(0, 99))
    def come_back(self, pick: int) -> None:
        def again(client: Client) -> None:
            place = client.place
            self.hub.leave(client)
            self.clients.remove(client)
            self.connect(place.seq, int(place.epoch))

        self.with_client(pick, again)

    @rule(pick=st.integers(0, 99))
    def pause(self, pick: int) -> None:
        def pause(client: Client) -> None:
            if client.session.phase is Phase.CATCHING_UP:
                client.session.pause(0.0)

        self.with_client(pick, pause)

    @rule(pick=st.integers(0, 99))
    def resume(self, pick: int) -> None:
        def resume(client: Client) -> None:
            client.session.resume()
            client.advance()

        self.with_client(pick, resume)

    def with_client(self, pick: int, act: Callable[[Client], None]) -> None:
        if self.clients:
            act(self.clients[pick % len(self.clients)])

    @rule()
    def trim(self) -> None:
        self.oldest = max(self.oldest, self.head - 1)

    @rule()
    def restart_redis(self) -> None:
        self.epoch += 1
        self.hub.restart(JournalPosition(str(self.epoch), self.head))
        for client in self.clients:
            client.session.restart(Facts())
            client.carry_out()

    @invariant()
    def each_saw_every_event_once_and_in_order(self) -> None:
        for client in self.clients:
            client.check()

    def teardown(self) -> None:
        self.hear(1_000)
        self.flush()
        for client in self.clients:
            client.session.resume()
            client.advance()
            while client.fetches:
                self.answer(client)
        self.flush()
        for client in self.clients:
            client.check()
            assert client.place == JournalPosition(str(self.epoch), self.head)


TestSeam = Seam.TestCase
TestSeam.settings = settings(max_examples=120, stateful_step_count=40, deadline=None)
