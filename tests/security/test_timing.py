"""How long an answer takes tells nothing of who has an account."""

from statistics import median
from time import thread_time

from flask import Flask

from tests.clients import Api
from tests.people import Crowd

SAMPLES = 100  # of each of the two


def test_a_name_that_nobody_has_takes_as_long_as_a_wrong_password(sqlite_app: Flask) -> None:
    """In time of this thread on the processor, so that what else runs here does not count."""
    assert Crowd(sqlite_app).alice
    api = Api(sqlite_app.test_client())
    times: dict[str, list[float]] = {"alice": [], "nobody": []}
    bodies = {}
    for _ in range(SAMPLES):
        for login, taken in times.items():
            before = thread_time()
            answer = api.post("/auth/login", {"login": login, "password": "wrong password"})
            taken.append(thread_time() - before)
            assert answer.status_code == 401
            bodies[login] = {k: v for k, v in answer.json.items() if k != "request_id"}
    assert bodies["alice"] == bodies["nobody"]
    known, unknown = (median(taken) for taken in times.values())
    assert abs(known - unknown) < 0.1 * known
