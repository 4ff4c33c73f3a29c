"""What live sockets cost, and how soon they hear, into docs/performance.md: in some minutes.

    python bench/live.py [idle | delivery | fan-out]

Everything runs on loopback, on servers that it starts and stops itself. Ratios within one run mean
something; absolute figures belong to the machine. With a word, that part alone is measured, and
nothing is written.
"""

import asyncio
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, contextmanager
from http.client import HTTPConnection
from multiprocessing import get_context
from multiprocessing.synchronize import Event
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

import orjson
import psutil
import requests
from websockets.asyncio.client import ClientConnection, connect

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import report
from tests import servers
from tests.databases import migrate
from tests.live import serve

ROUNDS, CLIENTS, REQUESTS = 5, 4, 500
LISTENERS, EVENTS = 20, 300
PAUSE = 0.02  # seconds between two events, and for each 40 listeners more
IDLE = (500, 2_000)
CROWDS = {1: 200, 100: 100, 2_000: 15}  # listeners, and how many events they hear


class User:
    """Somebody who calls the API at `base`."""

    def __init__(self, base: str, name: str) -> None:
        self.base = base
        who = {"username": name, "password": "correct horse battery"}
        requests.post(f"{base}/api/v1/auth/register", json=who, timeout=30).raise_for_status()
        answer = requests.post(f"{base}/api/v1/auth/login", json=who, timeout=30)
        self.headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
        self.http = requests.Session()

    def make_task(self) -> int:
        """Create a task; return its id."""
        address = f"{self.base}/api/v1/tasks"
        answer = self.http.post(address, json={"title": "Task"}, headers=self.headers, timeout=30)
        answer.raise_for_status()
        return answer.json()["id"]

    def connect(self) -> connect:
        """A socket of this user's."""
        address = f"{self.base.replace('http', 'ws', 1)}/ws"
        return connect(
            address,
            additional_headers=self.headers,
            compression=None,
            ping_interval=None,
            open_timeout=60,
        )


# Idle sockets


def measure_idle() -> list[dict[str, float]]:
    """Compare requests without and with idle sockets, in turns."""
    with TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/taskapp.db"
        migrate(url)
        with serve(url, RATELIMIT_ENABLED="false") as base:
            user = User(base, "alice")
            path = f"/api/v1/tasks/{user.make_task()}"
            with idle_sockets(user, 20):  # warm
                request_times(user, path)
            return [beside_idle(user, path, sockets) for sockets in IDLE]


def beside_idle(user: User, path: str, sockets: int) -> dict[str, float]:
    """What so many sockets take, and what requests beside them pay."""
    ratios, memory, opening = [], 0.0, 0.0
    for _ in range(ROUNDS):
        alone, before = request_times(user, path), workers_memory()
        start = time.perf_counter()
        with idle_sockets(user, sockets):
            opening = time.perf_counter() - start
            memory = max(memory, (workers_memory() - before) / sockets)
            ratios.append(p99(request_times(user, path)) / p99(alone))
    return {
        "idle sockets": sockets,
        "KiB each": memory / 1024,
        "seconds to open them": opening,
        "p99 of requests beside them": median(ratios),
    }


def request_times(user: User, path: str) -> list[float]:
    """Milliseconds of each of many requests, over a few connections that stay open."""

    def run(_number: int) -> list[float]:
        address, times = urlsplit(user.base), []
        connection = HTTPConnection(address.hostname or "", address.port)
        for _ in range(REQUESTS):
            start = time.perf_counter()
            connection.request("GET", path, headers=user.headers)
            answer = connection.getresponse()
            answer.read()
            times.append((time.perf_counter() - start) * 1000)
            assert answer.status == 200
        connection.close()
        return times

    with ThreadPoolExecutor(CLIENTS) as pool:
        return [each for times in pool.map(run, range(CLIENTS)) for each in times]


@contextmanager
def idle_sockets(user: User, number: int) -> Iterator[None]:
    """That many sockets, held by a process of their own."""
    context = get_context("fork")
    are_open, end = context.Event(), context.Event()
    holder = context.Process(target=hold, args=(user, number, are_open, end))
    holder.start()
    try:
        assert are_open.wait(120), "the sockets did not open"
        yield
    finally:
        end.set()
        holder.join(60)


def hold(user: User, number: int, are_open: Event, end: Event) -> None:
    """Open sockets and keep them."""

    async def run() -> None:
        async with AsyncExitStack() as stack:
            for _ in range(number):
                socket = await stack.enter_async_context(user.connect())
                await socket.recv()
            are_open.set()
            await asyncio.to_thread(end.wait, 120)

    asyncio.run(run())


