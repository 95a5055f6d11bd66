"""When a subscription does not come to stand, what stood before is put back."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import pytest

from tests.worker.fake_avito import FakeAvito
from webhook_setup import standing
from webhook_setup.desk import FAILED, Desk
from webhook_setup.subscribe import restore, subscribe_and_verify
from worker.avito.errors import Unavailable
from worker.settings import Address

if TYPE_CHECKING:
    from worker.avito.client import AvitoClient

pytestmark = pytest.mark.anyio
OURS = "https://panel.example.org/admin/avito/webhook/the-secret"
OTHER = "https://hooks.crm.example.test/secret-of-theirs"


@dataclass
class Forgetful(FakeAvito):
    """Takes our URL and drops it, and whatever stood there."""

    taken: list[str] = field(default_factory=list)

    async def subscribe(self, url: str) -> None:
        self.taken.append(url)
        self.urls = [] if url == OURS else [url]


def desk_at(avito: FakeAvito) -> Desk:
    unused = cast("Any", None)
    address = Address(OURS, (OURS,))
    client = cast("AvitoClient", avito)
    return Desk(unused, address, False, unused, "no Redis here", client, "en", False)


async def test_what_stood_before_is_put_back(capsys: pytest.CaptureFixture[str]) -> None:
    avito = Forgetful(urls=[OTHER])
    desk = desk_at(avito)

    code = await subscribe_and_verify(desk, await standing.ask(desk))

    assert code == FAILED
    assert avito.taken == [OURS, OTHER]
    assert avito.urls == [OTHER]
    said = capsys.readouterr().out
    assert "hooks.crm.example.test" in said
    assert "secret-of-theirs" not in said


async def test_what_cannot_be_put_back_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    avito = FakeAvito(urls=[OTHER])
    desk = desk_at(avito)
    before = await standing.ask(desk)
    avito.urls = []
    avito.trouble["subscriptions"] = Unavailable("subscriptions", why="silent")

    await restore(desk, before)

    assert "could not be put back (hooks.crm.example.test)" in capsys.readouterr().out
