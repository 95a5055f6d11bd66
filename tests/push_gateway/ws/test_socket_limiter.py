"""Places of sockets: bounded by session and by address, and a dead one gives its place to a new one."""

import re
from dataclasses import dataclass
from math import inf
from pathlib import Path

import push_gateway
from push_gateway.auth.access import Admitted, Caller
from push_gateway.ws.session import SILENT_AFTER
from push_gateway.ws.socket_limiter import DEAD_AFTER, PER_ADDRESS, SocketLimiter

NOW = 1_000.0
DEAD = NOW - DEAD_AFTER - 1
PANEL = Path(push_gateway.__file__).parent / "static/core/connection.js"


@dataclass(eq=False, slots=True)
class Socket:
    """A socket whose client was heard then."""

    heard_at: float = NOW
    has_place: bool = True

    def give_place(self) -> None:
        self.has_place = False


def admitted(session: str = "s", address: str = "a") -> Admitted:
    return Admitted(Caller("anna", "operator", session), address)


def entered(limiter: SocketLimiter, *heard_at: float, session: str = "s", address: str = "a") -> list[Socket]:
    """Let sockets in that were heard then."""
    sockets = [Socket(heard) for heard in heard_at]
    assert all(limiter.enter(socket, admitted(session, address), NOW) for socket in sockets)
    return sockets


def test_live_sockets_are_bounded_by_session_and_by_address() -> None:
    limiter = SocketLimiter(per_session=2, per_address=3)
    first, _ = entered(limiter, NOW, NOW)
    assert not limiter.enter(Socket(), admitted(), NOW)
    entered(limiter, NOW, session="t")
    assert not limiter.enter(Socket(), admitted("t"), NOW)
    assert limiter.enter(Socket(), admitted("t", "b"), NOW)

    limiter.leave(first)

    assert limiter.enter(Socket(), admitted(), NOW)


def test_this_very_machine_has_no_limit() -> None:
    limiter = SocketLimiter(per_session=2, per_address=2)

    assert len(entered(limiter, *[NOW] * 5, address="")) == limiter.count("s") == 5


def test_the_longest_silent_socket_gives_its_place_at_once_and_no_other() -> None:
    limiter = SocketLimiter(per_session=9, per_address=3)
    live, longest, dead = entered(limiter, NOW, DEAD - 2, DEAD)

    (new,) = entered(limiter, NOW)

    assert [one.has_place for one in (live, longest, dead, new)] == [True, False, True, True]
    assert limiter.count("s") == 3


def test_a_closed_socket_gives_its_place_before_a_silent_one() -> None:
    limiter = SocketLimiter(per_session=2)
    dead, closed = entered(limiter, DEAD, -inf)

    entered(limiter, NOW)

    assert (dead.has_place, closed.has_place) == (True, False)


def test_a_socket_that_may_be_alive_gives_its_place_to_no_one() -> None:
    limiter = SocketLimiter(per_session=1)
    (quiet,) = entered(limiter, NOW - DEAD_AFTER)

    assert not limiter.enter(Socket(), admitted(), NOW)
    assert quiet.has_place


def test_a_dead_socket_of_another_office_keeps_its_place() -> None:
    limiter = SocketLimiter(per_address=1)
    (other,) = entered(limiter, DEAD, address="b")
    entered(limiter, NOW)

    assert not limiter.enter(Socket(), admitted(), NOW)
    assert other.has_place


def test_a_socket_that_gave_its_place_is_counted_out_once() -> None:
    limiter = SocketLimiter(per_session=1)
    (dead,) = entered(limiter, DEAD)
    (new,) = entered(limiter, NOW)

    limiter.leave(dead)
    assert limiter.count("s") == 1
    limiter.leave(new)
    assert limiter.count("s") == 0


def test_a_whole_office_that_comes_back_gets_the_places_of_its_dead_sockets() -> None:
    limiter = SocketLimiter(per_session=PER_ADDRESS)
    office = entered(limiter, *(DEAD - number for number in range(PER_ADDRESS)))

    entered(limiter, *[NOW] * PER_ADDRESS)

    assert not any(socket.has_place for socket in office)
    assert not limiter.enter(Socket(), admitted(), NOW)


def test_the_limiter_forgets_sockets_that_have_ended() -> None:
    limiter = SocketLimiter()
    for address in ("a", ""):
        for socket in entered(limiter, NOW, NOW, address=address):
            limiter.leave(socket)

    assert not any(value for value in vars(limiter).values() if not isinstance(value, int))


def test_a_live_panel_is_never_silent_for_so_long() -> None:
    pings = re.search(r"PING_EVERY = (\d+) \* S;", PANEL.read_text("utf-8"))
    assert pings is not None

    assert int(pings[1]) + 5 < DEAD_AFTER < SILENT_AFTER
