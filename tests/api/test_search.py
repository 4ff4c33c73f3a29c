"""`q` of GET /tasks (contract §3): the same words find the same tasks on every database."""

# ruff: noqa: RUF001 - letters that look like others are what this is about

import re
from itertools import count
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from taskapp.accounts.actor import Actor
from taskapp.extensions import db
from taskapp.tasks.models import Task
from taskapp.tasks.queries import list_tasks
from taskapp.tasks.words import Run, runs_of
from tests.people import Crowd

TITLES = [
    "Buy milk and eggs",
    "Milkshake for Anna",
    "100% of the budget",
    "1000 cranes",
    "a_b testing",
    "axb testing",
    "Learn C++ today",
    "Learn C today",
    "Große Straße",
    "IŞIK ve ISPARTA",
    "İstanbul'a git",
    "ΟΔΟΣ Σίσυφος",
    "Позвонить МАМЕ",
    "Café résumé",
    "Cafe resume",
    "Party 🎉🎊 tonight",
    "كتابة التقرير",
    "明天去北京开会",
    "上海 出差",
    "東京タワー",
    "ประชุมพรุ่งนี้",
    "한국어 공부하기",
    'The "quoted" AND (nested) title',
    "near-miss NOT or* report:x",
    "back\\slash it's 'single'",
    "To be or not to be",
    "e-mail Bob",
]


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("milk", ["Buy milk and eggs", "Milkshake for Anna"]),
        ("MILK eggs", ["Buy milk and eggs"]),
        ("eggs milk", ["Buy milk and eggs"]),
        ("ilk", []),
        ("milkshakes", []),
        ("100%", ["100% of the budget"]),
        ("100", ["100% of the budget", "1000 cranes"]),
        ("%", []),
        ("_", []),
        ("a_b", ["a_b testing"]),
        ("c++", ["Learn C++ today"]),
        ("c+", ["Learn C++ today"]),
        ("+", ["Learn C++ today"]),
        ("STRASSE", ["Große Straße"]),
        ("groß", ["Große Straße"]),
        ("ışık", ["IŞIK ve ISPARTA"]),
        ("isparta", ["IŞIK ve ISPARTA"]),
        ("istanbul", ["İstanbul'a git"]),
        ("İSTANBUL", ["İstanbul'a git"]),
        ("οδος σίσυφοσ", ["ΟΔΟΣ Σίσυφος"]),
        ("мам", ["Позвонить МАМЕ"]),
        ("café", ["Café résumé"]),
        ("cafe", ["Cafe resume"]),
        ("cafe\u0301", ["Café résumé"]),
        ("🎉", ["Party 🎉🎊 tonight"]),
        ("🎊", ["Party 🎉🎊 tonight"]),
        ("🎉🎊", ["Party 🎉🎊 tonight"]),
        ("🎊🎉", []),
        ("التقرير", ["كتابة التقرير"]),
        ("كتا", ["كتابة التقرير"]),
        ("北京", ["明天去北京开会"]),
        ("京", ["明天去北京开会", "東京タワー"]),
        ("北开", []),
        ("海出", []),
        ("海 出", ["上海 出差"]),
        ("タワ", ["東京タワー"]),
        ("ﾀﾜｰ", ["東京タワー"]),
        ("พรุ่งนี้", ["ประชุมพรุ่งนี้"]),
        ("공부", ["한국어 공부하기"]),
        ("국어", []),
        ('"quoted"', ['The "quoted" AND (nested) title']),
        ('"', "all"),
        ("AND", ["Buy milk and eggs", 'The "quoted" AND (nested) title']),
        ("milk AND cranes", []),
        ("milk OR cranes", []),
        ("nested)", ['The "quoted" AND (nested) title']),
        ("NEAR", ["near-miss NOT or* report:x"]),
        ("NEAR(near miss)", ["near-miss NOT or* report:x"]),
        ("-milk", ["Buy milk and eggs", "Milkshake for Anna"]),
        ("mil*", ["Buy milk and eggs", "Milkshake for Anna"]),
        ("report:x", ["near-miss NOT or* report:x"]),
        ("search_text : milk", []),
        ("back\\slash", ["back\\slash it's 'single'"]),
        ("'single'", ["back\\slash it's 'single'"]),
        ("' | ! & <-> :*", []),
        ("to be", ["To be or not to be"]),
        ("the", ["100% of the budget", 'The "quoted" AND (nested) title']),
        ("e mail", ["e-mail Bob"]),
        ("!?", "all"),
        ("   ", "all"),
        ("", "all"),
    ],
)
def test_words_find_what_has_them_all(people: Crowd, q: str, found: list[str] | str) -> None:
    for title in TITLES:
        people.alice.api.make_task(title)
    response = people.alice.api.get("/tasks", query_string={"q": q, "per_page": 100, "sort": "id"})
    titles = [task["title"] for task in response.json["items"]]
    assert titles == (TITLES if found == "all" else found)
    assert response.json["total"] == len(titles)


