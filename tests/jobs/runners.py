"""Real runners: `flask --app wsgi jobs`, each a process of its own."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from time import monotonic, sleep
from typing import IO

import pytest

from tests.settings import SECRET_KEY

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60


@dataclass
class Runner:
    """A runner, and what it said."""

    process: "subprocess.Popen[str]"
    output: IO[str]

    def said(self) -> str:
        self.output.seek(0)
        return self.output.read()

    def kill(self) -> None:
        """SIGKILL: it can do nothing about it."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """SIGTERM, once it runs, and wait for it to end; its exit code."""
        wait_until(self._heeds_sigterm)
        self.process.terminate()
        return self.process.wait(PATIENCE)

    def _heeds_sigterm(self) -> bool:
        """Before, while it is loaded, the signal ends it as any program (proc_pid_status(5))."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        [caught] = [line.split()[1] for line in status.splitlines() if line.startswith("SigCgt:")]
        return bool(int(caught, 16) >> (signal.SIGTERM - 1) & 1)


@contextmanager
def running(**settings: str) -> Iterator[Runner]:
    """A runner with these settings, for as long as the block lasts."""
    common = {
        "BCRYPT_ROUNDS": "4",
        "LOG_FILE": "",
        "SECRET_KEY": SECRET_KEY,
        "WEATHER_PROVIDER": "off",
    }
    setpriv = ["setpriv", "--pdeathsig", "KILL", "--"]
    with TemporaryFile("w+") as output:
        process = subprocess.Popen(
            [*setpriv, sys.executable, "-m", "flask", "--app", "wsgi", "jobs"],
            cwd=ROOT,
            env=os.environ | common | settings,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
        )
        runner = Runner(process, output)
        try:
            yield runner
        finally:
            runner.kill()
            sys.stdout.write(runner.said())  # pytest shows it when the test has failed


@pytest.fixture
def start_runner() -> Iterator[Callable[..., Runner]]:
    """`start_runner(SETTING=…)`; it ends with the test at the latest."""
    with ExitStack() as stack:
        yield lambda **settings: stack.enter_context(running(**settings))


def wait_until(condition: Callable[[], object]) -> None:
    """Wait for a condition to hold, for a while."""
    give_up = monotonic() + PATIENCE
    while not condition():
        assert monotonic() < give_up, "it did not happen"
        sleep(0.05)
