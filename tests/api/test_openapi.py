"""The OpenAPI document tells of every call, and of nothing else."""

import re
from typing import Any

import pytest
from flask import Flask
from openapi_spec_validator import OpenAPIV31SpecValidator

from taskapp.api.openapi import METHODS
from taskapp.errors import API_BASE

PROBLEM = "application/problem+json"


@pytest.fixture
def document(sqlite_app: Flask) -> dict[str, Any]:
    response = sqlite_app.test_client().get("/openapi.json")
    assert response.status_code == 200
    assert response.mimetype == "application/json"
    return dict(response.json)


def operations(document: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    return {
        (path, method): item[method]
        for path, item in document["paths"].items()
        for method in METHODS
        if method in item
    }


def test_it_is_valid(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    OpenAPIV31SpecValidator(document).validate()


def test_every_route_of_the_api_is_in_it(sqlite_app: Flask, document: dict[str, Any]) -> None:
    routes = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in sqlite_app.url_map.iter_rules()
        if rule.rule.startswith(API_BASE) and not rule.alias
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    assert set(operations(document)) == routes


def test_every_operation_is_described(document: dict[str, Any]) -> None:
    ids = [operation["operationId"] for operation in operations(document).values()]
    assert len(set(ids)) == len(ids)
    for (path, method), operation in operations(document).items():
        where = f"{method} {path}"
        assert operation["summary"], where
        assert operation["tags"], where
        assert "security" in operation, where
        assert {"422", "429", "500", "503"} <= set(operation["responses"]), where
        assert "401" in operation["responses"] or not operation["security"], where
        if "{" in path:
            assert "404" in operation["responses"], where
        if "requestBody" in operation:
            assert {"400", "413", "415"} <= set(operation["responses"]), where
        for parameter in operation["parameters"]:
            assert "$ref" in parameter or parameter["schema"].get("type"), (where, parameter)


def test_every_schema_has_an_example(document: dict[str, Any]) -> None:
    without = [
        name
        for name, schema in document["components"]["schemas"].items()
        if "examples" not in schema
    ]
    assert without == []


@pytest.mark.parametrize("path", ["/docs", "/redoc"])
def test_the_viewers_load_nothing_from_elsewhere(sqlite_app: Flask, path: str) -> None:
    client = sqlite_app.test_client()
    page = client.get(path)
    assert page.status_code == 200
    assert "script-src 'self';" in page.headers["Content-Security-Policy"]
    urls = re.findall(r'(?:src|href|data-document)="([^"]+)"', page.text)
    assert len(urls) >= 3
    for url in urls:
        assert url.startswith("/")
        with client.get(url) as response:
            assert response.status_code == 200
