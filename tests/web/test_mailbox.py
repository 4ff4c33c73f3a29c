"""A forgotten password, one's address and the morning mail, on pages."""

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from flask import Flask

from tests.mail.postbox import Postbox, links
from tests.people import PASSWORD, Crowd, Person
from tests.web.site import Site

RunJobs = Callable[[Flask], list[str | None]]
NEW = "quite another password"


@pytest.fixture
def app(apps: Callable[..., Flask], sqlite_url: str, postbox: Postbox) -> Flask:
    return apps(sqlite_url, MAIL_URL=postbox.url, PUBLIC_URL="https://tasks.example.org")


@pytest.fixture
def mailed_path(app: Flask, postbox: Postbox, run_jobs: RunJobs) -> Callable[[], str]:
    """The address, on this site, of the link in the newest mail."""

    def read() -> str:
        run_jobs(app)
        url = urlsplit(links(postbox.mails[-1])[0])
        return f"{url.path}?{url.query}"

    return read


def ask(site: Site, address: str) -> str:
    """Follow the link on the sign-in page, and give an address."""
    path = site.open("/login").links["Forgot your password?"]
    return site.submit(path, "/password-reset", email=address).text


def test_a_forgotten_password_is_set_anew(
    site: Site, people: Crowd, mailed_path: Callable[[], str]
) -> None:
    assert "Check your mail" in ask(site, people.alice.email)
    path = mailed_path()
    page = site.open(path)
    assert "For alice." in page.text
    refused = site.submit(path, "/password-reset/new", new_password="short")
    assert refused.status == 422
    assert "Use at least 8 characters." in refused.text

    done = site.submit(path, "/password-reset/new", new_password=NEW)
    assert done.address == "/login"
    assert "Your password is set. Sign in with it." in done.text
    assert site.sign_in("alice", PASSWORD).status == 401
    assert site.sign_in("alice", NEW).address == "/tasks"

    dead = site.open(path)
    assert dead.status == 404
    assert "This link is not good" in dead.text


def test_the_page_says_the_same_of_an_address_that_nobody_has(site: Site, people: Crowd) -> None:
    assert ask(site, people.alice.email) == ask(site, "nobody@example.org")


def test_what_is_no_address_is_said_beside_the_field(site: Site) -> None:
    for address, complaint in (("x", "This is not a valid e-mail"), ("", "Type the address of")):
        page = site.submit("/password-reset", "/password-reset", email=address)
        assert page.status == 422
        assert complaint in page.text


def test_the_second_of_two_tabs_is_told(
    site: Site, people: Crowd, mailed_path: Callable[[], str]
) -> None:
    ask(site, people.alice.email)
    path = mailed_path()
    one, two = (site.open(path).form("/password-reset/new") for _ in range(2))
    assert site.send(one, new_password=NEW).address == "/login"
    late = site.send(two, new_password="of the other tab")
    assert late.status == 404
    assert "was used already" in late.text
    assert site.sign_in("alice", NEW).status == 200


def test_opening_the_link_is_not_confirming(
    people: Crowd, browse: Callable[[Person], Site], site: Site, mailed_path: Callable[[], str]
) -> None:
    browser = browse(people.alice)
    path = mailed_path()
    for _ in range(2):  # a mail program looks first, and then its user
        assert site.open(path).status == 200
    assert "is not confirmed yet" in browser.open("/settings").text
    # The link may be opened where nobody is signed in.
    confirmed = site.submit(path, "/verify")
    assert confirmed.address == "/login"
    assert "Your address is confirmed." in confirmed.text
    assert "alice@example.org is confirmed." in browser.open("/settings").text
    assert site.open(path).status == 404


def test_the_settings_send_the_link_again(
    people: Crowd,
    browse: Callable[[Person], Site],
    postbox: Postbox,
    mailed_path: Callable[[], str],
) -> None:
    site = browse(people.alice)
    first = mailed_path()
    said = site.submit("/settings", "/settings/verify")
    assert "A mail with a link is on its way." in said.text
    again = mailed_path()
    assert again != first
    assert site.submit(again, "/verify").address == "/settings"
    assert site.open(first).status == 200, "the older one still tells the truth"
    assert "/settings/verify" not in site.open("/settings").html


def test_a_new_address_is_confirmed_anew(
    people: Crowd, browse: Callable[[Person], Site], mailed_path: Callable[[], str]
) -> None:
    site = browse(people.alice)
    site.submit(mailed_path(), "/verify")
    address = {"email": "new@example.org", "current_password": PASSWORD}
    page = site.submit("/settings", "/settings/email", **address)
    assert "new@example.org is not confirmed yet" in page.text


def test_the_morning_mail_is_switched_off_and_on(
    people: Crowd, browse: Callable[[Person], Site]
) -> None:
    site = browse(people.alice)
    off = site.submit("/settings", "/settings/digest", digest="off")
    assert "The morning mail is switched off." in off.text
    assert people.alice.api.get("/users/me/preferences").json == {"digest": False}
    on = site.submit("/settings", "/settings/digest", digest="on")
    assert "The morning mail is switched on." in on.text


def test_links_that_were_made_up_lead_nowhere(site: Site) -> None:
    for path in ("/verify", "/verify?token=x", "/password-reset/new?token=", "/unsubscribe"):
        assert site.open(path).status == 404


def test_asking_is_limited_for_each_address_of_the_network(
    apps: Callable[..., Flask], sqlite_url: str
) -> None:
    app = apps(sqlite_url, RATELIMIT_ENABLED=True, RATELIMIT_AUTH="2 per minute")
    site, body = Site(app.test_client()), {"email": "alice@example.org"}
    for _ in range(2):
        assert "Check your mail" in ask(site, body["email"])
    assert site.submit("/password-reset", "/password-reset", **body).status == 429
    client = app.test_client()
    assert client.post("/api/v1/auth/password-reset", json=body).status_code == 429
    change = {"token": "x", "new_password": NEW}
    refused = client.post("/api/v1/auth/password-reset/confirm", json=change)
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
