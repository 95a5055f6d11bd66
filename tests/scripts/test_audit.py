"""What `make audit` says of a report."""

from avito_live.commands.audit import judge

CLEAN = {"name": "redis", "version": "5.3.1", "vulns": []}
FLAWED = {"name": "old", "version": "1.0", "vulns": [{"id": "PYSEC-1", "fix_versions": ["1.1"]}]}
UNKNOWN = {"name": "private", "skip_reason": "not found"}


def test_nothing_known_is_clean() -> None:
    assert judge({"dependencies": [CLEAN]})[0] == 0


def test_a_known_vulnerability_is_named_with_its_fix() -> None:
    assert judge({"dependencies": [CLEAN, FLAWED, UNKNOWN]}) == (1, ["old 1.0: PYSEC-1, fixed in 1.1"])


def test_what_could_not_be_looked_up_is_never_called_clean() -> None:
    code, said = judge({"dependencies": [CLEAN, UNKNOWN]})

    assert code == 3
    assert said[0].startswith("1 of 2 packages")
    assert judge({"dependencies": []})[0] == 3
