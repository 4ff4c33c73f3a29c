"""What this machine lacks: tests that need it are skipped, and the last line says so loudly.

Where CI=true they fail instead.
"""

import os
import re
from typing import NoReturn

import pytest


class Missing(Exception):
    """`program`, of a package of Debian, is not installed."""

    def __init__(self, program: str, *, package: str) -> None:
        super().__init__(f"NOT TESTED: {program} (apt-get install {package})")


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
    found = sorted(set(re.findall(r"NOT TESTED: (\w+) \(apt-get install ([\w-]+)\)", said)))
    if found:
        programs, packages = zip(*found, strict=True)
        line = f"NOT TESTED: {' and '.join(programs)}, for want of them. To test all:"
        reporter.write_line(
            f"{line} sudo apt-get install {' '.join(packages)}", red=True, bold=True
        )
