"""Sort titles alike everywhere, and search the words of tasks by each database's own index.

How a text is cut into words is written out here as it was when this revision was made. What the
application does today stands in taskapp/tasks/words.py; should it differ one day, a revision after
this one fills the columns anew.
"""

import re
import unicodedata

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

BATCH = 1000
# The ASCII characters that are letters or symbols; of the others, all are part of a word.
FTS5 = """
CREATE VIRTUAL TABLE tasks_search USING fts5(
    search_text, content='tasks', content_rowid='id', tokenize="ascii tokenchars '%_$+<=>^`|~'"
)
"""
ADD = "INSERT INTO tasks_search (rowid, search_text) VALUES (new.id, new.search_text);"
REMOVE = """
INSERT INTO tasks_search (tasks_search, rowid, search_text)
VALUES ('delete', old.id, old.search_text);
"""
TRIGGERS = {
    "tasks_search_insert": f"AFTER INSERT ON tasks BEGIN {ADD} END",
    "tasks_search_delete": f"AFTER DELETE ON tasks BEGIN {REMOVE} END",
    "tasks_search_update": f"AFTER UPDATE OF search_text ON tasks BEGIN {REMOVE} {ADD} END",
}
KEY_LENGTH, UNIT_LENGTH = 100, 64
BLANKS = re.compile(r"[\s\x00-\x1f\x7f]+")
# Scripts that are written without blanks between words.
PARTS = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u1950-\u19ff\u1a20-\u1aaf\u1b00-\u1b7f\u2e80-\u2fff"
    "\u3005-\u3007\u3021-\u3029\u3031-\u303c\u3041-\u312f\u31a0-\u4dff\u4e00-\ua4cf\ua980-\ua9ff"
    "\uaa60-\uaadf\uf900-\ufaff\U00016fe0-\U00018dff\U0001aff0-\U0001b2ff\U00020000-\U0003ffff]"
)
TURKISH_I = re.compile("\u0131|i\u0307")


def upgrade() -> None:
    database = op.get_bind().dialect.name
    key = sa.String(100, collation="C" if database == "postgresql" else None)
    text = sa.Text().with_variant(mysql.MEDIUMTEXT(), "mysql", "mariadb")
    empty = sa.text("''" if database != "mysql" else "('')")
    op.add_column("tasks", sa.Column("title_key", key, nullable=False, server_default=empty))
    op.add_column("tasks", sa.Column("city_key", key))
    op.add_column("tasks", sa.Column("search_text", text, nullable=False, server_default=empty))
    fill()
    op.create_index(None, "tasks", ["created_at", "id"])
    op.create_index(None, "tasks", ["assignee_id", "created_at", "id", "user_id"])
    op.drop_index("ix_tasks_assignee_id_created_at_id", "tasks")
    if database == "sqlite":
        # SQLite cannot take the defaults away again; nothing relies on them.
        op.execute(FTS5)
        op.execute("INSERT INTO tasks_search (tasks_search) VALUES ('rebuild')")
        for name, what in TRIGGERS.items():
            op.execute(f"CREATE TRIGGER {name} {what}")
        return
    op.alter_column(
        "tasks", "title_key", existing_type=key, existing_nullable=False, server_default=None
    )
    op.alter_column(
        "tasks", "search_text", existing_type=text, existing_nullable=False, server_default=None
    )
    if database == "postgresql":
        op.alter_column("users", "username_key", type_=sa.String(64, collation="C"))
        op.create_index(
            "tasks_search",
            "tasks",
            [sa.text("array_to_tsvector(string_to_array(ltrim(search_text), ' '))")],
            postgresql_using="gin",
        )
    else:
        op.create_index("tasks_search", "tasks", ["search_text"], mysql_prefix="FULLTEXT")


def fill() -> None:
    """Give the rows that are there what follows from their texts."""
    tasks = sa.table("tasks", *map(sa.column, ("id", "title", "description", "city")))
    connection, last = op.get_bind(), 0
    update = sa.text(
        "UPDATE tasks SET title_key = :title_key, city_key = :city_key, search_text = :search_text"
        " WHERE id = :id"
    )
    some = sa.select(tasks).order_by(tasks.c.id).limit(BATCH)
    while rows := connection.execute(some.where(tasks.c.id > last)).mappings().all():
        texts = [{name: row[name] for name in ("title", "description", "city")} for row in rows]
        derived = [derived_columns(**given) for given in texts]
        ids = [{"id": row["id"]} for row in rows]
        connection.execute(update, [a | b for a, b in zip(ids, derived, strict=True)])
        last = rows[-1]["id"]


def derived_columns(title: str, description: str | None, city: str | None) -> dict[str, str | None]:
    """What sorts and finds a task, from what people see of it."""
    runs = dict.fromkeys(run for each in (title, description) if each for run in runs_of(each))
    return {
        "title_key": stored_key(title),
        "city_key": None if city is None else stored_key(city),
        "search_text": "".join("".join(f" __{unit}" for unit in run) + "." for run in runs),
    }


def stored_key(text: str) -> str:
    """The key by which a name is sorted."""
    return BLANKS.sub(" ", caseless(text)).strip()[:KEY_LENGTH].rstrip()


def runs_of(text: str) -> list[tuple[str, ...]]:
    """The runs of letters and symbols of a text, each as its units."""
    letters = "".join(map(written, TURKISH_I.sub("i", caseless(text))))
    runs = (run.split("\n") for run in letters.split(" "))
    cut = (tuple(unit[:UNIT_LENGTH] for unit in run if unit) for run in runs)
    return [run for run in cut if run]


def written(char: str) -> str:
    """What becomes of a character: a blank between runs, lines between the units of one."""
    category = unicodedata.category(char)
    if category == "Cf" or "\ufe00" <= char <= "\ufe0f":  # cannot be seen
        return ""
    if char in "%_":
        return char
    if category[0] in "PZ" or category in {"Cc", "Cs"}:
        return " "
    return f"\n{char}\n" if category[0] == "S" or category == "Cn" or PARTS.match(char) else char


def caseless(text: str) -> str:
    """Unicode's caseless form (The Unicode Standard, section 3.13, D146)."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def downgrade() -> None:
    database = op.get_bind().dialect.name
    if database == "sqlite":
        for name in TRIGGERS:
            op.execute(f"DROP TRIGGER {name}")
        op.execute("DROP TABLE tasks_search")
    else:
        op.drop_index("tasks_search", "tasks")
    op.create_index(None, "tasks", ["assignee_id", "created_at", "id"])
    op.drop_index("ix_tasks_assignee_id_created_at_id_user_id", "tasks")
    op.drop_index("ix_tasks_created_at_id", "tasks")
    if database == "postgresql":
        op.alter_column("users", "username_key", type_=sa.String(64, collation="default"))
    for column in ("search_text", "city_key", "title_key"):
        op.drop_column("tasks", column)
