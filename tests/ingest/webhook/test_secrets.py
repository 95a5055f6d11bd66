"""What proves a post."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.webhook.secrets import WebhookSecrets

FILLER = bytes(32)


@pytest.mark.parametrize("given_", [b"current", b"previous", b"of the settings"])
def test_each_secret_proves_while_one_is_being_changed(given_: bytes) -> None:
    assert WebhookSecrets(("current", "previous", "of the settings"), FILLER).holds(given_)


@pytest.mark.parametrize("given_", [b"", b"curren", b"currentx", b"CURRENT", b"previous", FILLER])
def test_nothing_else_proves(given_: bytes) -> None:
    assert not WebhookSecrets(("current", ""), FILLER).holds(given_)


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), st.binary())
def test_only_the_very_bytes_of_the_secret_prove(secret: str, given_: bytes) -> None:
    assert WebhookSecrets((secret,), FILLER).holds(given_) == (given_ == secret.encode())


def test_what_was_learned_replaces_what_the_settings_say() -> None:
    proof = WebhookSecrets(("own",), FILLER)

    proof.accept(proof.digests(["newer"]))

    assert proof.holds(b"newer")
    assert not proof.holds(b"own")
    assert WebhookSecrets(("other",), FILLER).digests(["newer"]) != proof.digests(["newer"])
