"""Servers to measure, each with all its processes, and what the kernel says they have used."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import create_server
from tempfile import TemporaryFile

import psutil
import requests

ROOT = Path(__file__).resolve().parent.parent
GUNICORN = ("gunicorn", "--config=gunicorn.conf.py", "--preload")
UVICORN = ("uvicorn", "--workers=2", "--no-access-log")


class Server:
    """A server, by its address and its first process."""

    def __init__(self, url: str, pid: int) -> None:
        self.url = url
        self._root = psutil.Process(pid)

    def cpu(self) -> float:
        """Seconds of CPU that all its processes have used so far."""
        return cpu_of(self._root)

    def memory(self) -> int:
        """Bytes of memory of all its processes, what they share counted once (PSS)."""
        return sum(each.memory_full_info().pss for each in _family(self._root))


def cpu_of(root: psutil.Process) -> float:
    """Seconds of CPU of a process and all below it, as /proc/PID/stat counts them."""
    return sum(sum(each.cpu_times()[:2]) for each in _family(root))


def _family(root: psutil.Process) -> list[psutil.Process]:
    return [root, *root.children(recursive=True)]


@contextmanager
def serving(command: tuple[str, ...], app: str, ready: str, **env: str) -> Iterator[Server]:
    """Serve `app` by `command` until the end of the block, from when `ready` answers."""
    with create_server(("127.0.0.1", 0)) as listener, TemporaryFile("w+") as log:
        number = listener.fileno()
        bind = f"--bind=fd://{number}" if command[0] == "gunicorn" else f"--fd={number}"
        process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "TERM", "--", sys.executable, "-m", *command, bind, app],
            cwd=ROOT,
            env=os.environ | env,
            pass_fds=[number],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        server = Server(f"http://127.0.0.1:{listener.getsockname()[1]}", process.pid)
        try:
            _wait_for(f"{server.url}{ready}")
            yield server
        except BaseException as error:
            log.seek(0)
            error.add_note(f"The log of {app}:\n{log.read()[-3000:]}")
            raise
        finally:
            process.terminate()
            process.wait(60)


def _wait_for(address: str) -> None:
    end = time.monotonic() + 60
    while requests.get(address, timeout=60).status_code >= 500 and time.monotonic() < end:
        time.sleep(0.1)
