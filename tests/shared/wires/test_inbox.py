"""The entries of the inbox."""

from hypothesis import given
from hypothesis import strategies as st

from shared.wires import inbox
from shared.wires.inbox import Webhook


def entry(flat: list[bytes]) -> dict[bytes, bytes]:
    return dict(zip(flat[::2], flat[1::2], strict=True))


@given(st.binary(), st.floats(0, 4e9), st.binary())
def test_a_webhook_is_read_as_it_was_written(body: bytes, accepted: float, encoding: bytes) -> None:
    webhook = Webhook(body, accepted, encoding)

    assert inbox.read(entry(inbox.write(webhook))) == webhook
    assert not inbox.is_canary(entry(inbox.write(webhook)))


@given(st.dictionaries(st.sampled_from([b"b", b"t", b"e", b"x"]), st.binary(max_size=20)))
def test_an_entry_with_any_content_can_be_read(fields: dict[bytes, bytes]) -> None:
    assert isinstance(inbox.read(fields), Webhook)


def test_an_entry_of_a_plain_body_is_as_the_version_before_wrote_it() -> None:
    assert inbox.write(Webhook(b"{}", 1.5)) == [b"b", b"{}", b"t", b"1.5"]


def test_a_canary_is_distinguished_from_a_webhook() -> None:
    fields = entry(inbox.canary(1_757_403_800.5))

    assert inbox.is_canary(fields)
    assert inbox.read(fields) == Webhook(b"", 1_757_403_800.5)
