"""`make run`, in a terminal, as a person who has just cloned the project meets it."""

import os
import pty
import re
import subprocess
from pathlib import Path

import requests

from tests.databases import SECRET_KEY

ROOT = Path(__file__).resolve().parent.parent


def read_until(terminal: int, pattern: str) -> str:
    """Everything the terminal shows, up to what `pattern` matches or to the end."""
    shown = ""
    while not re.search(pattern, shown):
        try:
            shown += os.read(terminal, 4096).decode()
        except OSError:  # the program has closed its terminal
            break
    return shown


def test_run_serves_until_ctrl_c(tmp_path: Path) -> None:
    settings = {
        "DATABASE_URL": f"sqlite:///{tmp_path}/taskapp.db",
        "LOG_FILE": "",
        "SECRET_KEY": SECRET_KEY,
        "PORT": "0",
    }
    terminal, programs_end = pty.openpty()
    run = subprocess.Popen(
        ["setsid", "--ctty", "--wait", "make", "run"],
        cwd=ROOT,
        env=os.environ | settings,
        stdin=programs_end,
        stdout=programs_end,
        stderr=programs_end,
    )
    os.close(programs_end)
    shown = read_until(terminal, r"create-admin .*\n")
    address = re.search(r"http://127\.0\.0\.1:\d+", shown)
    assert address, shown
    assert requests.get(f"{address[0]}/api/v1/", timeout=30).ok

    os.write(terminal, b"\x03")
    farewell = read_until(terminal, "$.^")
    assert run.wait(30) in {0, 2, 130}
    os.close(terminal)
    assert "Traceback" not in farewell
    try:
        requests.get(address[0], timeout=5)
    except requests.ConnectionError:
        pass
    else:
        raise AssertionError("something still serves")
