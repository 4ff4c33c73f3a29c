"""Taskapp beside a peer on FastAPI: requests a second, waiting, CPU and memory. `make bench`.

    python bench/compare.py [--quick] [--rounds N] [NAME…]

Both get the same data on one PostgreSQL, and run at once on this machine; load is sent to them in
turns. Taskapp runs as deployed: limits, revocation, request ids, events and the log are on. What is
found goes to docs/performance.md and beside it; not with --quick, nor when only some operations are
named: NAME is the beginning of an operation's name.
"""

import sys
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from itertools import cycle
from pathlib import Path
from statistics import median
from threading import Event
from typing import Any

import requests

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import data, report
from bench.load import Load, Request, send
from bench.sites import Site, bare, databases, peer, taskapp

USERS, TASKS = 50, 100_000
CLIENTS = 32
ROUNDS, SECONDS, WARM_UP = 5, 3, 2


@dataclass(frozen=True)
class Operation:
    """Something to measure: its requests at each site, None where a site cannot do it."""

    name: str
    requests: Callable[[Site], list[Request] | None]
    clients: int = CLIENTS
    beside_logins: bool = False
    at_least: float = 0  # seconds


@dataclass(frozen=True)
class Cost:
    """What one run took: requests a second, and milliseconds."""

    rate: float
    p50: float
    p99: float
    cpu: float


def own_tasks(site: Site, each: int = 40) -> list[tuple[str, int]]:
    """The callers' tokens, each with ids of tasks of that caller's own."""
    step = TASKS // USERS // each
    return [(token, USERS * step * n + i) for n in range(each) for i, token in site.tokens.items()]


def get_one(site: Site) -> list[Request]:
    return [Request(f"{site.base}/tasks/{number}", token) for token, number in own_tasks(site)]


def listing(query: str) -> Callable[[Site], list[Request]]:
    def make(site: Site) -> list[Request]:
        return [Request(f"{site.base}/tasks?{query}", token) for token in site.tokens.values()]

    return make


def cursor(site: Site) -> list[Request]:
    """The page that follows the 1,800th task; the peer has but numbers."""
    if site.name != "Taskapp":
        return listing("page=91&per_page=20")(site)
    made = []
    for token in site.tokens.values():
        first = f"{site.server.url}{site.base}/tasks?page=90"
        headers = {"Authorization": f"Bearer {token}"}
        mark = requests.get(first, headers=headers, timeout=30).json()["next_cursor"]
        made.append(Request(f"{site.base}/tasks?cursor={mark}", token))
    return made


def create(site: Site) -> list[Request]:
    task = '{"title": "A new task", "description": "What there is to do", "priority": "high"}'
    tokens = site.tokens.values()
    return [Request(f"{site.base}/tasks", token, "POST", task) for token in tokens]


def set_status(site: Site) -> list[Request]:
    words = cycle(("in_progress", "todo", "done"))
    return [
        Request(f"{site.base}/tasks/{number}/status", token, "PUT", f'{{"status": "{word}"}}')
        for word, (token, number) in zip(words, own_tasks(site), strict=False)
    ]


def login(site: Site) -> list[Request]:
    body = f'{{"username": "user1", "password": "{data.PASSWORD}"}}'
    return [Request(f"{site.base}/auth/login", "", "POST", body)]


def analytics(site: Site) -> list[Request]:
    end = datetime.now(UTC).date()
    days = f"start_date={end - timedelta(days=29)}&end_date={end}"
    return [Request(f"{site.base}/analytics?{days}", token) for token in site.tokens.values()]


def page(site: Site) -> list[Request] | None:
    if site.name != "Taskapp":
        return None
    return [Request("/tasks?per_page=50", cookie=site.cookie)]


OPERATIONS = (
    Operation("get one", get_one),
    Operation("list of 20, by status", listing("status=todo")),
    Operation("list of 20, 1,800 deep", listing("page=91&per_page=20")),
    Operation("the same by cursor", cursor),
    Operation("search of a word", listing(f"q={data.RARE}")),
    Operation("create", create),
    Operation("change of status", set_status),
    Operation("login", login, clients=4, at_least=8),
    Operation("get one beside four logins", get_one, beside_logins=True),
    Operation("analytics of a month", analytics),
    Operation("HTML list of 50", page),
    Operation("bare view", lambda _site: [Request("/")]),
)


