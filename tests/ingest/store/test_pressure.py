"""When webhooks go to the spool although Redis answers, and how fast the spool may be drained."""

import pytest

from ingest.store.pressure import INBOX_MARK, TRICKLE, Pressure

GIB = 1024**3


@pytest.mark.parametrize(
    ("pressure", "overloaded", "room"),
    [
        pytest.param(Pressure(), False, INBOX_MARK, id="empty, no memory limit"),
        pytest.param(Pressure(INBOX_MARK - 1, 5 * GIB, 0), False, 1, id="one below the mark"),
        pytest.param(Pressure(INBOX_MARK), True, 0, id="at the mark"),
        pytest.param(Pressure(2 * INBOX_MARK), True, 0, id="far above the mark"),
        pytest.param(Pressure(10, 69, 100), False, INBOX_MARK - 10, id="memory below its mark"),
        pytest.param(Pressure(10, 70, 100), True, TRICKLE - 10, id="memory above its mark: a trickle"),
        pytest.param(Pressure(TRICKLE, 99, 100), True, 0, id="memory above its mark, inbox not empty"),
    ],
)
def test_the_marks_decide_where_webhooks_go(pressure: Pressure, overloaded: bool, room: int) -> None:
    assert (pressure.overloaded, pressure.room) == (overloaded, room)
