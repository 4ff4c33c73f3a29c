"""What this machine lacks: tests that need it are skipped, and the last line says so loudly.

Where CI=true they fail instead.
"""

import os
import re
from typing import NoReturn

import pytest


class Missing(Exception):
    """`program` is not installed; `packages` are the words by which apt-get installs it."""

    def __init__(self, program: str, *, packages: str) -> None:
        super().__init__(f"NOT TESTED: {program} (apt-get install {packages})")


def give_up(missing: Missing) -> NoReturn:
    """End a test that cannot run here."""
    if os.environ.get("CI") == "true":
        pytest.fail(str(missing), pytrace=False)
    pytest.skip(str(missing))


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Print the loud line, after all that pytest itself has to say."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None:  # a worker of pytest-xdist
        return
    reports = [*reporter.getreports("skipped"), *reporter.getreports("error")]
    said = " ".join(str(report.longrepr) for report in reports)
    found = sorted(set(re.findall(r"NOT TESTED: (\w+) \(apt-get install ([\w -]+)\)", said)))
    if found:
        programs, packages = zip(*found, strict=True)
        line = f"NOT TESTED: {' and '.join(programs)}, which this machine lacks. To test all:"
        reporter.write_line(
            f"{line} sudo apt-get install {' '.join(packages)}", red=True, bold=True
        )
