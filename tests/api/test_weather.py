"""The weather of tasks over the API (contract §3): never in the way of a task."""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from time import monotonic
from typing import Any

import pytest
from flask import Flask

from taskapp import create_app
from taskapp.core.database import close_connections
from taskapp.tasks import queries, services
from tests.clients import Api
from tests.people import Crowd
from tests.settings import SETTINGS
from tests.weather import provider as faults
from tests.weather.provider import USUAL_PATIENCE, Patience, Provider


@pytest.fixture
def make_crowd(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Crowd]]:
    """`make_crowd(url)`: people on a new application that asks the provider of the tests."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    apps: list[Flask] = []

    def make(url: str, **settings: Any) -> Crowd:
        weather = {"WEATHER_PROVIDER": "open-meteo", "WEATHER_URL": provider.url}
        apps.append(create_app({**SETTINGS, "DATABASE_URL": url, **weather, **settings}))
        return Crowd(apps[-1])

    yield make
    for app in apps:
        with app.app_context():
            close_connections()


@pytest.fixture
def people(make_crowd: Callable[..., Crowd], database_url: str) -> Crowd:
    """People on each database in turn."""
    return make_crowd(database_url)


@pytest.fixture
def sqlite_people(make_crowd: Callable[..., Crowd], sqlite_url: str) -> Crowd:
    """People on SQLite alone, where one open transaction would stop all others."""
    return make_crowd(sqlite_url)


def test_a_task_gets_the_weather_of_its_city(people: Crowd) -> None:
    task = people.alice.api.make_task(city="Berlin")
    weather = task["weather"]
    assert weather == {
        "temperature": 15.5,
        "condition": "Cloudy",
        "observed_at": weather["observed_at"],
        "provider": "open-meteo",
    }
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", weather["observed_at"])
    assert people.alice.api.get(f"/tasks/{task['id']}").json == task


def test_another_city_another_weather_no_city_none(people: Crowd, provider: Provider) -> None:
    api = people.alice.api
    path = f"/tasks/{api.make_task(city='Berlin')['id']}"
    provider.forecast = {"current": {"temperature_2m": -3, "weather_code": 73}}

    changed = api.patch(path, {"city": "Oslo"}).json
    assert changed["weather"]["temperature"] == -3
    assert changed["weather"]["condition"] == "Snow"

    assert api.patch(path, {"city": None}).json["weather"] is None
    assert api.patch(path, {"city": "Berlin"}).json["weather"]["temperature"] == 15.5
    replaced = api.put(path, {"title": "Without a city"}).json
    assert (replaced["city"], replaced["weather"]) == (None, None)
    assert provider.cities == ["Berlin", "Oslo"]


@pytest.mark.parametrize("blank", ["", "   "])
def test_a_blank_city_is_none(people: Crowd, provider: Provider, blank: str) -> None:
    task = people.alice.api.make_task(city=blank)
    assert (task["city"], task["weather"], provider.calls) == (None, None, [])


def test_weather_stays_as_long_as_the_city_does(people: Crowd, provider: Provider) -> None:
    api = people.alice.api
    task = api.make_task(city="Berlin")
    path = f"/tasks/{task['id']}"
    provider.fault = faults.server_error
    provider.calls.clear()
    assert api.patch(path, {"title": "Renamed"}).json["weather"] == task["weather"]
    assert api.put(path, {"title": "Again", "city": "Berlin"}).json["weather"] == task["weather"]
    assert api.put(f"{path}/status", {"status": "done"}).json["weather"] == task["weather"]
    assert api.patch(path, {"weather": None, "city": "Berlin"}).json["weather"] == task["weather"]
    assert provider.calls == []


def test_an_unknown_city_is_kept_without_weather(people: Crowd) -> None:
    task = people.alice.api.make_task(city=faults.UNKNOWN)
    assert (task["city"], task["weather"]) == (faults.UNKNOWN, None)


def test_without_a_provider_a_task_has_no_weather(
    make_crowd: Callable[..., Crowd], sqlite_url: str, provider: Provider
) -> None:
    api = make_crowd(sqlite_url, WEATHER_PROVIDER="off").alice.api
    task = api.make_task(city="Berlin")
    assert (task["city"], task["weather"]) == ("Berlin", None)
    assert provider.calls == []


@pytest.mark.parametrize(
    "fault", [*faults.QUICK_FAULTS, *faults.SLOW_FAULTS], ids=lambda fault: fault.__name__
)
def test_a_broken_provider_never_keeps_a_task_from_being_saved(
    sqlite_people: Crowd, provider: Provider, patience: Patience, fault: Any
) -> None:
    if fault in faults.SLOW_FAULTS:
        patience(USUAL_PATIENCE)
    api = sqlite_people.alice.api
    provider.fault = fault
    start = monotonic()
    task = api.make_task(city="Berlin")
    assert monotonic() - start < 2 * USUAL_PATIENCE
    assert (task["city"], task["weather"]) == ("Berlin", None)
    assert api.get(f"/tasks/{task['id']}").json == task


def test_a_provider_that_hangs_holds_nobody_up(
    sqlite_people: Crowd, provider: Provider, patience: Patience
) -> None:
    patience(USUAL_PATIENCE)
    alice, bob = sqlite_people.alice, sqlite_people.bob
    old = alice.api.make_task()
    provider.fault = faults.hang
    mine = Api(alice.app.test_client(), alice.api.token)
    with ThreadPoolExecutor(2) as pool:
        start = monotonic()
        waiting = [
            pool.submit(mine.make_task, city="Berlin"),
            pool.submit(alice.api.patch, f"/tasks/{old['id']}", {"city": "Oslo"}),
        ]
        assert provider.reached.wait(5)
        for n in range(3):
            path = f"/tasks/{bob.api.make_task(f'Task {n}')['id']}"
            assert bob.api.patch(path, {"title": "Renamed"}).status_code == 200
            assert bob.api.delete(path).status_code == 204
        assert not any(task.done() for task in waiting), "others can read and write meanwhile"
        created, changed = (task.result() for task in waiting)
    assert monotonic() - start < 2 * USUAL_PATIENCE
    assert created["weather"] is None
    assert (changed.json["city"], changed.json["weather"]) == ("Oslo", None)


def test_who_may_not_change_a_city_causes_no_call(people: Crowd, provider: Provider) -> None:
    task = people.alice.api.make_task(assignee_id=people.bob.id)
    path, body = f"/tasks/{task['id']}", {"city": "Berlin"}
    assert people.carol.api.patch(path, body).status_code == 404
    assert people.bob.api.patch(path, body).status_code == 403
    stale = {"If-Match": f'"{task["id"]}-99"'}
    assert people.alice.api.patch(path, body, headers=stale).status_code == 412
    assert people.alice.api.patch("/tasks/999999", body).status_code == 404
    contradiction = {"title": "Both", "city": "Berlin", "status": "done", "is_complete": False}
    assert people.alice.api.post("/tasks", contradiction).status_code == 422
    assert provider.calls == []
    assert people.root.api.patch(path, body).json["weather"] is not None


def test_somebody_may_change_the_task_while_the_weather_is_looked_up(
    people: Crowd, provider: Provider
) -> None:
    alice = people.alice
    path = f"/tasks/{alice.api.make_task(city='Berlin')['id']}"
    slow = Api(alice.app.test_client(), alice.api.token)
    with ThreadPoolExecutor(1) as pool:
        with provider.hold("Oslo"):
            provider.reached.clear()
            changing = pool.submit(slow.patch, path, {"city": "Oslo"})
            assert provider.reached.wait(5)
            assert alice.api.patch(path, {"city": None, "title": "Renamed"}).status_code == 200
        task = changing.result().json
    assert (task["title"], task["city"]) == ("Renamed", "Oslo")
    assert task["weather"] is not None


def test_a_city_that_is_changed_back_gets_its_weather_back(
    people: Crowd, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Alice keeps Berlin; just when her change begins, somebody puts Oslo there."""
    api = people.alice.api
    before = api.make_task(city="Berlin")
    path = f"/tasks/{before['id']}"
    other = Api(people.alice.app.test_client(), api.token)

    def read_then_lose(*args: Any) -> Any:
        monkeypatch.setattr(services, "get_task", queries.get_task)
        row = queries.get_task(*args)
        assert other.patch(path, {"city": "Oslo"}).json["city"] == "Oslo"
        return row

    monkeypatch.setattr(services, "get_task", read_then_lose)
    task = api.patch(path, {"city": "Berlin"}).json
    assert (task["city"], task["weather"]) == ("Berlin", before["weather"])


def test_a_city_that_is_no_city_is_stored_as_it_is(people: Crowd, provider: Provider) -> None:
    city = "?&appid=x/../..\r\nHost: evil.example"
    assert people.alice.api.make_task(city=city)["city"] == city
    assert provider.cities == [city]
