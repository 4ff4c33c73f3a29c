"""Entity tags: what has not changed is not sent again, what has is not overwritten (RFC 9110)."""

import pytest

from tests.people import Crowd


def test_a_single_object_carries_a_strong_tag_that_every_change_changes(people: Crowd) -> None:
    api = people.alice.api
    made = api.post("/tasks", {"title": "Tagged"})
    path = f"/tasks/{made.json['id']}"
    tags = [
        made.headers["ETag"],
        api.patch(path, {"title": "Other"}).headers["ETag"],
        api.put(f"{path}/status", {"status": "done"}).headers["ETag"],
        api.put(path, {"title": "Other"}).headers["ETag"],
    ]
    assert len(set(tags)) == 4
    assert all(tag.startswith('"') for tag in tags)
    assert api.get(path).headers["ETag"] == tags[-1]
    assert api.call("HEAD", path).headers["ETag"] == tags[-1]
    assert api.patch(path, {"title": "Other"}).headers["ETag"] == tags[-1], "nothing changed"


def test_two_objects_never_share_a_tag(people: Crowd) -> None:
    api = people.alice.api
    first, second = (api.post("/tasks", {"title": "Alike"}) for _ in "12")
    assert first.headers["ETag"] != second.headers["ETag"]


@pytest.mark.parametrize(
    ("condition", "status"),
    [("{tag}", 304), ("W/{tag}", 304), ('"x", {tag}', 304), ("*", 304), ('"x"', 200), ("", 200)],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_what_the_client_has_is_not_sent_again(
    people: Crowd, condition: str, status: int, method: str
) -> None:
    api = people.alice.api
    me = api.get("/users/me")
    headers = {"If-None-Match": condition.format(tag=me.headers["ETag"])}
    response = api.call(method, "/users/me", headers=headers)
    assert response.status_code == status
    assert response.headers["ETag"] == me.headers["ETag"]
    assert response.headers["Cache-Control"] == "private, no-cache"
    if status == 304:
        assert response.data == b""


@pytest.mark.parametrize(
    ("condition", "allowed"),
    [
        ("{tag}", True),
        ('"x", {tag}', True),
        ("*", True),
        ("W/{tag}", False),
        ('"x"', False),
        ('"{id}-0"', False),
        ('"0-{version}"', False),
        ('"{id}-0{version}"', False),
        ('"{id}-"', False),
        ('"{id}-²"', False),
        (f'"{{id}}-{"9" * 5000}"', False),
        ("", False),
        ('""', False),
        (",", False),
        ("nonsense", False),
    ],
)
@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_a_change_happens_only_to_the_version_that_if_match_names(
    people: Crowd, condition: str, allowed: bool, method: str
) -> None:
    api = people.alice.api
    task = api.post("/tasks", {"title": "Before"})
    path, tag = f"/tasks/{task.json['id']}", task.headers["ETag"]
    version = tag.strip('"').partition("-")[2]
    value = condition.format(tag=tag, id=task.json["id"], version=version)

    response = api.call(
        method,
        path,
        headers={"If-Match": value},
        json={"title": "After"},
    )

    if allowed:
        assert response.status_code == (204 if method == "DELETE" else 200)
    else:
        assert response.status_code == 412
        assert response.mimetype == "application/problem+json"
        assert api.get(path).json == task.json


def test_if_match_on_what_is_not_there_is_404(people: Crowd) -> None:
    response = people.alice.api.patch("/tasks/1", {"title": "x"}, headers={"If-Match": "*"})
    assert response.status_code == 404


def test_ones_account_is_guarded_likewise(people: Crowd) -> None:
    api = people.alice.api
    stale = {"If-Match": api.get("/users/me").headers["ETag"]}
    assert api.patch("/users/me", {"timezone": "Asia/Tokyo"}, headers=stale).status_code == 200
    assert api.patch("/users/me", {"timezone": "UTC"}, headers=stale).status_code == 412
    assert api.get("/users/me").json["timezone"] == "Asia/Tokyo"
    assert api.patch("/users/me", {"timezone": "UTC"}, headers={"If-Match": "*"}).status_code == 200


def test_who_reads_with_a_stale_tag_is_told_nothing_but_that(people: Crowd) -> None:
    task = people.alice.api.make_task("Only for those who know its version")
    refusal = people.alice.api.get(f"/tasks/{task['id']}", headers={"If-Match": '"1-99"'})
    assert (refusal.status_code, refusal.mimetype) == (412, "application/problem+json")
    assert task["title"] not in refusal.text


def test_preferences_have_a_tag_of_their_own(people: Crowd) -> None:
    api, path = people.alice.api, "/users/me/preferences"
    tag = api.get(path).headers["ETag"]
    assert api.get(path, headers={"If-None-Match": tag}).status_code == 304
    stale = {"If-Match": tag.replace("-", "-9")}
    assert api.patch(path, {"digest": False}, headers=stale).status_code == 412
    assert api.get(path).json == {"digest": True}
    changed = api.patch(path, {"digest": False}, headers={"If-Match": tag})
    assert (changed.status_code, changed.json) == (200, {"digest": False})
    assert changed.headers["ETag"] == api.get(path).headers["ETag"] != tag
