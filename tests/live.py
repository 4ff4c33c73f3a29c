"""A real server and a real browser: gunicorn on a free port, and Debian's Chromium."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes.util import find_library
from pathlib import Path
from socket import create_server
from tempfile import TemporaryFile
from typing import Any

import pytest
import requests

from tests.databases import Databases
from tests.missing import Missing, give_up
from tests.settings import SECRET_KEY

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 60
STOP_SECONDS = 30

CHROMIUM_OPTIONS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def settings_for(database_url: str, **env: str) -> dict[str, str]:
    """The environment of a server of the tests; `env` adds settings."""
    return {
        "BCRYPT_ROUNDS": "4",
        "DATABASE_URL": database_url,
        "JOBS_URL": "memory://",
        "LOG_FILE": "",
        "RATELIMIT_ENABLED": "false",
        "SECRET_KEY": SECRET_KEY,
        "WEATHER_PROVIDER": "off",
        **env,
    }


@contextmanager
def serve(database_url: str, **env: str) -> Iterator[str]:
    """Yield the base URL of Taskapp, served by gunicorn as in a deployment, on a migrated database.

    `env` adds settings.
    """
    with create_server(("127.0.0.1", 0)) as listener, TemporaryFile("w+") as log:
        # gunicorn takes over the socket, so its port is ours from the first moment.
        setpriv = ["setpriv", "--pdeathsig", "TERM", "--"]
        gunicorn = [sys.executable, "-m", "gunicorn", "--config=gunicorn.conf.py"]
        bind = f"--bind=fd://{listener.fileno()}"
        server = subprocess.Popen(
            [*setpriv, *gunicorn, bind, "wsgi:app"],
            cwd=ROOT,
            env=os.environ | settings_for(database_url, **env),
            pass_fds=[listener.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        # From here on only gunicorn holds the socket: when it dies, connections are refused.
        listener.close()
        try:
            requests.get(f"{url}/api/v1/", timeout=START_SECONDS).raise_for_status()
            yield url
        finally:
            server.terminate()
            try:
                server.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()
            log.seek(0)
            sys.stdout.write(log.read())  # pytest shows it when the test has failed


@pytest.fixture(scope="session")
def session_server(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One server for all the browser tests of this worker; ask for `live_server` instead."""
    files = tmp_path_factory.mktemp("files").as_uri()
    with serve(databases.fresh("sqlite", "live"), STORAGE_URL=files) as url:
        yield url


@pytest.fixture
def live_server(session_server: str, databases: Databases) -> str:
    """The base URL of a running Taskapp in whose database nobody has registered yet."""
    databases.fresh("sqlite", "live")
    return session_server


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Tell pytest-playwright to start Debian's Chromium."""
    chromium = shutil.which("chromium")
    return browser_type_launch_args | {"executable_path": chromium, "args": CHROMIUM_OPTIONS}


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Before a browser test sets anything up, see that there is a browser."""
    if "playwright" not in getattr(item, "fixturenames", ()):
        return
    # Playwright's own program needs libatomic.
    if shutil.which("chromium") is None or find_library("atomic") is None:
        give_up(Missing("Chromium", packages="chromium fonts-liberation libatomic1"))
