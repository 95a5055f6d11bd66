"""Avito's signature, as we believe it to be made."""

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.accounts.signature import verify

SECRET, BODY = b"secret", b'{"id":"1"}'
RIGHT = hmac.new(SECRET, BODY, hashlib.sha256).hexdigest().encode()


@pytest.mark.parametrize(
    "signature",
    [RIGHT, RIGHT.upper(), b" " + RIGHT, b"sha256=" + RIGHT],
    ids=["hex", "upper", "space", "prefix"],
)
def test_the_hmac_of_the_body_verifies(signature: bytes) -> None:
    assert verify(SECRET, BODY, signature)


@given(st.binary(max_size=256))
def test_nothing_else_does(signature: bytes) -> None:
    assert not verify(SECRET, BODY, signature)
    assert not verify(b"other", BODY, RIGHT)
    assert not verify(SECRET, BODY + b" ", RIGHT)
