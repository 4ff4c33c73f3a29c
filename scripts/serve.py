"""Serve Taskapp on this machine: what `make run` does once the database is ready."""

import os
import signal
import sys
from pathlib import Path
from socket import AF_INET, AF_INET6, create_server, socket
from subprocess import Popen

ROOT = Path(__file__).resolve().parent.parent

WELCOME = """
Taskapp is at {url} (Ctrl-C stops it).

To make an administrator, in another terminal:
  .venv/bin/flask --app wsgi users create-admin --username NAME --email ADDRESS
"""


def main() -> int:
    """Listen, say where, and serve until a signal; return gunicorn's exit code."""
    host = os.environ.get("HOST") or "127.0.0.1"
    port = os.environ.get("PORT") or "8000"
    try:
        listener = listen(host, int(port))
    except (OSError, OverflowError, ValueError) as error:
        sys.exit(f"Cannot serve on {host} port {port}: {error}. Another: make run PORT=8001")
    with listener:
        server = start_gunicorn(listener)
        print(WELCOME.format(url=f"http://{host}:{listener.getsockname()[1]}"), flush=True)
    return server.wait()


def listen(host: str, port: int) -> socket:
    """Return a listening socket that gunicorn can take over.

    Listening first means that a port in use is told plainly, and that whoever opens the address
    we print is served, even while the application is still loading.
    """
    return create_server((host, port), family=AF_INET6 if ":" in host else AF_INET)


def start_gunicorn(listener: socket) -> Popen[bytes]:
    """Start gunicorn on the socket, and pass every wish to stop on as SIGTERM.

    It gets a process group of its own, so that Ctrl-C reaches only us: gunicorn's threaded workers
    can lock up on SIGINT and are then killed after graceful_timeout.
    """
    gunicorn = Path(sys.executable).with_name("gunicorn")
    bind = f"--bind=fd://{listener.fileno()}"
    server = Popen(
        [gunicorn, bind, "--log-level=warning", "--graceful-timeout=3", "wsgi:app"],
        cwd=ROOT,
        pass_fds=[listener.fileno()],
        process_group=0,
    )
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda _number, _frame: server.terminate())
    return server


if __name__ == "__main__":
    sys.exit(main())
