"""Access tokens in the settings."""

from collections.abc import Callable

import pytest

from tests.clients import Api
from tests.people import Crowd, Person
from tests.web.site import Site

Browse = Callable[[Person], Site]
PATH = "/settings/tokens"


def test_a_token_is_made_shown_once_and_revoked(people: Crowd, browse: Browse) -> None:
    site = browse(people.alice)
    page = site.submit(
        "/settings", PATH, name="Report", scopes=["tasks:read"], expires_in_days="30"
    )
    [token] = [word for word in page.text.split() if word.startswith("taskapp_")]
    assert page.headers["Cache-Control"] == "no-store"
    api = Api(people.alice.api.client, token)
    assert api.get("/tasks").status_code == 200
    assert api.post("/tasks", {"title": "x"}).status_code == 403

    page = site.open("/settings")
    assert token not in page.html
    assert "Report" in page.text
    assert "last used" in page.text
    [revoke] = [form for form in page.forms if form.action.endswith("/revoke")]
    assert "That token is revoked." in site.send(revoke).text
    assert api.get("/tasks").status_code == 401


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ({"name": ""}, "Say what it is for."),
        ({"name": "x" * 65}, "Use 1 to 64 characters."),
        ({"scopes": []}, "Choose what it may do."),
        ({"scopes": ["everything"]}, "is not a valid choice"),
        ({"expires_in_days": "9999"}, "Not a valid choice."),
    ],
)
def test_a_bad_token_says_what_is_wrong(
    people: Crowd, browse: Browse, values: dict[str, object], complaint: str
) -> None:
    given = {"name": "Report", "scopes": ["tasks:read"], "expires_in_days": "30"} | values
    page = browse(people.alice).submit("/settings", PATH, **given)
    assert page.status == 422
    assert complaint in page.text
    assert people.alice.api.get("/users/me/tokens").json["items"] == []


def test_nobody_revokes_the_tokens_of_others(people: Crowd, browse: Browse) -> None:
    body = {"name": "Report", "scopes": ["tasks:read"]}
    token = people.alice.api.post("/users/me/tokens", body).json
    site = browse(people.mallory)
    csrf = site.open("/settings").forms[-1].values["csrf_token"]
    answer = site.client.post(f"{PATH}/{token['id']}/revoke", data={"csrf_token": csrf})
    assert answer.status_code == 404
    assert Api(site.client, token["token"]).get("/tasks").status_code == 200
