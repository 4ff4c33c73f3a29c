"""Finding tasks by their words (`tasks.words` says what is found).

A LIKE on the stored words decides, the same on every database. Before it, each database's own index
(migration 0004) narrows the rows to candidates: never fewer than the LIKE will find.
"""

import re
from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import (
    BindParameter,
    Boolean,
    ColumnElement,
    Select,
    bindparam,
    cast,
    func,
    literal_column,
    select,
    table,
)
from sqlalchemy.dialects.mysql import match
from sqlalchemy.dialects.postgresql import TSQUERY

from taskapp.core.errors import Invalid
from taskapp.extensions import db
from taskapp.tasks.models import Task
from taskapp.tasks.words import Run, marked, pattern_of, runs_of

MAX_LENGTH = 200
MAX_WORDS = 20
# A shorter beginning is that of too many words: to fetch what it finds costs more than to look.
_WORTH_LOOKING_UP = 3
# The letters that every version of MySQL and MariaDB takes for letters, too.
_LETTERS_OF_MYSQL = re.compile(f"[0-9a-z_ß-öø-ſά-ώа-џ]{{{_WORTH_LOOKING_UP},}}")
_LIKE, _LOOK_UP = "like_", "look_up_"


def search_parameters(q: str) -> dict[str, str]:
    """The parameters of a search: every run that must be there, and what to ask the index for.

    Raises Invalid when there are too many words.
    """
    runs = dict.fromkeys(runs_of(q))
    if len(q) > MAX_LENGTH or len(runs) > MAX_WORDS:
        raise Invalid({"q": [f"Use at most {MAX_WORDS} words and {MAX_LENGTH} characters."]})
    bound = {f"{_LIKE}{number}": _like(run) for number, run in enumerate(runs)}
    database = db.engine.dialect.name
    if wanted := _QUERIES[database](runs):
        bound[_LOOK_UP + database] = wanted
    return bound


def search_conditions(names: Collection[str]) -> list[ColumnElement[bool]]:
    """The conditions of those of the parameters that are a search's."""
    conditions: list[ColumnElement[bool]] = []
    for name in names:
        if name.startswith(_LOOK_UP):
            conditions.append(_LOOK_UPS[name.removeprefix(_LOOK_UP)](bindparam(name)))
        elif name.startswith(_LIKE):
            conditions.append(Task.search_text.like(bindparam(name), escape="/"))
    return conditions


def is_search(names: Collection[str]) -> bool:
    """Whether any of the parameters is a search's."""
    return any(name.startswith((_LIKE, _LOOK_UP)) for name in names)


def _like(run: Run) -> str:
    return "%" + re.sub("[%_/]", r"/\g<0>", pattern_of(run)) + "%"


def _gin_query(runs: Iterable[Run]) -> str:
    """Every unit is a lexeme; the last of a run need only begin with what is given."""
    lexemes = [_lexeme(unit) for run in runs for unit in run[:-1]]
    lexemes += [f"{_lexeme(run[-1])}:*" for run in runs]
    return " & ".join(lexemes)


def _lexeme(unit: str) -> str:
    return "'" + marked(unit).replace("\\", "\\\\").replace("'", "''") + "'"


def _fts5_query(runs: Iterable[Run]) -> str:
    """Every run is a phrase whose last word need only begin with what is given."""
    return " ".join(
        '"' + " ".join(map(marked, run)) + '" *'
        for run in runs
        if len(run) > 1 or len(run[0]) >= _WORTH_LOOKING_UP
    )


def _fulltext_query(runs: Iterable[Run]) -> str:
    """Units are found by the letters that they begin with."""
    beginnings = [_LETTERS_OF_MYSQL.match(unit) for run in runs for unit in run]
    return " ".join(f"+{marked(beginning.group())}*" for beginning in beginnings if beginning)


def _in_gin(wanted: BindParameter[str]) -> ColumnElement[bool]:
    return _LEXEMES.op("@@", return_type=Boolean())(cast(wanted, TSQUERY))


def _in_fts5(wanted: BindParameter[str]) -> ColumnElement[bool]:
    rows: Select[Any] = select(literal_column("rowid")).select_from(table("tasks_search"))
    return Task.id.in_(rows.where(literal_column("tasks_search").op("MATCH")(wanted)))


def _in_fulltext(wanted: BindParameter[str]) -> ColumnElement[bool]:
    return match(Task.__table__.c.search_text, against=wanted).in_boolean_mode()


# As in the index, word for word: a bound parameter would keep PostgreSQL from recognising it.
_LEXEMES = func.array_to_tsvector(
    func.string_to_array(func.ltrim(Task.search_text), literal_column("' '"))
)

_QUERIES = {
    "postgresql": _gin_query,
    "sqlite": _fts5_query,
    "mysql": _fulltext_query,
    "mariadb": _fulltext_query,
}
_LOOK_UPS = {
    "postgresql": _in_gin,
    "sqlite": _in_fts5,
    "mysql": _in_fulltext,
    "mariadb": _in_fulltext,
}
