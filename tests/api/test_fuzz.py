"""Requests generated from the OpenAPI document: no 5xx, and no undocumented answer."""

import os
from collections.abc import Callable, Iterator

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from taskapp import create_app
from tests.databases import Databases
from tests.people import Crowd
from tests.settings import SETTINGS

# Of each operation: with 32 of them and more, over 5,000 requests. `make soak` asks for more.
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "160"))
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


@pytest.fixture(scope="module")
def fuzzed(apps: Callable[..., Flask], databases: Databases) -> Crowd:
    """An admin and a task to begin with, on a database that is not cleaned between requests."""
    people = Crowd(apps(databases.fresh("sqlite", "fuzz")))
    people.root.api.make_task("The first")
    return people


@pytest.mark.parametrize("label", list(operations()))
def test_no_request_breaks_the_contract(fuzzed: Crowd, label: str) -> None:
    schema = schemathesis.openapi.from_wsgi("/openapi.json", fuzzed.root.app)
    method, path = label.split()
    operation = schema[path][method]

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
        # A new token each time: the call before may have been the one that revoked it.
        headers = {"Authorization": f"Bearer {fuzzed.root.token()}"}
        case.call_and_validate(headers=headers, checks=CHECKS)

    send()
