"""People who come, do a bit of everything, and go: the mixed load of a long run."""

from contextlib import ExitStack
from typing import Any
from uuid import uuid4

import requests

from tests.faults.conftest import browser
from tests.people import PASSWORD
from tests.websocket.listening import Ear

PAGES = ("/today", "/upcoming", "/tasks", "/board", "/calendar", "/analytics", "/time", "/settings")
LISTS = ("/tasks", "/tasks?q=report&sort=-due_date", "/users", "/analytics", "/task-records")
REFUSED = {
    "/tasks?status=sometimes": 422,
    "/tasks/0": 404,
    "/tasks?cursor=made-up": 422,
}


class Visit:
    """One visit of somebody with an account, over the API, a socket and pages."""

    def __init__(self, base: str, login: str) -> None:
        self.requests = 0
        self._base = f"{base}/api/v1"
        self._login = login
        self._api = requests.Session()
        # One that is kept may be shut after five seconds, just when it is used again.
        self._api.headers["Connection"] = "close"
        self._site = base

    def make(self) -> int:
        """Come, do everything once, and go; how many requests it took."""
        with self._api, ExitStack() as stack:
            who = {"login": self._login, "password": PASSWORD}
            token = self._call("POST", "/auth/login", 200, json=who)["access_token"]
            self._api.headers["Authorization"] = f"Bearer {token}"
            ear = Ear(self._site, token, stack=stack).ready()
            task = self._write()
            while ear.hear()["task_id"] != task["id"]:
                pass  # that is another visitor's
            for path in LISTS:
                self._call("GET", path, 200)
            for path, status in REFUSED.items():
                self._call("GET", path, status)
            self._attach(f"/tasks/{task['id']}/attachments")
            self._call("DELETE", f"/tasks/{task['id']}", 204)
            self._look_at_pages()
            self._call("POST", "/auth/password-reset", 202, json={"email": "alice@example.org"})
            self._call("POST", "/auth/logout", 204)
        return self.requests

    def _write(self) -> dict[str, Any]:
        key = {"Idempotency-Key": str(uuid4())}
        for _ in "12":
            task = self._call("POST", "/tasks", 201, json={"title": "The report"}, headers=key)
        path = f"/tasks/{task['id']}"
        self._call("PATCH", path, 200, json={"description": "x" * 1000})
        self._call("PUT", f"{path}/status", 200, json={"status": "done"})
        work = {"task_id": task["id"], "time_spent": 15}
        self._call("POST", "/task-records", 201, json=work)
        return task

    def _attach(self, path: str) -> None:
        file = {"file": ("notes.txt", b"x" * 100_000)}
        number = self._call("POST", path, 201, files=file)["id"]
        self._call("GET", f"{path}/{number}", 200)
        self._call("DELETE", f"{path}/{number}", 204)

    def _look_at_pages(self) -> None:
        with browser(self._site, self._login) as pages:
            pages.headers["Connection"] = "close"
            for path in PAGES:
                answer = pages.get(self._site + path, timeout=30)
                assert answer.status_code == 200, path
                self.requests += 1

    def _call(self, method: str, path: str, status: int, **sent: Any) -> Any:
        answer = self._api.request(method, self._base + path, timeout=30, **sent)
        self.requests += 1
        assert answer.status_code == status, f"{method} {path}: {answer.status_code} {answer.text}"
        is_json = answer.headers.get("Content-Type") == "application/json"
        return answer.json() if is_json else None
