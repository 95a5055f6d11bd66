"""A spooled webhook as a line: it is read back as it was written, and nothing else is."""

from io import BytesIO

from hypothesis import example, given
from hypothesis import strategies as st

from ingest.spool import records
from shared.wires.inbox import Webhook

WEBHOOKS = st.builds(
    Webhook,
    body=st.binary(max_size=300),
    accepted=st.floats(0, 4e9),
    encoding=st.one_of(st.just(b""), st.binary(max_size=20)),
)
FILES = st.lists(WEBHOOKS, min_size=1, max_size=6)


def write(webhooks: list[Webhook]) -> bytes:
    return b"".join(records.encode(webhook) for webhook in webhooks)


def read(data: bytes) -> list[Webhook]:
    decoded = (records.decode(line) for line in BytesIO(data))
    return [webhook for webhook in decoded if webhook]


def ends(webhooks: list[Webhook]) -> list[int]:
    """Return where each record ends."""
    return [len(write(webhooks[: count + 1])) for count in range(len(webhooks))]


@given(FILES)
@example([Webhook(b"", 0.0)])
@example([Webhook(b"-", 1.5)])
def test_a_written_record_is_read_back(webhooks: list[Webhook]) -> None:
    assert read(write(webhooks)) == webhooks


def test_an_empty_body_is_read_as_version_0_1_wrote_it() -> None:
    assert read(b"3d3d903f54f5d91b9e04ba7d 1.5 - -\n") == [Webhook(b"", 1.5)]


@given(FILES, st.data())
def test_every_whole_record_of_a_truncated_file_is_read(webhooks: list[Webhook], data: st.DataObject) -> None:
    written = write(webhooks)
    length = data.draw(st.integers(0, len(written)))

    # The last byte of a record is its newline: without it the record is whole all the same.
    assert read(written[:length]) == webhooks[: sum(end - 1 <= length for end in ends(webhooks))]


@given(FILES, st.data())
def test_a_changed_byte_costs_at_most_two_records(webhooks: list[Webhook], data: st.DataObject) -> None:
    written = bytearray(write(webhooks))
    at = data.draw(st.integers(0, len(written) - 1))
    written[at] ^= data.draw(st.integers(1, 255))
    hit = next(index for index, end in enumerate(ends(webhooks)) if at < end)

    found = read(bytes(written))

    assert found[:hit] == webhooks[:hit]
    assert found[len(found) - len(webhooks[hit + 2 :]) :] == webhooks[hit + 2 :]
    assert all(webhook in webhooks for webhook in found)


@given(FILES, st.binary(max_size=200), st.data())
def test_junk_between_records_is_never_read_as_a_record(
    webhooks: list[Webhook], junk: bytes, data: st.DataObject
) -> None:
    written = write(webhooks)
    at = data.draw(st.sampled_from([0, *ends(webhooks)]))

    found = read(written[:at] + junk + b"\n" + written[at:])

    assert found == webhooks


@given(WEBHOOKS, st.integers(0, 100))
def test_a_body_cannot_pose_as_a_record(inner: Webhook, cut: int) -> None:
    outer = records.encode(Webhook(b"\n" + records.encode(inner), 1.0))

    assert records.decode(outer[cut:]) in (None, records.decode(outer))


@given(st.binary(max_size=300))
def test_junk_is_never_a_record(junk: bytes) -> None:
    assert records.decode(junk) is None


def test_a_record_of_version_0_1_is_read_without_its_signature() -> None:
    line = b"b3fc871459634c116f55b8ea 1757403800.5 YTFiMg== e30=\n"

    assert records.decode(line) == Webhook(b"{}", 1_757_403_800.5)


def test_a_record_of_a_plain_body_is_as_the_version_before_wrote_it() -> None:
    assert records.encode(Webhook(b"{}", 1_757_403_800.5)).split(b" ")[1:] == [
        b"1757403800.5",
        b"-",
        b"e30=\n",
    ]


def test_the_version_before_reads_the_body_of_a_record_with_an_encoding() -> None:
    """It read the first and the third of three words."""
    assert records.encode(Webhook(b"{}", 1.5, b"gzip, br")).split(b" ")[1:] == [
        b"1.5",
        b"=Z3ppcCwgYnI=",
        b"e30=\n",
    ]


def test_the_largest_webhook_fits_into_the_longest_line() -> None:
    largest = Webhook(bytes(256 * 1024), 1_757_403_800.123456, bytes(200))

    assert len(records.encode(largest)) < records.LONGEST


def test_a_record_of_version_0_1_is_read_without_the_signature_that_came_with_it() -> None:
    line = b"8a3b15651e7189a9a4f870ff 1732111111.25 YWIxMg== eyJpZCI6IjEifQ==\n"

    assert records.decode(line) == Webhook(b'{"id":"1"}', 1732111111.25)
