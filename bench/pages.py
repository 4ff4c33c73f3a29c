"""What the heavy pages cost: the server's CPU, statements and bytes, and the browser's time.

    python bench/pages.py

A user with 5,000 tasks opens the list of 50, the board with its 500 cards a column, and analytics.
The browser is Chromium, if it is installed, on a desk and on a phone: a processor a quarter as
fast, behind 1.6 Mbit/s and 150 ms. It tells by itself the largest paint, how far things have moved,
and how long a click took to show.
"""

import gzip
import shutil
import sys
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import requests
from playwright.sync_api import Page, sync_playwright
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
# Its address, and what is clicked there: a check, a card's menu, the table behind a chart.
PAGES = {
    "list of 50": ("/tasks?per_page=50", ".t-row .t-check"),
    "board": ("/board", ".t-card summary"),
    "analytics": ("/analytics", "main summary"),
}
DESK = {"viewport": {"width": 1440, "height": 900}}
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
SLOW_LINE = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 1.6e6 / 8,
    "uploadThroughput": 0.75e6 / 8,
}
# Milliseconds of the largest paint, the layout's shift, and milliseconds until a click was shown,
# which Chromium tells from 16 on.
WATCH = """() => {
  const found = window.found = {paint: 0, shift: 0, click: 0};
  const watch = (type, take, more) => new PerformanceObserver(
    list => list.getEntries().forEach(take)).observe({type, buffered: true, ...more});
  watch('largest-contentful-paint', e => { found.paint = e.startTime; });
  watch('layout-shift', e => { if (!e.hadRecentInput) found.shift += e.value; });
  watch('event', e => { if (e.interactionId) found.click = Math.max(found.click, e.duration); },
    {durationThreshold: 16});
}"""


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


def browser_times(server: Server, path: str, click: str, given: str) -> dict[str, float]:
    """What the browser says, as medians of three: on a desk, and on a phone."""
    found = {}
    with sync_playwright() as playwright:
        program = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=program, args=CHROMIUM_OPTIONS)
        for where, screen in (("desk", DESK), ("phone", PHONE)):
            context = browser.new_context(**screen)
            name, value = given.split("=", 1)
            context.add_cookies([{"name": name, "value": value, "url": server.url}])
            page = context.new_page()
            if screen is PHONE:
                line = context.new_cdp_session(page)
                line.send("Emulation.setCPUThrottlingRate", {"rate": 4})
                line.send("Network.emulateNetworkConditions", SLOW_LINE)
            runs = [visit(page, f"{server.url}{path}", click) for _ in range(3)]
            for figure, words in (("paint", "paint ms"), ("shift", "shift"), ("click", "click ms")):
                found[f"{where}: {words}"] = median(run[figure] for run in runs)
            context.close()
        browser.close()
    return found


def visit(page: Page, address: str, click: str) -> dict[str, float]:
    """Open a page, wait until it is still, and click."""
    page.goto(address, wait_until="networkidle")
    page.evaluate(WATCH)
    page.wait_for_timeout(500)
    page.locator(click).locator("visible=true").first.click()
    page.wait_for_timeout(1500)
    found: dict[str, float] = page.evaluate("() => window.found")
    return found


def measure() -> dict[str, dict[str, Any]]:
    """The costs of every page."""
    with databases() as at, TemporaryDirectory() as folder:
        url = servers.create_database(at.postgres, "pages")
        migrate(url)
        data.fill(url, list(data.users(2)), [1] * TASKS)
        with serving_taskapp(url, at.redis, folder) as server:
            given = cookie(server)
            found: dict[str, dict[str, Any]] = {}
            for name, (path, click) in PAGES.items():
                found[name] = cost_of(server, url, path, {"Cookie": given})
                if shutil.which("chromium"):
                    found[name] |= browser_times(server, path, click, given)
                print(name, found[name], flush=True)
            return found


if __name__ == "__main__":
    costs = measure()
    header = ("", *next(iter(costs.values())))
    rows = [(name, *map(report.figure, cost.values())) for name, cost in costs.items()]
    chart = report.bars(
        "Milliseconds of CPU for one page",
        {name: {"CPU ms": cost["CPU ms"]} for name, cost in costs.items()},
    )
    report.write("pages", costs, report.table(header, rows), chart)
