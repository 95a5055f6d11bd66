"""A wait that fails says what it waited for, and what was in the way at last."""

import pytest

from testbed import eventually, until


@pytest.mark.anyio
async def test_a_wait_names_the_error_of_its_last_look() -> None:
    def look() -> bool:
        raise ConnectionRefusedError("nobody listens")

    with pytest.raises(AssertionError, match=r"last look raised ConnectionRefusedError\('nobody listens'\)"):
        await until(look, within=0.01, forgiven=(OSError,))
    with pytest.raises(AssertionError, match=r"last look raised ConnectionRefusedError\('nobody listens'\)"):
        eventually(look, within=0.01, forgiven=(OSError,))


@pytest.mark.anyio
async def test_an_error_that_is_over_is_not_named() -> None:
    looks = iter([OSError("long over")])

    def look() -> bool:
        for error in looks:
            raise error
        return False

    with pytest.raises(AssertionError, match=r"^not true within 0\.05 s: (?!.*long over)"):
        await until(look, within=0.05, forgiven=(OSError,))


@pytest.mark.anyio
async def test_an_error_that_is_not_forgiven_ends_the_wait() -> None:
    def look() -> bool:
        raise KeyError("a fault of the test")

    with pytest.raises(KeyError):
        await until(look, forgiven=(OSError,))
