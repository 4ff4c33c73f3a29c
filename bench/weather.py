"""What others pay while the provider of weather hangs, and how long its own tasks take.

    python bench/weather.py [ROUNDS]

A few people create tasks in new cities while others read, first with a provider that answers at
once, then with one that takes the question and says nothing. Each round has a server of its own,
because a provider that failed is left alone for a minute. Everything runs on loopback; a machine
that does something else besides will be seen in the figures.
"""

import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from threading import Event

import requests

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.live import User, p99, request_times
from tests.databases import migrate
from tests.live import serve
from tests.weather.provider import Provider, hang, playing

WRITERS, PAUSE = 4, 0.1
_cities = count(1)


def measure(rounds: int) -> None:
    """Print the times of each round, and the ratio of all."""
    ratios, longest = [], 0.0
    for _ in range(rounds):
        # A provider's own threads end with it, those that hang too.
        with TemporaryDirectory() as folder, playing() as provider, site(folder, provider) as user:
            path = f"/api/v1/tasks/{user.make_task()}"
            beside_writers(user, path)  # warm
            before, _ = beside_writers(user, path)
            provider.fault = hang
            hung, writes = beside_writers(user, path)
        ratios.append(p99(hung) / p99(before))
        longest = max(longest, *writes)
        for what, times in {"before": before, "while it hangs": hung}.items():
            print(f"{what}: median {median(times):.1f} ms, p99 {p99(times):.1f} ms")
    print(
        f"median ratio of p99: {median(ratios):.2f}; a task with a city: {longest:.0f} ms at most"
    )


@contextmanager
def site(folder: str, provider: Provider) -> Iterator[User]:
    """A server that asks this provider, and somebody who calls it."""
    url = f"sqlite:///{folder}/taskapp.db"
    migrate(url)
    weather = {"WEATHER_PROVIDER": "open-meteo", "WEATHER_URL": provider.url}
    with serve(url, STORAGE_URL=f"file://{folder}/files", **weather) as base:
        yield User(base, "alice")


def beside_writers(user: User, path: str) -> tuple[list[float], list[float]]:
    """Milliseconds of each reading, and of each task in a city that was created meanwhile."""
    end, times = Event(), []

    def write() -> None:
        address = f"{user.base}/api/v1/tasks"
        while not end.wait(PAUSE):
            body = {"title": "Task", "city": f"City {next(_cities)}"}
            start = time.perf_counter()
            answer = requests.post(address, json=body, headers=user.headers, timeout=30)
            times.append((time.perf_counter() - start) * 1000)
            answer.raise_for_status()

    with ThreadPoolExecutor(WRITERS) as pool:
        writers = [pool.submit(write) for _ in range(WRITERS)]
        try:
            read = request_times(user, path)
        finally:
            end.set()
    for writer in writers:
        writer.result()
    return read, times


if __name__ == "__main__":
    os.environ["NO_PROXY"] = "127.0.0.1"
    match sys.argv[1:]:
        case []:
            measure(5)
        case [number] if number.isdigit():
            measure(int(number))
        case _:
            sys.exit(__doc__)
