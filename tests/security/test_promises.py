"""The documents promise nothing without a test, and name no test that is not there."""

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parent.parent
DOCUMENT = TESTS.parent / "docs" / "security.md"
RELIABILITY = DOCUMENT.with_name("reliability.md")
CHECKS = range(1, 42)


def rows(heading: str, document: Path = DOCUMENT) -> list[list[str]]:
    """The cells of the table below a heading."""
    section = document.read_text().split(f"\n## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


@pytest.mark.parametrize(("document", "tests"), [(DOCUMENT, 80), (RELIABILITY, 20)])
def test_every_test_that_is_named_is_there(document: Path, tests: int) -> None:
    named = set(re.findall(r"`([\w/]+\.py)::(\w+)`", document.read_text()))
    assert len(named) > tests
    for path, name in named:
        assert re.search(rf"^def {name}\(", (TESTS / path).read_text(), re.MULTILINE), (path, name)


def test_every_check_has_its_row_and_its_tests() -> None:
    checks = {int(number): (promise, tests) for number, promise, tests in rows("Checks")}
    assert sorted(checks) == list(CHECKS)
    for number, (promise, tests) in checks.items():
        assert "::" in tests or promise.startswith("does not apply"), number


def test_every_promise_of_reliability_has_its_tests() -> None:
    for promise, tests, *_ in rows("Promises", RELIABILITY):
        assert "::" in tests, promise


def test_every_lesson_has_its_tests() -> None:
    for advisory, lesson, tests in rows("What went wrong elsewhere"):
        assert lesson, advisory
        assert "::" in tests, advisory
