"""How many uploads may be under way."""

from push_gateway.http.upload_limiter import OF_ALL, OF_ONE, UploadLimiter


def test_uploads_are_bounded_by_caller_and_in_all() -> None:
    limiter = UploadLimiter()

    assert [limiter.enter("a") for _ in range(OF_ONE + 1)] == [True] * OF_ONE + [False]
    rest = OF_ALL - OF_ONE
    assert [limiter.enter(str(number)) for number in range(rest + 1)] == [True] * rest + [False]
    limiter.leave("a")
    assert limiter.enter("b")


def test_the_limiter_forgets_callers_without_uploads() -> None:
    limiter = UploadLimiter()
    limiter.enter("a")
    limiter.leave("a")

    assert not limiter._callers
