"""What pages tell their scripts, and what those may ask for."""

from collections.abc import Callable

from tests.people import Crowd, Person
from tests.web.site import Site

Browse = Callable[[Person], Site]

FRAGMENT = {"X-Fragment": "1"}


def test_a_page_says_how_new_it_is(people: Crowd, browse: Browse, site: Site) -> None:
    assert "data-event" not in site.open("/login").main
    site = browse(people.alice)
    before = int(site.open("/tasks").main["data-event"])
    task = people.alice.api.make_task()
    main = site.open(f"/tasks/{task['id']}").main
    assert int(main["data-event"]) == before + 1
    assert main["data-live"] == f"/tasks/{task['id']}"


def test_a_copy_for_a_script_takes_no_notice_away(people: Crowd, browse: Browse) -> None:
    task = people.alice.api.make_task("Water the plants")
    site, status = browse(people.alice), f"/tasks/{task['id']}/status"
    token = site.open("/tasks").form("/logout").values["csrf_token"]
    site.client.post(status, data={"status": "done", "csrf_token": token})
    assert "Completed" not in site.client.get("/tasks", headers=FRAGMENT).text
    assert "Completed “Water the plants”." in site.open("/tasks").text


def test_single_rows_and_cards_show_what_can_be_seen(people: Crowd, browse: Browse) -> None:
    mine = people.alice.api.make_task("Mine", status="done")
    hidden = people.bob.api.make_task("Hidden")
    site, ids = browse(people.alice), f"{mine['id']},{hidden['id']},0,x,{10**30}"
    for piece in ("rows", "cards"):
        page = site.open(f"/tasks/{piece}?ids={ids}")
        assert "Mine" in page.text
        assert "Hidden" not in page.text
        assert 'class="t-' in page.html
    many = ",".join(map(str, range(1, 302)))
    assert site.open(f"/tasks/rows?ids={many}").status == 422


def test_the_form_learns_what_others_did_since_it_was_opened(people: Crowd, browse: Browse) -> None:
    task = people.alice.api.make_task("Call Omar", priority="low")
    path, edit = f"/tasks/{task['id']}", f"/tasks/{task['id']}/edit"
    site = browse(people.alice)
    page = site.open(edit)
    newer = page.main["data-live"]
    assert newer == f"{edit}?event={page.form(edit).values['event']}"
    assert "changed the priority" not in page.text

    people.root.api.patch(path, {"priority": "high"})
    assert "root changed the priority from Low to High" in site.open(newer).text
    assert "changed the priority" not in site.open(edit).text
    assert site.open(f"{edit}?event=x").status == 200


def test_what_one_did_not_touch_is_taken_over(people: Crowd, browse: Browse) -> None:
    task = people.alice.api.make_task(
        "Call Omar", due_date="2026-12-24", assignee_id=people.bob.id, city="Cairo"
    )
    path, edit = f"/tasks/{task['id']}", f"/tasks/{task['id']}/edit"
    site = browse(people.alice)
    form = site.open(edit).form(edit)
    theirs = {"due_date": "2026-12-31T17:00:00Z", "assignee_id": None, "city": "Alexandria"}
    people.root.api.patch(path, theirs)
    people.root.api.patch(path, {"city": "Giza"})

    page = site.send(form, title="Call Omar at noon", city="Luxor")
    assert page.status == 409
    values = page.form(edit).values
    assert (values["due_date"], values["due_time"]) == ("2026-12-31", "17:00")
    assert values["assignee_id"] == ""
    assert (values["title"], values["city"]) == ("Call Omar at noon", "Luxor")

    site.send(page.form(edit))
    stored = people.alice.api.get(path).json
    assert stored["due_date"] == theirs["due_date"]
    assert stored["city"] == "Luxor"
