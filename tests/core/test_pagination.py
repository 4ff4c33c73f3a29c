"""The order of a list, and reading on in it: against Python's own sorting, on every database."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from taskapp.core.errors import Invalid
from taskapp.core.pagination import Page
from taskapp.core.sorting import parse_sort
from taskapp.core.text import stored_key
from taskapp.extensions import db
from taskapp.tasks.models import PRIORITIES, Task
from taskapp.tasks.queries import SORT_KEYS, list_tasks
from tests.people import Crowd

START = datetime(2026, 11, 1, tzinfo=UTC)
NUMBERS = count()


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("title", ["title", "id"]),
        ("-title", ["-title", "-id"]),
        ("-priority,title", ["-priority", "title", "id"]),
        ("priority,-title", ["priority", "-title", "-id"]),
        (" -priority , id", ["-priority", "id"]),
        ("-id,title", ["-id"]),
    ],
)
def test_ties_go_by_id_in_the_direction_of_the_last_key(sort: str, order: list[str]) -> None:
    names = {id(column): name for name, column in SORT_KEYS.items()}
    found = parse_sort(sort, SORT_KEYS)
    assert ["-" * key.descending + names[id(key.column)] for key in found] == order


@pytest.mark.parametrize("sort", ["", "nonsense", "id,", "--id", "title,title", "title,-title"])
def test_what_is_no_order_is_refused(sort: str) -> None:
    with pytest.raises(Invalid) as refusal:
        parse_sort(sort, SORT_KEYS)
    assert list(refusal.value.errors) == ["sort"]


@pytest.mark.parametrize(("total", "pages"), [(0, 0), (1, 1), (20, 1), (21, 2), (40, 2)])
def test_the_last_page_may_be_short(total: int, pages: int) -> None:
    assert Page([], per_page=20, page=1, total=total, next_position=None).pages == pages


ROWS = st.fixed_dictionaries(
    {
        "title": st.text(st.sampled_from("aAbä ~Ω🎉"), min_size=1, max_size=3).filter(str.strip),
        "priority": st.sampled_from(PRIORITIES),
        "due_at": st.none() | st.integers(0, 2).map(lambda day: START + timedelta(days=day)),
        "created_at": st.integers(0, 2).map(lambda part: START + timedelta(microseconds=part)),
        "shared": st.sampled_from(["mine", "assigned", "both"]),
    }
)
KEYS = {
    "title": lambda task: stored_key(task.title),
    "priority": lambda task: PRIORITIES.index(task.priority),
    "due_date": lambda task: task.due_at,
    "created_at": lambda task: task.created_at,
}
SORTS = st.lists(
    st.tuples(st.sampled_from(sorted(KEYS)), st.booleans()),
    min_size=1,
    max_size=3,
    unique_by=lambda key: key[0],
)


@given(rows=st.lists(ROWS, max_size=12), sort=SORTS, per_page=st.integers(1, 5))
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_pages_and_positions_follow_the_same_order(
    app: Flask,
    people: Crowd,
    rows: list[dict[str, Any]],
    sort: list[tuple[str, bool]],
    per_page: int,
) -> None:
    number = next(NUMBERS)
    viewer, other = people.make(f"viewer{number}").actor, people.make(f"other{number}").actor
    words = ",".join("-" * descending + name for name, descending in sort)
    with app.app_context():
        for row in rows:
            shared = row["shared"]
            values = {name: value for name, value in row.items() if name != "shared"}
            owner_id = other.id if shared == "assigned" else viewer.id
            assignee_id = None if shared == "mine" else viewer.id
            db.session.add(Task(user_id=owner_id, assignee_id=assignee_id, **values))
        db.session.commit()
        everything = list_tasks(viewer, {}, sort="id", per_page=100).items
        expected = [task.id for task in in_order(everything, sort)]

        paged, walked, position = [], [], None
        for page in range(1, len(rows) // per_page + 2):
            found = list_tasks(viewer, {}, sort=words, page=page, per_page=per_page)
            assert found.total == len(rows)
            paged += [row.id for row in found.items]
        while True:
            found = list_tasks(viewer, {}, sort=words, per_page=per_page, after=position)
            walked += [row.id for row in found.items]
            position = found.next_position
            if position is None:
                break
    assert paged == walked == expected


def in_order(tasks: Any, sort: list[tuple[str, bool]]) -> list[Any]:
    """Sorted by each key from the last to the first, as Python's sorting is stable."""
    ordered = sorted(tasks, key=lambda task: task.id, reverse=sort[-1][1])
    for name, descending in reversed(sort):
        key = KEYS[name]
        some = [task for task in ordered if key(task) is not None]
        ordered = sorted(some, key=key, reverse=descending) + [t for t in ordered if key(t) is None]
    return ordered