def measure(operation: Operation, site: Site, seconds: float) -> Cost:
    """Send the operation's requests for that long."""
    asked, seconds = operation.requests(site), max(seconds, operation.at_least)
    assert asked
    with logins(site) if operation.beside_logins else ExitStack():
        before = site.server.cpu()
        load: Load = send(site.server.url, asked, clients=operation.clients, seconds=seconds)
        cpu = site.server.cpu() - before
    return Cost(load.answers / load.seconds, load.p50, load.p99, cpu / load.answers * 1000)


@contextmanager
def logins(site: Site) -> Iterator[None]:
    """Four who sign in again and again."""
    end, (request,) = Event(), login(site)

    def run(_number: int) -> None:
        while not end.is_set():
            address = f"{site.server.url}{request.path}"
            answer = requests.post(address, request.body, headers=request.headers, timeout=60)
            answer.raise_for_status()

    with ThreadPoolExecutor(4) as pool:
        running = [pool.submit(run, number) for number in range(4)]
        try:
            yield
        finally:
            end.set()
        for each in running:
            each.result()


def compare(names: list[str], rounds: int, seconds: float) -> dict[str, Any]:
    """Measure the operations at every site in turns; the medians by operation and site."""
    with databases() as at, taskapp(at, TASKS, USERS) as ours, peer(at, TASKS, USERS) as theirs:
        results: dict[str, dict[str, Any]] = {}
        with bare() as nothing:
            for operation in OPERATIONS:
                if names and not operation.name.startswith(tuple(names)):
                    continue
                sites = [nothing] if operation.name == "bare view" else [ours, theirs]
                sites = [site for site in sites if operation.requests(site)]
                for site in sites:
                    measure(operation, site, WARM_UP)
                runs: dict[str, list[Cost]] = {site.name: [] for site in sites}
                for number in range(rounds):
                    for site in sites if number % 2 else reversed(sites):
                        runs[site.name].append(measure(operation, site, seconds))
                results[operation.name] = {name: middle(costs) for name, costs in runs.items()}
                print(row_of(operation.name, results[operation.name]), flush=True)
        memory = {site.name: site.server.memory() for site in (ours, theirs)}
    return {"operations": results, "memory": memory}


def middle(costs: list[Cost]) -> dict[str, float]:
    """The median of each figure."""
    return {name: median(asdict(cost)[name] for cost in costs) for name in asdict(costs[0])}


HEADER = (
    *("", "Taskapp, requests/s", "peer", "ratio", "p50 ms", "peer", "p99 ms", "peer"),
    *("CPU ms", "peer"),
)


def row_of(name: str, by_site: dict[str, dict[str, float]]) -> list[str]:
    """A row of the table; a dash where there is nothing to compare with."""
    ours = by_site.get("Taskapp") or by_site["bare"]
    theirs = by_site.get("peer")
    ratio = f"{ours['rate'] / theirs['rate']:.2f}" if theirs else "-"
    row = [name]
    for figure, form in (
        ("rate", "{:,.0f}"),
        ("p50", "{:.1f}"),
        ("p99", "{:.1f}"),
        ("cpu", "{:.2f}"),
    ):
        row += [form.format(site[figure]) if site else "-" for site in (ours, theirs)]
        if figure == "rate":
            row.append(ratio)
    return row


def publish(found: dict[str, Any]) -> None:
    """Write the table and the chart."""
    operations, memory = found["operations"], found["memory"]
    text = report.table(HEADER, [row_of(name, sites) for name, sites in operations.items()])
    ours, theirs = (memory[name] / 2**20 for name in ("Taskapp", "peer"))
    text += f"\n\nMemory (PSS) with two workers: {ours:.0f} MiB, the peer {theirs:.0f} MiB"
    text += f" ({ours / theirs:.2f} x)."
    cpu = {
        name: {site: cost["cpu"] for site, cost in sites.items()}
        for name, sites in operations.items()
        if name != "login" and "logins" not in name
    }
    chart = report.bars("Milliseconds of the servers' CPU for one request", cpu)
    report.write("comparison", found, text, chart)


if __name__ == "__main__":
    parser = ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--quick", action="store_true", help="one round of a second each")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="of three seconds each")
    given = parser.parse_args()
    found = compare(given.names, *((1, 2) if given.quick else (given.rounds, SECONDS)))
    if not (given.quick or given.names):
        publish(found)