def workers_memory() -> int:
    """Bytes that belong to the server's processes alone."""
    return sum(process.memory_full_info().uss for process in workers())


def workers_cpu() -> float:
    """Seconds of CPU that the server's processes have used."""
    return sum(sum(process.cpu_times()[:2]) for process in workers())


def workers() -> list[psutil.Process]:
    """The processes of the server."""
    ours = psutil.Process().children(recursive=True)
    return [process for process in ours if "gunicorn" in " ".join(process.cmdline())]


# Delivery


def measure_delivery() -> list[dict[str, Any]]:
    """Measure on each database, with and without Redis."""
    found: list[dict[str, Any]] = []
    with (
        servers.postgres() as postgres,
        servers.mariadb() as mariadb,
        servers.valkey() as redis,
        TemporaryDirectory() as folder,
    ):
        for kind, server in (("SQLite", ""), ("PostgreSQL", postgres), ("MariaDB", mariadb)):
            url = servers.create_database(server, "bench") if server else ""
            url = url or f"sqlite:///{folder}/taskapp.db"
            migrate(url)
            for name, redis_url in ((kind, ""), (f"{kind} and Redis", redis)):
                with serve(url, REDIS_URL=redis_url, RATELIMIT_ENABLED="false") as base:
                    user = User(base, f"user-{len(redis_url)}")
                    times, _ = asyncio.run(deliver(user, LISTENERS, EVENTS))
                found.append({"": name, "p50 ms": median(times), "p99 ms": p99(times)})
    return found


def measure_fan_out() -> list[dict[str, Any]]:
    """What one event costs that few or many hear."""
    with servers.postgres() as postgres, servers.valkey() as redis:
        url = servers.create_database(postgres, "bench")
        migrate(url)
        with serve(url, REDIS_URL=redis, RATELIMIT_ENABLED="false") as base:
            user = User(base, "alice")
            return [fan_out(user, *crowd) for crowd in CROWDS.items()]


def fan_out(user: User, listeners: int, events: int) -> dict[str, Any]:
    """The servers' CPU for an event, and how late it is heard."""
    asyncio.run(deliver(user, listeners, 1))  # warm
    times, cpu = asyncio.run(deliver(user, listeners, events))
    return {
        "listeners": listeners,
        "CPU ms an event": cpu / events * 1000,
        "p50 ms": median(times),
        "p99 ms": p99(times),
    }


async def deliver(user: User, listeners: int, events: int) -> tuple[list[float], float]:
    """Milliseconds from the answer to a change until each socket heard of it, and the servers' CPU
    for all of it. All must hear all."""
    answered: dict[int, float] = {}
    heard: list[tuple[int, float]] = []

    def write() -> None:
        for _ in range(events):
            answered[user.make_task()] = time.perf_counter()
            time.sleep(PAUSE * max(1, listeners / 40))

    async def listen(socket: ClientConnection) -> None:
        for _ in range(events):
            message = orjson.loads(await asyncio.wait_for(socket.recv(), 60))
            heard.append((message["task_id"], time.perf_counter()))

    async with AsyncExitStack() as stack:
        sockets = [await stack.enter_async_context(user.connect()) for _ in range(listeners)]
        for socket in sockets:
            await socket.recv()
        before = workers_cpu()
        await asyncio.gather(asyncio.to_thread(write), *map(listen, sockets))
        cpu = workers_cpu() - before
    return [max(0.0, at - answered[task_id]) * 1000 for task_id, at in heard], cpu


def p99(times: list[float]) -> float:
    """The 99th percentile."""
    return sorted(times)[int(len(times) * 0.99)]


PARTS = {"idle": measure_idle, "delivery": measure_delivery, "fan-out": measure_fan_out}


def table_of(rows: list[dict[str, Any]]) -> str:
    """Rows of equal keys as a table."""
    texts = [
        [value if isinstance(value, str) else report.figure(value) for value in row.values()]
        for row in rows
    ]
    return report.table(list(rows[0]), texts)


if __name__ == "__main__":
    names = sys.argv[1:] or list(PARTS)
    if unknown := set(names) - set(PARTS):
        sys.exit(f"Unknown: {', '.join(unknown)}\n\n{__doc__}")
    found = {}
    for name in names:
        found[name] = PARTS[name]()
        print(table_of(found[name]), flush=True)
    if not sys.argv[1:]:
        chart = report.bars(
            "Milliseconds from commit to socket",
            {row[""]: {k: row[k] for k in ("p50 ms", "p99 ms")} for row in found["delivery"]},
        )
        report.write("live", found, "\n\n".join(map(table_of, found.values())), chart)
