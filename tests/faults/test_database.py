"""A database that is gone, hangs, or comes and goes."""

from collections.abc import Callable
from time import monotonic, sleep

import pytest
import requests

from tests.deployment.writers import titles, writing
from tests.faults.conftest import Line, browser, wait_for
from tests.faults.proxy import Proxy

RECOVERY = 5  # seconds, after the database is back, until everything is answered again
BREAKS: list[Callable[[Proxy], None]] = [Proxy.cut, Proxy.reset]


@pytest.mark.parametrize("break_it", BREAKS, ids=["cut", "reset"])
def test_without_its_database_it_says_so_on_both_faces_and_recovers_by_itself(
    line: Line, break_it: Callable[[Proxy], None]
) -> None:
    get = Getter(line)
    assert [get(path).status_code for path in PAGES] == [200] * len(PAGES)

    break_it(line.proxy)
    for path, media_type in PAGES.items():
        answer = get(path)
        assert (path, answer.status_code) == (path, 503)
        assert int(answer.headers["Retry-After"]) > 0
        assert answer.headers["Content-Type"].startswith(media_type)
    assert get("/healthz").status_code == 200
    readiness = get("/readyz")
    assert (readiness.status_code, list(readiness.json())) == (503, ["status", "database"])

    line.proxy.mend()
    give_up = monotonic() + RECOVERY
    while any(get(path).status_code != 200 for path in [*PAGES, "/readyz"] * 4):
        assert monotonic() < give_up, "it does not recover"


def test_what_was_written_while_the_line_came_and_went_is_there_once(line: Line) -> None:
    with writing(line.node.url, line.alice.token()) as seen:
        for disturb in (Proxy.reset, Proxy.hang, Proxy.cut, slow, Proxy.hang, Proxy.reset):
            written = len(seen.created)
            disturb(line.proxy)
            sleep(0.5)
            line.proxy.mend()
            wait_for(seen.created, written + 20)
    assert seen.answers[503], "nobody noticed"
    assert titles(line.app) == sorted(seen.created)


PAGES = {
    "/api/v1/tasks": "application/problem+json",
    "/api/v1/users/me": "application/problem+json",
    "/tasks": "text/html",
    "/board": "text/html",
}


class Getter:
    """Alice, signed in with a token and in a browser."""

    def __init__(self, line: Line) -> None:
        self._base = line.node.url
        self._client = browser(self._base, "alice")
        self._client.headers["Authorization"] = f"Bearer {line.alice.token()}"

    def __call__(self, path: str) -> requests.Response:
        return self._client.get(self._base + path, timeout=20, allow_redirects=False)


def slow(line: Proxy) -> None:
    line.delay(0.05)
