"""`make audit` ends with one line that says what is known."""

import json

import pytest

from audit import findings


def report(*known: dict[str, object]) -> str:
    packages = [{"name": "arq", "version": "0.28.0", "vulns": []}, {"name": "redis", "version": "5.3.1"}]
    return json.dumps({"dependencies": [*packages, {"name": "h11", "version": "0.16.0", "vulns": known}]})


def test_packages_without_a_known_vulnerability_take_one_line() -> None:
    assert findings(report(), "") == ["audit: no known vulnerabilities in 3 packages."]


def test_each_vulnerability_has_a_line_with_the_version_that_mends_it() -> None:
    output = report({"id": "PYSEC-1", "fix_versions": ["0.17.0"]}, {"id": "PYSEC-2", "fix_versions": []})

    assert findings(output, "") == [
        "h11 0.16.0: PYSEC-1, mended in 0.17.0",
        "h11 0.16.0: PYSEC-2, mended in no version",
        "audit: known vulnerabilities: 2. Take a version that mends each.",
    ]


@pytest.mark.parametrize(
    ("errors", "reason"),
    [
        (
            "WARNING:x\nERROR:pip_audit._cli:arq: Dependency not found on PyPI\n",
            "arq: Dependency not found on PyPI",
        ),
        (
            'Traceback\n  File "x"\nrequests.exceptions.ProxyError: no proxy\n',
            "requests.exceptions.ProxyError: no proxy",
        ),
        ("", "pip-audit said nothing"),
    ],
)
def test_no_answer_is_never_taken_for_no_vulnerability(errors: str, reason: str) -> None:
    assert findings("", errors) == [
        f"audit: nothing is known: {reason}. Run it where PyPI's data can be reached."
    ]
