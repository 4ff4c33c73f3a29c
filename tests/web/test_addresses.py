"""Addresses in templates: put together by us, and the same as Flask's."""

from typing import Any

import flask
import pytest
from flask import Flask
from werkzeug.routing import BuildError


def both(app: Flask, root: str, endpoint: str, **values: Any) -> tuple[str, str]:
    """What templates say, and what Flask says, where the application lies at `root`."""
    with app.test_request_context("/tasks", base_url=f"http://localhost{root}"):
        said: str = app.jinja_env.globals["url_for"](endpoint, **values)  # type: ignore[operator]
        return said, flask.url_for(endpoint, **values)


@pytest.mark.parametrize("root", ["", "/tools/taskapp"])
def test_templates_name_every_page_as_flask_does(app: Flask, root: str) -> None:
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("web.")]
    assert len(rules) > 50
    for rule in rules:
        values: dict[str, Any] = dict.fromkeys(rule.arguments, 2**40)
        ours, flasks = both(app, root, rule.endpoint, **values)
        assert ours == flasks
        assert ours.startswith(f"{root}/")
        ours, flasks = both(app, root, rule.endpoint, **values, q="größer & more", page=None)
        assert ours == flasks


def test_files_keep_the_mark_of_their_content(app: Flask) -> None:
    for root in ("", "/tools/taskapp", ""):
        ours, flasks = both(app, root, "static", filename="css/base.css")
        assert ours == flasks != f"{root}/static/css/base.css"


def test_an_address_that_there_is_not_is_a_mistake_that_is_seen(app: Flask) -> None:
    with app.test_request_context():
        say: Any = app.jinja_env.globals["url_for"]
        with pytest.raises(BuildError):
            say("web.tasks.no_such_page")
        with pytest.raises(BuildError):
            say("web.tasks.show_task")
        with pytest.raises(ValueError, match="format code"):
            say("web.tasks.show_task", task_id="//elsewhere")
