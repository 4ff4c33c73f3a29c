"""How gunicorn serves Taskapp, on a laptop and in a deployment alike."""

from ctypes import CDLL
from os import environ, getpid, getppid
from pathlib import Path
from select import select
from shutil import rmtree
from tempfile import mkdtemp
from time import sleep
from typing import Any

import gunicorn

from config import load

# The Server header names what is served, and not the program whose weaknesses are known. The worker
# copies it when it is imported.
gunicorn.SERVER = "Taskapp"

from gunicorn.workers.gthread import ThreadWorker  # noqa: E402  (see above)

# The C library would give each thread a heap of its own, and what one has freed serves no other.
# Two heaps for all take less from the start, and grow less (mallopt(3); C libraries other than
# glibc have no such heaps).
_M_ARENA_MAX = -8
if set_option := getattr(CDLL(None), "mallopt", None):
    set_option(_M_ARENA_MAX, 2)

# What is wrong with a setting is said here once, before any worker starts.
_settings = load()
_host = _settings["HOST"]
bind = f"{f'[{_host}]' if ':' in _host else _host}:{_settings['PORT']}"

# One process for each core: Python runs one thread at a time. Two even on one core, so that one
# goes on while the other hashes passwords, is replaced, or has died.
workers = _settings["WEB_CONCURRENCY"]

# A request waits for the database more than it computes, and hashing a password computes for 0.3 s
# without holding up the others: so threads, not an event loop. Eight, because each may keep one
# connection to the database busy, and no more than that are useful to one core. Live sockets cost
# none: they are handed over to a loop of their own (taskapp/api/live).
threads = 8

# A worker whose main thread has not been heard of for so many seconds is killed: it hangs. Requests
# do not run in that thread, so that this is no limit to an upload over a slow line.
timeout = 60

# So many seconds have the requests in hand when a worker is told to stop.
graceful_timeout = 30

# Clients that come directly may keep their connection for their next request. (nginx opens one for
# each, see deploy/nginx.)
keepalive = 5


# Seconds that a worker with its hands full leaves to another, which has to wake up and accept. When
# all are full, each still accepts some 1,900 clients a second: more than it can serve.
_YIELD = 0.0005


class Worker(ThreadWorker):
    """gunicorn's worker with threads, which shares clients fairly and serves to the last."""

    def accept(self, listener: Any) -> None:
        """Accept a client; the more this worker has, the longer another may be first.

        Of many clients who come at once, the worker that wakes first would take all. They keep
        their connections, so one core would do all the work from then on.
        """
        if self.alive:
            sleep(_YIELD * min(self.nr_conns / self.cfg.threads, 1))
        super().accept(listener)

    def set_accept_enabled(self, enabled: bool) -> None:
        """Told to stop, accept whoever waits at the door, and shut it.

        gunicorn only turns away from it, so that the system goes on letting clients in, and throws
        them out when the process ends, seconds later: with requests that are sent, which no proxy
        may send to somebody else.
        """
        super().set_accept_enabled(enabled)
        if self.ppid != getppid():
            # The master was killed, so nobody will say a word. gunicorn only stops to accept, and
            # keeps the port from the next master for as long as anybody keeps a connection.
            self.alive = False
        if enabled or self.alive:
            return
        for listener in self.sockets:
            room = self.worker_connections
            while room and select([listener], [], [], 0)[0]:
                self.accept(listener)
                room -= 1
            listener.close()


worker_class = Worker

# The heartbeat of a worker is a file: on a slow disk it would look like a worker that hangs.
# gunicorn makes a file of its own there, by mkstemp.
_memory = "/dev/shm"  # nosec B108  # noqa: S108  (see above)
worker_tmp_dir = _memory if Path(_memory).is_dir() else None

# The application logs each operation itself, with its user and outcome.
accesslog = None

# TRUSTED_PROXIES alone decides which X-Forwarded-* headers count; gunicorn believes none.
forwarded_allow_ips = ""

# By default every gunicorn of a user would take over one and the same socket.
control_socket_disable = True

# Where each worker keeps its figures for /metrics; runners of jobs that are given the same folder
# keep theirs there too. The client looks for it when it is imported, so it is set before that.
# SIGHUP reads this file again: the folder stays.
_ours = f"taskapp-metrics-{getpid()}-"
_figures = environ.get("PROMETHEUS_MULTIPROC_DIR") or mkdtemp(prefix=_ours)
environ["PROMETHEUS_MULTIPROC_DIR"] = _figures


def post_worker_init(worker: Any) -> None:
    """Answer 400 to a body that cannot be read: that shows while the application reads it."""
    from gunicorn.http.errors import ParseException  # noqa: PLC0415  (the worker brings it)
    from werkzeug.exceptions import BadRequest  # noqa: PLC0415  (the application brings it)

    def refuse(_error: Exception) -> Any:
        return worker.wsgi.handle_user_exception(BadRequest("The body cannot be read."))

    worker.wsgi.register_error_handler(ParseException, refuse)


def child_exit(_server: Any, worker: Any) -> None:
    """Forget what a worker that is gone had open."""
    from prometheus_client.multiprocess import mark_process_dead  # noqa: PLC0415  (see above)

    mark_process_dead(worker.pid)


def on_exit(_server: Any) -> None:
    """Leave nothing behind."""
    if Path(_figures).name.startswith(_ours):
        rmtree(_figures, ignore_errors=True)
