"""Nodes of a deployment, each a gunicorn that tests stop, kill and start again."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import create_connection, create_server
from tempfile import TemporaryFile
from time import monotonic, sleep
from typing import IO

import requests

from tests.live import ROOT, START_SECONDS, STOP_SECONDS, settings_for

ORPHANED = 10  # seconds in which workers notice that their master is gone: they look each second
GUNICORN = [sys.executable, "-m", "gunicorn", "--config=gunicorn.conf.py"]


class Node:
    """One gunicorn, on a port of its own or on a socket that its starter holds, as systemd does."""

    def __init__(
        self, settings: dict[str, str], listener: int | None = None, folder: Path = ROOT
    ) -> None:
        self.port = free_port()
        self._settings = os.environ | settings | {"PORT": str(self.port)}
        self._listener = listener
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._log: IO[bytes] = TemporaryFile()  # noqa: SIM115  (`end` closes it)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def master(self) -> int:
        """The process that the workers are forked from."""
        assert self._process is not None
        return self._process.pid

    def workers(self) -> set[int]:
        """The processes that serve."""
        children = Path(f"/proc/{self.master}/task/{self.master}/children").read_text()
        return set(map(int, children.split()))

    @property
    def said(self) -> str:
        """All that it has logged."""
        self._log.seek(0)
        return self._log.read().decode()

    def start(self) -> "Node":
        """Start it, in a group of processes of its own; it ends when the tests die."""
        held = [f"--bind=fd://{self._listener}"] if self._listener is not None else []
        self._process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "TERM", "--", *GUNICORN, *held, "wsgi:app"],
            cwd=self._folder,
            env=self._settings,
            pass_fds=[self._listener] if self._listener is not None else [],
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            process_group=0,
        )
        return self

    def until_ready(self) -> "Node":
        """Wait until it can do its work."""
        give_up = monotonic() + START_SECONDS
        while not self._is_ready():
            assert monotonic() < give_up, "it does not become ready"
            sleep(0.05)
        return self

    def _is_ready(self) -> bool:
        try:
            return requests.get(f"{self.url}/readyz", timeout=5).ok
        except (requests.ConnectionError, requests.Timeout):
            return False

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the master, as systemd and container engines do."""
        os.kill(self.master, number)

    def kill(self) -> None:
        """End all its processes at once, without a word, as a power cut does."""
        os.killpg(self.master, signal.SIGKILL)
        self.wait()

    def kill_master(self) -> None:
        """End the master alone, and wait until its workers have noticed and shut the door."""
        self.signal(signal.SIGKILL)
        self.wait()
        give_up = monotonic() + ORPHANED
        while not is_refused(self.port):
            assert monotonic() < give_up, "its workers go on without it"
            sleep(0.05)

    def stop(self) -> int:
        """Stop it gracefully; its exit code."""
        self.signal(signal.SIGTERM)
        return self.wait()

    def wait(self) -> int:
        """Wait for its end; its exit code."""
        assert self._process is not None
        return self._process.wait(STOP_SECONDS)

    def end(self) -> None:
        """Make sure that nothing of it is left."""
        if self._process is not None and self._process.poll() is None:
            self.kill()
        sys.stdout.write(self.said)  # pytest shows it when the test has failed
        self._log.close()


@contextmanager
def node(
    database_url: str, *, listener: int | None = None, folder: Path = ROOT, **env: str
) -> Iterator[Node]:
    """A node that is not started yet, and is gone afterwards; its program lies in `folder`."""
    made = Node(settings_for(database_url, **env), listener, folder)
    try:
        yield made
    finally:
        made.end()


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    return port


def is_refused(port: int) -> bool:
    """Whether nobody takes a connection any more."""
    try:
        create_connection(("127.0.0.1", port)).close()
    except ConnectionRefusedError:
        return True
    return False