def test_a_word_may_stand_in_the_title_or_the_description(people: Crowd) -> None:
    api = people.alice.api
    task = api.make_task("Quarterly report", description="For the board, by Friday")

    def found(q: str) -> list[int]:
        return [item["id"] for item in api.get("/tasks", query_string={"q": q}).json["items"]]

    assert found("report friday") == [task["id"]]
    api.patch(f"/tasks/{task['id']}", {"description": "For nobody"})
    assert found("friday") == []
    assert found("report nobody") == [task["id"]]
    api.put(f"/tasks/{task['id']}", {"title": "Gone"})
    assert found("report") == []
    assert found("gone") == [task["id"]]
    api.delete(f"/tasks/{task['id']}")
    assert found("gone") == []


def test_one_finds_only_what_one_may_see(people: Crowd) -> None:
    own = people.alice.api.make_task("Secret plan")
    shared = people.bob.api.make_task("Secret plan, shared", assignee_id=people.alice.id)
    hidden = people.bob.api.make_task("Secret plan of Bob")

    def found(person: Any) -> list[int]:
        return [task["id"] for task in person.api.get("/tasks?q=secret&sort=id").json["items"]]

    assert found(people.alice) == [own["id"], shared["id"]]
    assert found(people.root) == [own["id"], shared["id"], hidden["id"]]


def test_a_search_is_read_in_pages_and_on_by_cursor(people: Crowd) -> None:
    api = people.alice.api
    made = [api.make_task(f"Report {number}")["id"] for number in range(5)]
    first = api.get("/tasks?q=report&per_page=2&sort=id").json
    assert (first["total"], first["pages"]) == (5, 3)
    second = api.get(f"/tasks?q=report&per_page=2&sort=id&cursor={first['next_cursor']}").json
    assert [task["id"] for task in first["items"] + second["items"]] == made[:4]
    past = api.get("/tasks?q=report&page=9").json
    assert (past["items"], past["total"]) == ([], 5)


@pytest.mark.parametrize(
    ("q", "status"),
    [
        (" ".join(f"w{number}" for number in range(20)), 200),
        (" ".join(f"w{number}" for number in range(21)), 422),
        ("x" * 200, 200),
        ("x" * 201, 422),
        ("\ufdfa" * 200, 200),
        ("a\x00b", 422),
    ],
)
def test_a_search_has_a_limit(people: Crowd, q: str, status: int) -> None:
    response = people.alice.api.get("/tasks", query_string={"q": q})
    assert response.status_code == status
    if status == 422:
        assert list(response.json["errors"]) == ["q"]


# The definition of `tasks.words` in plain Python, against what each database finds.

ALPHABET = "ab c1İıßé_%'\"\\+*-.:手机ไ🎉Σς\t"
TEXTS = st.text(st.sampled_from(ALPHABET), min_size=1, max_size=12).filter(str.strip)
ANY_TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12).filter(
    str.strip
)
NUMBERS = count()


def finds(q: str, *texts: str) -> bool:
    stored = [run for text in texts for run in runs_of(text)]
    return all(any(stands_in(wanted, run) for run in stored) for wanted in runs_of(q))


def stands_in(wanted: Run, run: Run) -> bool:
    starts = range(len(run) - len(wanted) + 1)
    pieces = (run[start : start + len(wanted)] for start in starts)
    return any(p[:-1] == wanted[:-1] and p[-1].startswith(wanted[-1]) for p in pieces)


@given(
    tasks=st.lists(st.tuples(TEXTS, TEXTS) | st.tuples(ANY_TEXTS, ANY_TEXTS), max_size=6),
    queries=st.lists(TEXTS | ANY_TEXTS, max_size=4),
    cut=st.tuples(st.integers(0, 5), st.integers(0, 4), st.integers(1, 4)),
)
@settings(
    max_examples=50,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_every_database_finds_what_the_definition_says(
    app: Flask,
    people: Crowd,
    tasks: list[tuple[str, str]],
    queries: list[str],
    cut: tuple[int, int, int],
) -> None:
    owner = people.make(f"owner{next(NUMBERS)}").actor
    if tasks:  # pieces of what is there, as it is and closed up, so that something is found
        text = tasks[cut[0] % len(tasks)][1]
        queries = [*queries, text[cut[1] : cut[1] + cut[2]], re.sub(r"[\s.:*-]", "", text)]
    with app.app_context():
        for title, description in tasks:
            db.session.add(Task(user_id=owner.id, title=title, description=description))
        db.session.commit()
        for q in queries:
            expected = sorted(texts for texts in tasks if finds(q, *texts))
            assert found_by(owner, q) == expected


def found_by(owner: Actor, q: str) -> list[tuple[str, str]]:
    rows = list_tasks(owner, {"q": q}, per_page=100).items
    return sorted((row.title, row.description) for row in rows)
