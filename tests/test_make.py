"""`make run`, in a terminal, as a person who has just cloned the project meets it."""

import os
import pty
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from stat import S_IMODE

import pytest
import requests

from tests.settings import SECRET_KEY

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def terminal() -> Iterator[tuple[int, int]]:
    """Our end and the program's end of a terminal. What still runs in it ends with it."""
    ours, theirs = pty.openpty()
    yield ours, theirs
    os.close(ours)


def read_until(terminal: int, pattern: str) -> str:
    """Everything the terminal shows, up to what `pattern` matches or to the program's end."""
    shown = ""
    while not re.search(pattern, shown):
        try:
            shown += os.read(terminal, 4096).decode()
        except OSError:
            break
    return shown


def test_run_serves_until_ctrl_c(terminal: tuple[int, int], tmp_path: Path) -> None:
    ours, theirs = terminal
    settings = {
        "DATABASE_URL": f"sqlite:///{tmp_path}/taskapp.db",
        "JOBS_URL": f"sqlite:///{tmp_path}/jobs.db",
        "LOG_FILE": "",
        "STORAGE_URL": (tmp_path / "files").as_uri(),
        "WEATHER_PROVIDER": "off",
        "SECRET_KEY": SECRET_KEY,
        "PORT": "0",
    }
    run = subprocess.Popen(
        ["setsid", "--ctty", "make", "run"],
        cwd=ROOT,
        env=os.environ | settings,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    shown = read_until(ours, r"users create-admin .*\n")
    address = re.search(r"http://127\.0\.0\.1:\d+", shown)
    assert address, shown
    assert requests.get(f"{address[0]}/api/v1/", timeout=30).json()["status"] == "ok"

    os.write(ours, b"\x03")
    farewell = read_until(ours, "(?!)")
    assert run.wait(30) in {0, -signal.SIGINT}
    assert "Traceback" not in farewell
    with pytest.raises(requests.ConnectionError):
        requests.get(address[0], timeout=5)


def test_run_keeps_a_secret_that_nobody_else_may_read() -> None:
    subprocess.run(["make", "instance/secret_key"], cwd=ROOT, check=True, capture_output=True)
    kept = ROOT / "instance" / "secret_key"
    secret = kept.read_text().strip()
    subprocess.run(["make", "instance/secret_key"], cwd=ROOT, check=True, capture_output=True)
    assert len(secret.encode()) >= 32
    assert S_IMODE(kept.stat().st_mode) == 0o600
    assert kept.read_text().strip() == secret
