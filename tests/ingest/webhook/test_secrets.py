"""Which secrets prove a post."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.webhook.secrets import WebhookSecrets

FILLER = bytes(32)


@pytest.mark.parametrize("given_", [b"current", b"previous", b"of the settings"])
def test_each_secret_proves_a_post_during_a_rotation(given_: bytes) -> None:
    assert WebhookSecrets(("current", "previous", "of the settings"), FILLER).verify(given_)


@pytest.mark.parametrize("given_", [b"", b"curren", b"currentx", b"CURRENT", b"previous", FILLER])
def test_no_other_bytes_prove_a_post(given_: bytes) -> None:
    assert not WebhookSecrets(("current", ""), FILLER).verify(given_)


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), st.binary())
def test_only_the_exact_bytes_of_the_secret_prove_a_post(secret: str, given_: bytes) -> None:
    assert WebhookSecrets((secret,), FILLER).verify(given_) == (given_ == secret.encode())


def test_secrets_of_a_rotation_replace_those_of_the_settings() -> None:
    secrets = WebhookSecrets(("own",), FILLER)

    secrets.replace(secrets.digests(["newer"]))

    assert secrets.verify(b"newer")
    assert not secrets.verify(b"own")
    assert WebhookSecrets(("other",), FILLER).digests(["newer"]) != secrets.digests(["newer"])
