"""One thing of each kind, to walk every address with. No database can change what is found."""

from io import BytesIO

import pytest
from flask import Flask

from tests.api.test_authorization import BODIES
from tests.people import Crowd


@pytest.fixture
def app(sqlite_app: Flask) -> Flask:
    return sqlite_app


@pytest.fixture
def ids(people: Crowd) -> dict[str, int]:
    """One thing of each kind, alice's own."""
    api = people.alice.api
    task = api.make_task()["id"]
    file = {"file": (BytesIO(b"content"), "file.txt")}
    record = {"task_id": task, "time_spent": 10, "mark_done": False}
    return {
        "task_id": task,
        "user_id": people.alice.id,
        "attachment_id": api.post(f"/tasks/{task}/attachments", data=file).json["id"],
        "record_id": api.post("/task-records", record).json["id"],
        "session_id": api.get("/users/me/sessions").json["items"][0]["id"],
        "token_id": api.post("/users/me/tokens", BODIES["tokens.create_token"]).json["id"],
    }
