"""What the heavy pages cost: the server's CPU, statements and bytes, and the browser's paint.

    python bench/pages.py

A user with 5,000 tasks opens the list of 50, the board with its 500 cards a column, and analytics.
The paint is that of Chromium, if it is installed: the largest, and how far things have moved.
"""

import gzip
import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import requests
from playwright.sync_api import sync_playwright
from sqlalchemy import Engine, event

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import data, report
from bench.processes import Server
from bench.sites import cookie, databases, serving_taskapp
from taskapp import create_app
from tests import servers
from tests.databases import migrate
from tests.live import CHROMIUM_OPTIONS
from tests.settings import SETTINGS

TASKS, TIMES = 5_000, 30
PAGES = {
    "list of 50": "/tasks?per_page=50",
    "board": "/board",
    "analytics": "/analytics",
}
# Asked of the page once it has settled.
PAINT = """() => new Promise(done => {
  let paint = 0, shift = 0;
  new PerformanceObserver(list => list.getEntries().forEach(e => { paint = e.startTime; }))
    .observe({type: 'largest-contentful-paint', buffered: true});
  new PerformanceObserver(list => list.getEntries().forEach(e => { shift += e.value; }))
    .observe({type: 'layout-shift', buffered: true});
  setTimeout(() => done([paint, shift]), 500);
})"""


def cost_of(server: Server, url: str, path: str, headers: dict[str, str]) -> dict[str, float]:
    """Milliseconds of CPU, statements and compressed kilobytes of a page."""
    with requests.Session() as http:

        def ask() -> bytes:
            answer = http.get(f"{server.url}{path}", headers=headers, timeout=60)
            answer.raise_for_status()
            return answer.content

        page = ask()
        ask()
        before = server.cpu()
        for _ in range(TIMES):
            ask()
        cpu = server.cpu() - before
    return {
        "CPU ms": cpu / TIMES * 1000,
        "statements": _statements(url, path, headers),
        "KB": len(gzip.compress(page)) / 1000,
    }


def _statements(url: str, path: str, headers: dict[str, str]) -> int:
    """How many statements the page takes, counted in an application of our own."""
    app, statements = create_app({**SETTINGS, "DATABASE_URL": url}), []
    event.listen(Engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    assert app.test_client(use_cookies=False).get(path, headers=headers).status_code == 200
    return len(statements)


def paint_of(server: Server, path: str, given: str) -> dict[str, float]:
    """Milliseconds until the largest paint, and the layout's shift, as the median of five."""
    name, value = given.split("=", 1)
    with sync_playwright() as playwright:
        program = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=program, args=CHROMIUM_OPTIONS)
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        context.add_cookies([{"name": name, "value": value, "url": server.url}])
        page = context.new_page()
        runs: list[list[float]] = []
        for _ in range(5):
            page.goto(f"{server.url}{path}")
            runs.append(page.evaluate(PAINT))
        browser.close()
    paints, shifts = (sorted(each) for each in zip(*runs, strict=True))
    return {"largest paint ms": paints[2], "layout shift": shifts[2]}


def measure() -> dict[str, dict[str, Any]]:
    """The costs of every page."""
    with databases() as at, TemporaryDirectory() as folder:
        url = servers.create_database(at.postgres, "pages")
        migrate(url)
        data.fill(url, list(data.users(2)), [1] * TASKS)
        with serving_taskapp(url, at.redis, folder) as server:
            given = cookie(server)
            found: dict[str, dict[str, Any]] = {}
            for name, path in PAGES.items():
                found[name] = cost_of(server, url, path, {"Cookie": given})
                if shutil.which("chromium"):
                    found[name] |= paint_of(server, path, given)
                print(name, found[name], flush=True)
            return found


if __name__ == "__main__":
    costs = measure()
    header = ("", *next(iter(costs.values())))
    rows = [
        (name, *(f"{value:,.0f}" if value >= 100 else f"{value:.3g}" for value in cost.values()))
        for name, cost in costs.items()
    ]
    chart = report.bars(
        "Milliseconds of CPU for one page",
        {name: {"CPU ms": cost["CPU ms"]} for name, cost in costs.items()},
    )
    report.write("pages", costs, report.table(header, rows), chart)
