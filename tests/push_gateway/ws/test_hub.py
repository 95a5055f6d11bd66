from push_gateway.ws.hub import Broadcast, Chunk, Continuity, Hub, Ring
from shared.redis.journal import JournalPosition, Publication


def make_hub(**bounds: int) -> Hub[str]:
    hub: Hub[str] = Hub(Ring(**bounds))
    hub.restart(JournalPosition("e", 10))
    return hub


def publication(seq: int | None, epoch: str = "e") -> Publication:
    return Publication(epoch, seq, None, b"{}")


def test_all_frames_of_a_tick_are_one_write_for_all() -> None:
    hub = make_hub()
    hub.join("a")
    hub.join("b")

    hub.publish(11, b"<11>", 5.0)
    hub.publish(12, b"<12>")
    hub.broadcast(b"<canary>")

    assert hub.take() == Broadcast(b"<11><12><canary>", {"a", "b"}, [], [5.0])
    assert hub.take().data == b""


def test_a_member_that_joins_during_a_tick_gets_only_later_frames() -> None:
    hub = make_hub()
    hub.join("a")
    hub.publish(11, b"<11>")
    hub.join("b")
    hub.publish(12, b"<12>")

    batch = hub.take()

    assert (batch.members, batch.late) == ({"a"}, [("b", b"<12>")])


def test_a_member_that_has_left_gets_nothing() -> None:
    hub = make_hub()
    hub.join("a")
    hub.publish(11, b"<11>")
    hub.leave("a")

    assert hub.take().members == set()


def test_a_publication_is_classified_by_the_position() -> None:
    hub = make_hub()

    assert hub.classify(publication(11)) is Continuity.NEXT
    assert hub.classify(publication(10)) is Continuity.KNOWN
    assert hub.classify(publication(12)) is Continuity.GAP
    assert hub.classify(publication(11, "other")) is Continuity.OTHER_EPOCH


def test_the_ring_is_bounded_in_count() -> None:
    hub = make_hub(max_frames=2)
    for seq in (11, 12, 13):
        hub.publish(seq, b"<%d>" % seq)

    assert hub.ring.after(10, 100) is None
    assert hub.ring.after(11, 100) == Chunk(b"<12><13>", 13)


def test_the_ring_is_bounded_in_bytes() -> None:
    hub = make_hub(max_bytes=10)
    for seq in (11, 12, 13):
        hub.publish(seq, b"<%d>" % seq)

    assert hub.ring.size == 8
    assert hub.ring.after(10, 100) is None


def test_a_chunk_is_bounded_but_never_empty() -> None:
    hub = make_hub()
    for seq in (11, 12, 13):
        hub.publish(seq, b"<%d>" % seq)

    assert hub.ring.after(10, 1) == Chunk(b"<11>", 11)
    assert hub.ring.after(10, 5) == Chunk(b"<11><12>", 12)


def test_a_frame_larger_than_the_ring_leaves_it_empty_but_usable() -> None:
    hub = make_hub(max_bytes=5)
    hub.publish(11, b"far too long")
    hub.publish(12, b"<12>")

    assert hub.ring.after(10, 100) is None
    assert hub.ring.after(11, 100) == Chunk(b"<12>", 12)


def test_nothing_of_an_old_epoch_is_handed_out() -> None:
    hub = make_hub()
    hub.join("a")
    hub.publish(11, b"<11>")

    hub.restart(JournalPosition("f", 11))
    hub.publish(12, b"<12>")

    assert hub.take() == Broadcast(b"<12>", set(), [], [])
    assert hub.ring.after(10, 100) is None
