"""What the tests have done, in figures: `pytest --figures` says at the end how many of what.

A test notes them by pytest's `record_property("kills", 70)`; `make soak` asks for them, and
docs/reliability.md has what it said.
"""

from collections import Counter

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--figures", action="store_true", help="say at the end how many of what were done"
    )


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    if not config.getoption("figures"):
        return
    total: Counter[str] = Counter()
    terminalreporter.section("figures")
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            numbers = {name: each for name, each in report.user_properties if _is_number(each)}
            if numbers:
                total.update(numbers)
                name = report.nodeid.removeprefix("tests/")
                took = f"in {report.duration:,.0f} s, {outcome}"
                terminalreporter.write_line(f"{name}: {_in_words(numbers)} {took}")
    terminalreporter.write_line(f"in all: {_in_words(total)}", bold=True)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float))


def _in_words(numbers: dict[str, float]) -> str:
    return ", ".join(f"{number:,.10g} {name}" for name, number in numbers.items())
