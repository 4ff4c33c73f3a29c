"""Requests generated from the OpenAPI document: no 5xx, and no undocumented answer."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.generation.stateful import run_state_machine_as_test
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from sqlalchemy import make_url

from taskapp import create_app
from taskapp.core.database import close_connections
from tests.databases import Databases
from tests.people import Crowd
from tests.settings import SETTINGS

Note = Callable[[str, object], None]

# Of each operation: with 32 of them and more, over 5,000 requests. `make soak` asks for more.
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "160"))
# Of requests that use what came out of those before.
SEQUENCES = int(os.environ.get("FUZZ_SEQUENCES", "10"))
STEPS = 20
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


def operations() -> Iterator[str]:
    app = create_app({**SETTINGS, "DATABASE_URL": "sqlite://"})
    schema = schemathesis.openapi.from_wsgi("/openapi.json", app)
    for operation in schema.get_all_operations():
        yield operation.ok().label


def went_elsewhere(case: schemathesis.Case, status: int) -> bool:
    """Whether what was made up for an id is the name of another path, which has other methods."""
    ids = map(str, (case.path_parameters or {}).values())
    return status == 405 and not all(map(str.isdecimal, ids))


@pytest.fixture(scope="module")
def fuzzed(apps: Callable[..., Flask], databases: Databases) -> Crowd:
    """An admin and a task to begin with, on a database that is not cleaned between requests."""
    people = Crowd(apps(databases.fresh("sqlite", "fuzz")))
    people.root.api.make_task("The first")
    return people


@pytest.mark.parametrize("label", list(operations()))
def test_no_request_breaks_the_contract(fuzzed: Crowd, label: str, record_property: Note) -> None:
    schema = schemathesis.openapi.from_wsgi("/openapi.json", fuzzed.root.app)
    method, path = label.split()
    operation = schema[path][method]
    sent = 0

    @given(
        case=operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
        | operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)
    )
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def send(case: schemathesis.Case) -> None:
        nonlocal sent
        sent += 1
        # A new token each time: the call before may have been the one that revoked it.
        headers = {"Authorization": f"Bearer {fuzzed.root.token()}"}
        answer = case.call(headers=headers)
        if not went_elsewhere(case, answer.status_code):
            case.validate_response(answer, checks=CHECKS, headers=headers)

    send()
    record_property("requests", sent)


@pytest.fixture
def begin_again(app: Flask, people: Crowd) -> Callable[[], None]:
    """Makes the database what it was: each sequence depends on nothing that came before it."""
    people.root.api.make_task("The first")
    live = make_url(app.config["DATABASE_URL"]).database or ""

    def copy(source: str, target: str) -> None:
        with app.app_context():
            close_connections()
        with closing(sqlite3.connect(source)) as one, closing(sqlite3.connect(target)) as other:
            one.backup(other)

    copy(live, f"{live}.kept")
    return lambda: copy(f"{live}.kept", live)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_no_sequence_of_requests_breaks_the_contract(
    people: Crowd, begin_again: Callable[[], None], record_property: Note
) -> None:
    schema = schemathesis.openapi.from_wsgi("/openapi.json", people.root.app)
    sent = 0

    class Sequence(schema.as_state_machine()):
        def setup(self) -> None:
            begin_again()

        def get_call_kwargs(self, case: schemathesis.Case) -> dict[str, Any]:
            return {"headers": {"Authorization": f"Bearer {people.root.token()}"}}

        def validate_response(
            self, response: schemathesis.Response, case: schemathesis.Case, **_: Any
        ) -> None:
            nonlocal sent
            sent += 1
            if not went_elsewhere(case, response.status_code):
                case.validate_response(response, checks=CHECKS)

    run_state_machine_as_test(
        Sequence,
        settings=settings(
            max_examples=SEQUENCES,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert sent > SEQUENCES
    record_property("requests in sequences", sent)
