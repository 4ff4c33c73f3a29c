"""The API as its clients call it."""

from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

BASE = "/api/v1"


class Api:
    """Calls below the base path, with a token if one is given."""

    def __init__(self, client: FlaskClient, token: str | None = None) -> None:
        self.client = client
        self.token = token

    def call(
        self, method: str, path: str, headers: dict[str, str] | None = None, **kwargs: Any
    ) -> TestResponse:
        given = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return self.client.open(
            BASE + path,
            method=method,
            headers={**given, **(headers or {})},
            buffered=True,  # read to the end and closed, as a server does
            **kwargs,
        )

    def get(self, path: str, **kwargs: Any) -> TestResponse:
        return self.call("GET", path, **kwargs)

    def post(self, path: str, json: Any = None, **kwargs: Any) -> TestResponse:
        return self.call("POST", path, **_body(json, kwargs))

    def put(self, path: str, json: Any = None, **kwargs: Any) -> TestResponse:
        return self.call("PUT", path, **_body(json, kwargs))

    def patch(self, path: str, json: Any = None, **kwargs: Any) -> TestResponse:
        return self.call("PATCH", path, **_body(json, kwargs))

    def delete(self, path: str, **kwargs: Any) -> TestResponse:
        return self.call("DELETE", path, **kwargs)

    def make_task(self, title: str = "Write the report", **fields: Any) -> dict[str, Any]:
        """Create a task and return it."""
        response = self.post("/tasks", {"title": title, **fields})
        assert response.status_code == 201, response.text
        return response.json or {}


def _body(json: Any, kwargs: dict[str, Any]) -> dict[str, Any]:
    return kwargs if json is None else {"json": json, **kwargs}
