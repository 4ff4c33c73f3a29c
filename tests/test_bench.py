"""The benchmark measures the product as it is: its data fits the models."""

from importlib import import_module
from pathlib import Path

import pytest
from flask import Flask

from bench import data
from tests.clients import Api

SCRIPTS = sorted(path.stem for path in Path(data.__file__).parent.glob("*.py"))


@pytest.mark.parametrize("script", SCRIPTS)
def test_each_script_finds_what_it_is_made_of(script: str) -> None:
    import_module(f"bench.{script}")


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_its_people_sign_in_and_find_their_tasks(app: Flask, api: Api) -> None:
    url = app.config["DATABASE_URL"]
    data.fill(url, list(data.users(3)), owners=[1, 2] * 50)
    who = {"username": "user2", "password": data.PASSWORD}
    api.token = api.post("/auth/login", who).get_json()["access_token"]
    assert api.get("/tasks").get_json()["total"] == 50

    data.repeat(url, rows=100, size=300)
    assert api.get("/tasks").get_json()["total"] == 150
    data.forget_after(url, last=100)
    assert api.get("/tasks").get_json()["total"] == 50
