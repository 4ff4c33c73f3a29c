"""The event loop that holds a process's sockets, and the threads beside it."""

import asyncio
import atexit
import logging
import resource
import socket
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from flask import Flask
from prometheus_client import Gauge
from websockets.frames import CloseCode

from taskapp.accounts.sessions import find_roles
from taskapp.api.live.client import Client, Opening
from taskapp.api.live.hub import Hub
from taskapp.events.feed import News, last_event_id
from taskapp.events.reader import Reader

_SPARE_FILES = 200  # descriptors for everything that is not a socket of ours
_SEND_BUFFER = 128 * 1024  # bytes; left alone, the kernel takes megabytes for one who does not read
_ANSWERS = 2  # threads that read the database for single clients
_FAREWELL = 1.0  # seconds for all clients to go when the process ends

_OPEN = Gauge("taskapp_live_sockets", "Open live sockets.", multiprocess_mode="livesum")


class LiveService:
    """All live sockets of one process. Nothing runs until the first of them comes.

    So nothing is started in gunicorn's master, from which workers are forked.
    """

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._most = app.config["LIVE_SOCKETS"]
        self._lock = threading.Lock()
        self._count = 0
        self._clients: set[Client] = set()
        self._is_running = False

    def start(self) -> None:
        """Start the threads, unless they run. Call it in an application context."""
        with self._lock:
            if self._is_running:
                return
            self._most = min(self._most, _open_files(self._most + _SPARE_FILES) - _SPARE_FILES)
            # It says at level INFO when a connection opens and closes.
            logging.getLogger("websockets").setLevel(logging.WARNING)
            last = last_event_id()
            self._hub = Hub(last)
            self._pool = ThreadPoolExecutor(_ANSWERS, thread_name_prefix="live-answer")
            self._loop = asyncio.new_event_loop()
            self._end, self._empty = asyncio.Event(), asyncio.Event()
            self._empty.set()
            self._thread = threading.Thread(target=self._run, name="live-loop", daemon=True)
            self._thread.start()
            self._reader = Reader(
                self._app, last, check=self._check, deliver=self._deliver, rewind=self._rewind
            )
            self._reader.start()
            # gunicorn ends a worker by leaving the interpreter, after the requests in hand.
            atexit.register(self.stop)
            self._is_running = True

    def has_room(self, *, is_known: bool) -> bool:
        """Whether one more may come; strangers may hold a quarter of all places."""
        strangers = self._count - len(self._hub.clients)
        return self._count < self._most and (is_known or strangers < max(1, self._most // 4))

    def adopt(self, connection: socket.socket, opening: Opening) -> None:
        """Hold a connection from now on. Called in the thread of its request."""
        with self._lock:
            self._count += 1
        _OPEN.inc()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
        asyncio.run_coroutine_threadsafe(self._hold(connection, opening), self._loop)

    def stop(self) -> None:
        """Close every socket with code 1001, and end."""
        self._reader.stop(_FAREWELL)
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(2 * _FAREWELL)
        self._pool.shutdown(wait=False)

    # In the reader's thread

    def _check(self) -> None:
        self._see_off(self._hub.sessions())

    def _see_off(self, asked: set[int]) -> None:
        """Find those of the sign-ins `asked` about that have ended, in one query for all."""
        if asked:
            self._loop.call_soon_threadsafe(self._hub.check, asked, find_roles(asked))

    def _deliver(self, news: list[News]) -> None:
        # Now that it is read, whoever was shut out before it happened is seen to be.
        self._see_off(self._hub.sessions_hearing(news))
        self._loop.call_soon_threadsafe(self._hub.tell, news)

    def _rewind(self, last: int) -> None:
        self._loop.call_soon_threadsafe(self._hub.rewind, last)

    # In the loop's thread

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._hold_until_the_end())

    async def _hold_until_the_end(self) -> None:
        await self._end.wait()
        for client in list(self._clients):
            client.close(CloseCode.GOING_AWAY, "The server restarts. Connect again.")
        with suppress(TimeoutError):
            async with asyncio.timeout(_FAREWELL):
                await self._empty.wait()

    async def _hold(self, connection: socket.socket, opening: Opening) -> None:
        client = Client(opening, self._hub, self._ask, self._forget)
        self._clients.add(client)
        self._empty.clear()
        try:
            await self._loop.connect_accepted_socket(lambda: client, connection)
        except OSError:  # it is gone already
            connection.close()
            self._forget(client)

    def _forget(self, client: Client) -> None:
        self._clients.discard(client)
        with self._lock:
            self._count -= 1
        _OPEN.dec()
        if not self._clients:
            self._empty.set()

    async def _ask(self, read: Callable[..., Any], *args: Any, **options: Any) -> Any:
        """Call a function that reads the database, off the loop."""
        return await self._loop.run_in_executor(self._pool, self._read, read, args, options)

    def _read(self, read: Callable[..., Any], args: Any, options: Any) -> Any:
        with self._app.app_context():
            return read(*args, **options)


def _open_files(wanted: int) -> int:
    """Raise the limit of open files to what is wanted, as far as we may; return the limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return max(soft, wanted)
