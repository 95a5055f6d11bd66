import json
from pathlib import Path
from random import Random

import pytest

from avito_simulator.app import create_app
from avito_simulator.demo.live import Demo
from avito_simulator.settings import Settings
from avito_simulator.simulator import Simulator
from tests.scripts.avito_simulator.conftest import Clock
from tests.scripts.avito_simulator.test_messages import png

pytestmark = pytest.mark.anyio


def make(path: Path) -> tuple[Simulator, Demo]:
    sim = Simulator(Settings(state_file=path), Clock())
    return sim, Demo(sim, Random(1))


async def lived(sim: Simulator, demo: Demo) -> None:
    """A life from start to end."""
    app = create_app(sim, demo)
    async with app.router.lifespan_context(app):
        demo.cast.tell_histories()


async def test_a_second_life_finds_the_same_chats(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "state.json"
    first, demo = make(path)
    await lived(first, demo)

    second, demo_again = make(path)
    await lived(second, demo_again)

    assert second.world.listing() == first.world.listing()
    assert second.world.messages() == first.world.messages()
    assert demo_again.cast.places == demo.cast.places


async def test_a_second_life_keeps_subscriptions_blacklist_and_uploads(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    first, demo = make(path)
    first.delivery.urls = ["https://a.test"]
    first.world.block(77, 1)
    first.uploads.add("1.a", png())
    await lived(first, demo)

    second, demo_again = make(path)
    await lived(second, demo_again)

    assert second.delivery.urls == ["https://a.test"]
    assert second.world.blacklist == {77: 1}
    assert second.uploads.get("1.a") == png()


async def test_a_second_life_gives_ids_that_are_not_taken(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    await lived(*make(path))
    again, demo = make(path)
    taken = {message["id"] for message in json.loads(path.read_text())["messages"]}

    await lived(again, demo)

    assert not {again.ids.message() for _ in range(100)} & taken


@pytest.mark.parametrize("broken", ["", "{", "[]", '{"chats": [{}]}', '{"chats": [], "messages": 5}'])
async def test_an_unreadable_file_is_put_aside(tmp_path: Path, broken: str) -> None:
    path = tmp_path / "state.json"
    path.write_text(broken)
    sim, demo = make(path)

    await lived(sim, demo)

    assert (tmp_path / "state.json.unreadable").read_text() == broken
    assert len(sim.world.chats) >= 8


async def test_a_folder_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    sim, demo = make(tmp_path / "file" / "state.json")

    await lived(sim, demo)

    assert len(sim.world.chats) >= 8
