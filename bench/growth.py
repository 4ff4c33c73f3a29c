"""What requests to Taskapp cost as the database grows: from 1,000 tasks to a million.

    python bench/growth.py [--quick]

A tenth of the tasks is one user's, who asks; the last user is an admin. Each operation is asked for
one at a time; what counts is the median. --quick ends at 10,000 tasks and writes nothing.
"""

import sys
import time
from argparse import ArgumentParser
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import requests

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import data, report
from bench.processes import Server
from bench.sites import databases, serving_taskapp
from tests import servers
from tests.databases import migrate

SIZES = (1_000, 10_000, 100_000, 1_000_000)
WRITTEN = 100_000  # more than these are copies of them
USERS, TIMES, WARM_UP = 50, 40, 5
BASE = "/api/v1"


def owners(tasks: int) -> list[int]:
    """Every tenth task is the first user's, the others go round."""
    return [1 if i % 10 == 0 else 2 + i % (USERS - 2) for i in range(tasks)]


def token(server: Server, number: int) -> str:
    """A user's token."""
    who = {"username": f"user{number}", "password": data.PASSWORD}
    answer = requests.post(f"{server.url}{BASE}/auth/login", json=who, timeout=60)
    answer.raise_for_status()
    return str(answer.json()["access_token"])


def measure(server: Server, tasks: int) -> dict[str, float]:
    """The median milliseconds of each operation."""
    own, admin = ({"Authorization": f"Bearer {token(server, number)}"} for number in (1, USERS))
    first = requests.get(f"{server.url}{BASE}/tasks", headers=own, timeout=60).json()
    asked = {
        "get one": f"/tasks/{tasks // 20 * 10 + 1}",
        "first page": "/tasks",
        "by status": "/tasks?status=todo",
        "next page by cursor": f"/tasks?cursor={first['next_cursor']}",
        "search of a word": f"/tasks?q={data.RARE}",
        "own analytics": "/analytics",
    }
    found = {}
    with requests.Session() as http:
        for name, path in asked.items():
            found[name] = timed(http, "GET", f"{server.url}{BASE}{path}", own)
        found["create"] = timed(http, "POST", f"{server.url}{BASE}/tasks", own)
        found["an admin's analytics"] = timed(http, "GET", f"{server.url}{BASE}/analytics", admin)
    return found


def timed(http: requests.Session, method: str, url: str, headers: dict[str, str]) -> float:
    """The median milliseconds of one request."""
    times = []
    body = {"title": "A new task"} if method == "POST" else None
    for _ in range(TIMES + WARM_UP):
        start = time.perf_counter()
        http.request(method, url, json=body, headers=headers, timeout=60).raise_for_status()
        times.append((time.perf_counter() - start) * 1000)
    return median(times[WARM_UP:])


def grow(sizes: tuple[int, ...]) -> dict[str, list[float]]:
    """The milliseconds of each operation at each size."""
    found: dict[str, list[float]] = {}
    with databases() as at, TemporaryDirectory() as folder:
        url = servers.create_database(at.postgres, "growth")
        migrate(url)
        there = 0
        for size in sizes:
            if size > WRITTEN:
                data.repeat(url, WRITTEN, size)
            else:
                people = [] if there else list(data.users(USERS))
                data.fill(url, people, owners(size)[there:], first=there + 1)
            there = size
            with serving_taskapp(url, at.redis, folder) as server:
                costs = measure(server, size)
            # What was created in measuring goes, so that the next ids are free.
            data.forget_after(url, size)
            for name, cost in costs.items():
                found.setdefault(name, []).append(cost)
            print(f"{size:>9,}", {name: round(cost, 1) for name, cost in costs.items()}, flush=True)
    return found


def publish(sizes: tuple[int, ...], found: dict[str, list[float]]) -> None:
    """Write the table and the chart."""
    header = ("ms", *(f"{size:,}" for size in sizes), "growth")
    rows = [
        (name, *(f"{cost:.1f}" for cost in costs), f"{costs[-1] / costs[0]:.2f}")
        for name, costs in found.items()
    ]
    few = {name: costs for name, costs in found.items() if "admin" not in name}
    chart = report.lines("Milliseconds of a request, by the number of tasks", sizes, few)
    report.write("growth", {"sizes": sizes, "ms": found}, report.table(header, rows), chart)


if __name__ == "__main__":
    parser = ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="as far as 10,000 tasks")
    chosen = SIZES[:2] if parser.parse_args().quick else SIZES
    result = grow(chosen)
    if chosen == SIZES:
        publish(chosen, result)
