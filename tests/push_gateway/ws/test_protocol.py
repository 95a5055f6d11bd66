import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from push_gateway.ws import protocol
from push_gateway.ws.protocol import FeatureFrame, FrameRefusal, Ping, Shown
from shared.redis.journal import JournalPosition
from tests.push_gateway import frames


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65_535, 65_536, 70_000])
def test_a_frame_of_any_size_carries_its_payload(size: int) -> None:
    payload = b"x" * size

    assert frames.payloads(protocol.encode(payload)) == [payload]


@pytest.mark.parametrize(
    ("text", "frame"),
    [
        ('{"type":"ping"}', Ping()),
        ('{"type":"ping","more":1}', Ping()),
        ('{"type":"shown","seq":0}', Shown(0)),
        ('{"type":"shown","seq":9223372036854775807}', Shown(2**63 - 1)),
    ],
)
def test_the_frames_of_the_contract_are_understood(text: str, frame: object) -> None:
    assert protocol.read(text) == frame


def test_a_frame_of_a_feature_is_handed_on_unread() -> None:
    text = '{"type":"viewing","chat_id":7}'

    assert protocol.read(text, {"viewing"}) == FeatureFrame("viewing", {"type": "viewing", "chat_id": 7})
    assert protocol.read(text) == FrameRefusal("bad_frame", "unknown type")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nonsense",
        "[]",
        "1",
        "{}",
        '{"type":[]}',
        '{"type":"hello"}',
        '{"type":"shown","seq":true}',
        '{"type":"shown","seq":-1}',
        '{"type":"shown","seq":1.5}',
        '{"type":"shown","seq":9223372036854775808}',
        "[" * 10_000,
    ],
)
def test_everything_else_is_a_bad_frame_with_a_reason(text: str) -> None:
    assert isinstance(protocol.read(text), FrameRefusal)


@given(st.text() | st.recursive(st.none() | st.integers(0, 9) | st.text(), st.lists).map(repr))
def test_no_text_raises(text: str) -> None:
    protocol.read(text)


def test_a_demo_says_so_in_its_greeting() -> None:
    def greeting(*, demo: bool) -> dict[str, object]:
        facts = protocol.Facts(demo=demo)
        made = protocol.hello(JournalPosition("e", 1), facts, "anna", "1", recovered=True)
        return dict(orjson.loads(made))

    assert greeting(demo=True)["demo"] is True
    assert "demo" not in greeting(demo=False)


def test_an_error_frame_names_code_and_message() -> None:
    assert orjson.loads(protocol.error(FrameRefusal("bad_frame", "not JSON"))) == {
        "type": "error",
        "code": "bad_frame",
        "message": "not JSON",
    }
