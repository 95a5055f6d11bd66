"""Misbehaviour of the simulated Avito: the switches, and pure decisions given a random source."""

from random import Random
from typing import Annotated, Any, Literal

from msgspec import Meta, convert, field
from msgspec.structs import asdict

from avito_simulator.strict import Chance, Count, Seconds, Strict


class Switches(Strict, frozen=True):
    """Everything that can be switched at run time. The defaults are Avito as far as it is known."""

    # Tokens
    token_lifetime_s: Seconds = 86_400
    bad_secret_status: Literal[200, 400, 401, 403] = 401
    expired_token_status: Literal[401, 403] = 403

    # Lists
    lists_meta: bool = True  # lists carry meta.has_more
    lists_bare: bool = False  # lists are arrays without an object around them
    same_page: bool = False  # lists ignore the offset and always have more
    chats_unordered_s: Seconds = 0  # how much too early a chat may stand in its list
    read_field: Literal["isRead", "is_read"] = "isRead"
    history_lag_s: Seconds = 0  # lists show what was sent only after this

    # Send and delete
    echo: Literal["after", "before", "never", "twice"] = "after"
    echo_delay_s: Seconds = 0  # the echo comes this much later
    send_drop: Chance = 0  # cut the connection after a send was accepted
    picture_urls_move: bool = False  # a sent picture has other links than its upload
    delete_window_s: Seconds = 3600

    # Bodies of webhooks and lists
    ids_as_text: bool = False  # "301200100" for 301200100
    lone_surrogates: bool = False  # each U+FFFD of a text is half of a character
    system_as_buyer: bool = False  # Avito's own texts have the type and the author of a buyer's

    # Subscriptions
    subscribe_plain_text: bool = False  # the three webhook methods answer as text/plain

    # Deliveries
    webhook_duplicate: Chance = 0
    webhook_reorder: Chance = 0
    webhook_reorder_s: Seconds = 0.5  # how far behind a reordered one may fall
    webhook_delay_s: Seconds = 0
    webhook_drop: Chance = 0

    # Tariff
    tariff: Literal["full", "402", "403", "stub", "stub_in_chats"] = "full"


class EndpointFault(Strict, frozen=True):
    """A fault at one operation (its name, or `*`), before or after its work is done.

    `where`: only at calls whose path and query hold this text, such as a chat's id or `offset=100`.
    After `delay_s` the connection is cut (`drop`), or `status` and `body` are answered, or, with neither, the
    operation goes on. `{answer}` in the body stands for the operation's own answer, if its work was done.
    The fault ends after `count` times.
    """

    operation: str
    where: str = ""
    when: Literal["before", "after"] = "before"
    delay_s: Seconds = 0
    status: Annotated[int, Meta(ge=200, le=599)] | None = None
    body: str = '{"error":{"code":500,"message":"Internal error"}}'
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    drop: bool = False
    count: Count | None = None
    probability: Chance = 1


class Faults:
    """The switches and endpoint faults in force, the latter with how often each was applied."""

    def __init__(self) -> None:
        self.switches = Switches()
        self.endpoints: list[tuple[EndpointFault, int]] = []

    def set(self, changes: dict[str, Any]) -> None:
        """Change some switches. Raises `ValidationError` and changes nothing if one is wrong."""
        self.switches = convert(asdict(self.switches) | changes, Switches)

    def reset(self) -> None:
        """Reset all switches and faults."""
        self.__init__()  # type: ignore[misc] # the state is what the constructor makes

    def pick(self, operation: str, address: str, rng: Random) -> EndpointFault | None:
        """Return the first fault that applies to a call of this path and query, and count it."""
        for place, (fault, struck) in enumerate(self.endpoints):
            spent = fault.count is not None and struck >= fault.count
            if spent or fault.operation not in (operation, "*") or fault.where not in address:
                continue
            if rng.random() < fault.probability:
                self.endpoints[place] = (fault, struck + 1)
                return fault
        return None

    def as_json(self) -> dict[str, Any]:
        """Return all switches, and the endpoint faults with how often each was applied."""
        return {
            "switches": asdict(self.switches),
            "endpoints": [asdict(fault) | {"struck": n} for fault, n in self.endpoints],
        }


def copies(switches: Switches, rng: Random) -> list[tuple[float, bool]]:
    """Return the postings of an event, none to two: how late each is, and whether it keeps its order."""
    if rng.random() < switches.webhook_drop:
        return []
    made = []
    for _ in range(2 if rng.random() < switches.webhook_duplicate else 1):
        moved = rng.random() < switches.webhook_reorder
        more_s = rng.uniform(0, switches.webhook_reorder_s) if moved else 0
        made.append((switches.webhook_delay_s + more_s, not moved))
    return made
