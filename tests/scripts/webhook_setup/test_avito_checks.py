import pytest

from avito_live.webhook_setup.avito_checks import trouble
from avito_live.webhook_setup.row import table
from worker.avito.errors import (
    AvitoError,
    BadKeys,
    Forbidden,
    NotFound,
    NotPaid,
    RateLimited,
    Unavailable,
)


@pytest.mark.parametrize(
    ("error", "found", "fix"),
    [
        (BadKeys("token", status=200), "token_refused", "new_keys"),
        (NotPaid("chats", status=402), "not_paid", "buy"),
        (Forbidden("self", status=403), "cannot_read", "main_account"),
        (RateLimited("self", retry_after=30), "just", "wait_a_minute"),
        (Unavailable("token", why="no answer in time"), "no_answer", "check_network"),
        (Unavailable("token", status=503), "odd_answer", "avitos_fault"),
        (Unavailable("token", status=200, why="no token in it"), "odd_answer", "avitos_fault"),
        (NotFound("self", status=404), "odd_answer", "avitos_fault"),
    ],
)
def test_no_trouble_with_avito_is_all_well_and_each_has_the_remedy_that_fits(
    error: AvitoError, found: str, fix: str
) -> None:
    row = trouble("token", error)

    assert (row.state, row.found, row.fix) == ("bad", found, fix)
    assert len(table([row], "en", colour=False)) == 2
