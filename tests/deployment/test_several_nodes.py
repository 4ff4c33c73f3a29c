"""Two nodes behind nginx are one site: whoever answers, and whoever is just restarted."""

import hashlib
import json
import re
from time import sleep

import pytest
import requests

from tests.clients import BASE
from tests.deployment.conftest import SIGN_INS, Site
from tests.deployment.listening import listening
from tests.deployment.nodes import Node
from tests.deployment.writers import event_ids, titles, writing
from tests.people import PASSWORD
from tests.websocket.listening import Ear, wait_until

POLICY_VIOLATION = 1008
MIB = 1024 * 1024
YEAR = "public, max-age=31536000, immutable"
EVIL = {
    "Forwarded": "for=192.0.2.1;host=evil.example;proto=https",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Proto": "https",
}


def test_what_one_node_writes_the_other_tells(site: Site) -> None:
    alice = site.caller("alice")
    ears = [Ear(each.url, alice.token).ready() for each in site.nodes]
    ears.append(Ear(site.url, alice.token).ready())
    for each in site.nodes:
        alice.base = each.url
        task = alice.make_task()
        assert [ear.hear()["task_id"] for ear in ears] == [task["id"]] * 3


def test_limits_count_for_the_client_over_all_nodes(site: Site) -> None:
    """Also for one who claims to come from elsewhere each time."""
    site.forget_limits()
    with requests.Session() as http:
        answers = [
            http.post(
                f"{site.url}{BASE}/auth/login",
                json={"login": "nobody", "password": PASSWORD},
                headers={"X-Forwarded-For": f"192.0.2.{number}"},
                timeout=30,
            ).status_code
            for number in range(SIGN_INS + 2)
        ]
    assert answers == [401] * SIGN_INS + [429] * 2
    wait_until(lambda: all("auth.login" in each.said for each in site.nodes))  # both were asked


def test_what_a_client_says_of_itself_is_not_believed(site: Site) -> None:
    answer = requests.get(f"{site.url}/tasks", headers=EVIL, allow_redirects=False, timeout=30)
    assert answer.status_code == 302
    assert "evil" not in str(answer.headers)
    assert "Strict-Transport-Security" not in answer.headers, "it did not come by HTTPS"
    assert requests.get(f"{site.url}/metrics", timeout=30).status_code == 404


def test_a_page_opens_a_socket_through_nginx_and_another_site_does_not(site: Site) -> None:
    site.forget_limits()
    person = site.caller("browser")
    with requests.Session() as http:
        page = http.get(f"{site.url}/login", timeout=30)
        form = {"csrf_token": re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)[1]}
        form |= {"login": person.username, "password": PASSWORD}
        assert http.post(f"{site.url}/login", data=form, timeout=30).url == f"{site.url}/tasks"
        cookie = {"Cookie": f"session={http.cookies['session']}"}
    assert Ear(site.url, headers=cookie, origin=site.url).hear()["type"] == "ready"
    ear = Ear(site.url, headers=cookie | EVIL, origin="https://evil.example")
    assert ear.closing_code() == POLICY_VIOLATION


def test_nginx_sends_the_files_of_pages_to_be_kept_for_a_year(site: Site) -> None:
    page = requests.get(f"{site.url}/login", timeout=30)
    found = re.findall(r'<(?:link|script)[^>]+(?:href|src)="([^"]+)"', page.text)
    assert len(found) > 10
    for path in found:
        file = requests.get(site.url + path, timeout=30)
        node = requests.get(site.nodes[0].url + path, timeout=30)
        assert "X-Request-ID" not in file.headers, "no node was asked"
        assert file.content == node.content
        assert file.headers["Cache-Control"] == YEAR
        assert file.headers["X-Content-Type-Options"] == "nosniff"
        assert media_type(file) == media_type(node)

    of_another_release = re.sub(r"[0-9a-f]{12}", "0" * 12, found[0], count=1)
    file = requests.get(site.url + of_another_release, timeout=30)
    assert (file.status_code, file.headers.get("Cache-Control")) != (200, YEAR)
    assert "X-Request-ID" in file.headers


