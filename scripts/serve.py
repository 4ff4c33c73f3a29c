"""Serve Taskapp on this machine: what `make run` does once the database is ready."""

import os
import signal
import sys
from pathlib import Path
from shutil import rmtree
from socket import AF_INET, AF_INET6, create_server, socket
from subprocess import Popen, TimeoutExpired
from tempfile import mkdtemp

ROOT = Path(__file__).resolve().parent.parent

WELCOME = """
Taskapp is at {url} (Ctrl-C stops it).

To make an administrator, in another terminal:
  .venv/bin/flask --app wsgi users create-admin --username NAME --email ADDRESS
"""


# A runner of jobs that ends by itself is started again, after this many seconds.
REST = 2.0
STOP_SECONDS = 35.0


def main() -> int:
    """Listen, say where, and serve and run jobs until a signal; return gunicorn's exit code."""
    host = os.environ.get("HOST") or "127.0.0.1"
    port = os.environ.get("PORT") or "8000"
    try:
        listener = listen(host, int(port))
    except (OSError, OverflowError, ValueError) as error:
        sys.exit(f"Cannot serve on {host} port {port}: {error}. Another: make run PORT=8001")
    # gunicorn's workers and the runner leave their figures for /metrics in one place.
    figures = os.environ["PROMETHEUS_MULTIPROC_DIR"] = mkdtemp(prefix="taskapp-metrics-")
    try:
        with listener:
            server = start_gunicorn(listener)
            print(WELCOME.format(url=url_of(host, listener.getsockname()[1])), flush=True)
        return watch(server)
    finally:
        rmtree(figures, ignore_errors=True)


def listen(host: str, port: int) -> socket:
    """Return a listening socket that gunicorn can take over.

    Listening first means that a port in use is told plainly, and that whoever opens the address
    we print is served, even while the application is still loading.
    """
    return create_server((host, port), family=AF_INET6 if ":" in host else AF_INET)


def url_of(host: str, port: int) -> str:
    """Where it listens, as a browser takes it: IPv6 addresses in brackets (RFC 3986 §3.2.2)."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


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


def start_runner() -> Popen[bytes]:
    """Start a runner of background jobs, in a process group of its own as well."""
    flask = Path(sys.executable).with_name("flask")
    return Popen([flask, "--app", "wsgi", "jobs"], cwd=ROOT, process_group=0)


def watch(server: Popen[bytes]) -> int:
    """Keep a runner running as long as the server does; then stop it, and return the exit code."""
    runner = start_runner()
    while True:
        try:
            code = server.wait(REST)
            break
        except TimeoutExpired:
            if runner.poll() is not None:
                print(f"The runner of jobs ended with {runner.returncode}. Another is started.")
                runner = start_runner()
    runner.terminate()
    try:
        runner.wait(STOP_SECONDS)
    except TimeoutExpired:  # its jobs are done again by the next one
        runner.kill()
        runner.wait()
    return code


if __name__ == "__main__":
    sys.exit(main())
