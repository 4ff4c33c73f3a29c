"""What live sockets cost, and how soon they hear: figures for this machine, in a minute or two.

    python bench/live.py idle [SOCKETS]   memory of idle sockets, and what other requests pay
    python bench/live.py delivery         from commit to socket, on two processes

Everything runs on loopback, on servers that it starts and stops itself. Ratios within one run mean
something; absolute figures belong to the machine.
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
from urllib.parse import urlsplit

import orjson
import psutil
import requests
from websockets.asyncio.client import ClientConnection, connect

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests import servers
from tests.databases import migrate
from tests.live import serve

ROUNDS, CLIENTS, REQUESTS = 5, 4, 500
LISTENERS, EVENTS, PAUSE = 20, 300, 0.02


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


def measure_idle(sockets: int) -> None:
    """Compare requests without and with idle sockets, in turns."""
    with TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/taskapp.db"
        migrate(url)
        with serve(url, RATELIMIT_ENABLED="false") as base:
            user = User(base, "alice")
            path = f"/api/v1/tasks/{user.make_task()}"
            with idle_sockets(user, 20):  # warm
                request_times(user, path)
            ratios, memory = [], 0.0
            for _ in range(ROUNDS):
                alone, before = request_times(user, path), workers_memory()
                with idle_sockets(user, sockets):
                    memory = max(memory, (workers_memory() - before) / sockets)
                    beside = request_times(user, path)
                ratios.append(p99(beside) / p99(alone))
                print(
                    f"requests alone: {summary(alone)}; with {sockets} sockets: {summary(beside)}"
                )
            print(f"median ratio of p99: {median(ratios):.2f}; {memory / 1024:.0f} KiB a socket")


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
    ours = psutil.Process().children(recursive=True)
    workers = [process for process in ours if "gunicorn" in " ".join(process.cmdline())]
    return sum(process.memory_full_info().uss for process in workers)


# Delivery


def measure_delivery() -> None:
    """Measure on each database, with and without Redis."""
    with (
        servers.postgres() as postgres,
        servers.mariadb() as mariadb,
        servers.valkey() as redis,
        TemporaryDirectory() as folder,
    ):
        for kind, server in (("sqlite", ""), ("postgresql", postgres), ("mariadb", mariadb)):
            url = servers.create_database(server, "bench") if server else ""
            url = url or f"sqlite:///{folder}/taskapp.db"
            migrate(url)
            for name, redis_url in (("alone", ""), ("and Redis", redis)):
                with serve(url, REDIS_URL=redis_url, RATELIMIT_ENABLED="false") as base:
                    times = asyncio.run(delivery_times(User(base, f"user-{len(redis_url)}")))
                    told = f"{len(times)} of {EVENTS * LISTENERS} heard"
                    print(f"{kind:>10} {name:<9}: {told}, {summary(times)}")


async def delivery_times(user: User) -> list[float]:
    """Milliseconds from the answer to a change until each socket heard of it."""
    answered: dict[int, float] = {}
    heard: list[tuple[int, float]] = []

    def write() -> None:
        for _ in range(EVENTS):
            answered[user.make_task()] = time.perf_counter()
            time.sleep(PAUSE)

    async def listen(socket: ClientConnection) -> None:
        for _ in range(EVENTS):
            message = orjson.loads(await asyncio.wait_for(socket.recv(), 10))
            heard.append((message["task_id"], time.perf_counter()))

    async with AsyncExitStack() as stack:
        sockets = [await stack.enter_async_context(user.connect()) for _ in range(LISTENERS)]
        for socket in sockets:
            await socket.recv()
        await asyncio.gather(asyncio.to_thread(write), *map(listen, sockets))
    return [max(0.0, at - answered[task_id]) * 1000 for task_id, at in heard]


def p99(times: list[float]) -> float:
    """The 99th percentile."""
    return sorted(times)[int(len(times) * 0.99)]


def summary(times: list[float]) -> str:
    """Median and 99th percentile in words."""
    return f"p50 {median(times):.1f} ms, p99 {p99(times):.1f} ms"


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["idle", *rest]:
            measure_idle(int(rest[0]) if rest else 500)
        case ["delivery"]:
            measure_delivery()
        case _:
            sys.exit(__doc__)