@pytest.mark.parametrize(
    ("size", "status"), [(10 * MIB, 201), (10 * MIB + 1, 413), (12 * MIB, 413)]
)
def test_files_come_through_up_to_their_limit(site: Site, size: int, status: int) -> None:
    """Beyond 11 MiB nginx refuses, in the words of the API."""
    caller = site.caller(f"uploads{size}")
    task, content = caller.make_task(), bytes(size)
    headers = {"Authorization": f"Bearer {caller.token}"}
    path = f"{site.url}{BASE}/tasks/{task['id']}/attachments"
    with requests.Session() as http:
        files = {"file": ("zeros.bin", content)}
        answer = http.post(path, files=files, headers=headers, timeout=60)
        assert answer.status_code == status
        if status == 413:
            assert answer.headers["Content-Type"] == "application/problem+json"
            assert {"title", "status", "request_id"} <= answer.json().keys()
        else:
            stored = http.get(f"{path}/{answer.json()['id']}", headers=headers, timeout=60)
            assert hashlib.sha256(stored.content).digest() == hashlib.sha256(content).digest()


def test_what_is_long_is_compressed(site: Site) -> None:
    caller = site.caller("reader")
    for number in range(5):
        caller.make_task(f"Task {number}", description="x" * 1000)
    tasks, page = f"{BASE}/tasks", "/login"
    with requests.Session() as http:
        http.headers["Authorization"] = f"Bearer {caller.token}"
        style = re.search(r'href="([^"]+bootstrap[^"]+css)"', http.get(site.url + page).text)
        for path in (tasks, page, style[1]):
            answer = http.get(site.url + path, timeout=30)
            assert answer.headers["Content-Encoding"] == "gzip", path
            assert "Accept-Encoding" in answer.headers["Vary"], path
            plain = http.get(site.url + path, headers={"Accept-Encoding": "identity"}, timeout=30)
            assert "Content-Encoding" not in plain.headers, path
        assert len(http.get(site.url + tasks, timeout=30).json()["items"]) == 5


def test_a_task_that_came_compressed_is_changed_under_its_tag_once(site: Site) -> None:
    """nginx makes the tag a weak one, by which nobody may change anything."""
    caller = site.caller("changer")
    task = caller.make_task(description="x" * 1000)
    url = f"{site.url}{BASE}/tasks/{task['id']}"
    with requests.Session() as http:
        http.headers["Authorization"] = f"Bearer {caller.token}"
        read = http.get(url, timeout=30)
        assert read.headers["Content-Encoding"] == "gzip"
        tag = {"If-Match": read.headers["ETag"]}
        changes = [
            http.patch(url, json={"title": title}, headers=tag, timeout=30)
            for title in ("The first", "The second")
        ]
        assert [answer.status_code for answer in changes] == [200, 412]
        same = {"If-None-Match": changes[0].headers["ETag"]}
        assert http.get(url, headers=same, timeout=30).status_code == 304


def test_a_node_that_dies_and_a_rolling_restart_lose_nothing(site: Site) -> None:
    bystander = site.caller("bystander")
    listener = site.caller("writer")
    before_titles, before_events = titles(site.app), event_ids(site.app)
    with listening(site.url, listener.token) as heard:
        assert heard.ready.wait(30)
        with writing(site.url, listener.token) as seen:
            first, second = site.nodes
            seen.go_on()
            first.kill()
            seen.go_on()
            first.start().until_ready()
            for each in (first, second):
                seen.go_on()
                restart(each)
            seen.go_on()
        happened = event_ids(site.app)[len(before_events) :]
        wait_until(lambda: len(heard.ids) >= len(happened), seconds=30)

    assert sorted(before_titles + seen.created) == titles(site.app), "each once, and no other"
    # Each once, and in order (`Heard.take`): what is new, and what was missed, which comes later
    # than the new when the client takes long to ask for it.
    assert sorted(heard.ids) == happened
    assert seen.refused == 0, "nginx was there throughout"
    assert seen.answers.keys() <= {201, 409, 502}, seen.answers
    assert bystander.call("GET", "/tasks")["total"] == 0


def restart(each: Node) -> None:
    """As an upgrade does it, one node after the other (docs/deploy.md)."""
    assert each.stop() == 0
    each.start().until_ready()
    sleep(1)  # fail_timeout: until then nginx does not ask it


def test_no_node_is_an_error_that_programs_can_read(site: Site) -> None:
    for each in site.nodes:
        each.stop()
    try:
        answer = requests.get(f"{site.url}{BASE}/", timeout=30)
        assert answer.status_code == 502
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert json.loads(answer.text)["status"] == 502
    finally:
        for each in site.nodes:
            each.start()
        for each in site.nodes:
            each.until_ready()


def media_type(answer: requests.Response) -> str:
    """Without the charset; the older name of JavaScript is the same."""
    name = answer.headers["Content-Type"].partition(";")[0]
    return name.replace("application/javascript", "text/javascript")
