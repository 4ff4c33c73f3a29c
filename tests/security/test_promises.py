"""docs/security.md promises nothing without a test, and names no test that is not there."""

import re
from pathlib import Path

TESTS = Path(__file__).parent.parent
DOCUMENT = TESTS.parent / "docs" / "security.md"
CHECKS = range(1, 42)


def rows(heading: str) -> list[list[str]]:
    """The cells of the table below a heading."""
    section = DOCUMENT.read_text().split(f"\n## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_every_test_that_is_named_is_there() -> None:
    named = set(re.findall(r"`([\w/]+\.py)::(\w+)`", DOCUMENT.read_text()))
    assert len(named) > 80
    for path, name in named:
        assert re.search(rf"^def {name}\(", (TESTS / path).read_text(), re.MULTILINE), (path, name)


def test_every_check_has_its_row_and_its_tests() -> None:
    checks = {int(number): (promise, tests) for number, promise, tests in rows("Checks")}
    assert sorted(checks) == list(CHECKS)
    for number, (promise, tests) in checks.items():
        assert "::" in tests or promise.startswith("does not apply"), number


def test_every_lesson_has_its_tests() -> None:
    for advisory, lesson, tests in rows("What went wrong elsewhere"):
        assert lesson, advisory
        assert "::" in tests, advisory
