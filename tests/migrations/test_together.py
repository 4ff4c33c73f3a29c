"""Several nodes that start at once all migrate: the first does it, the others wait for it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect, make_url, text

from scripts.migrate import newest_revision, stored_revision
from tests import servers
from tests.databases import KINDS, Servers, migrate, worker
from tests.live import ROOT, settings_for
from tests.missing import Missing, give_up

MIGRATORS = 3


@pytest.fixture(params=KINDS)
def empty_url(
    request: pytest.FixtureRequest,
    database_servers: Servers,
    tmp_path_factory: pytest.TempPathFactory,
) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path_factory.mktemp('migrators')}/new.db"
    try:
        server = database_servers.url(request.param)
    except Missing as missing:
        give_up(missing)
    return servers.create_database(server, f"taskapp_migrators_{worker(request.config)}")


@pytest.fixture
def sqlite_copy(tmp_path: Path) -> str:
    """The URL of a database of the test's own, at the newest revision."""
    url = f"sqlite:///{tmp_path}/copy.db"
    migrate(url)
    return url


def test_several_migrators_at_once_do_it_once(empty_url: str) -> None:
    migrators = [start_migrator(empty_url) for _ in range(MIGRATORS)]
    said = [migrator.communicate(timeout=120)[0] for migrator in migrators]
    assert [migrator.returncode for migrator in migrators] == [0] * MIGRATORS, "\n".join(said)

    engine = create_engine(make_url(empty_url))
    with engine.connect() as connection:
        newest = connection.scalars(text("SELECT version_num FROM alembic_version")).all()
        assert newest == [newest_revision()]
        assert connection.scalar(text("SELECT count(*) FROM event_counter")) == 1
        assert "tasks" in inspect(connection).get_table_names()
    engine.dispose()


def test_an_embedded_database_goes_to_the_newest_revision_in_one_step(tmp_path: Path) -> None:
    """So no other migrator can come in between two revisions, and do the next one too."""
    path = tmp_path / "new.db"
    seen = set()
    with start_migrator(f"sqlite:///{path}") as migrator:
        while migrator.poll() is None:
            seen.add(stored_revision(path))
    assert migrator.returncode == 0
    assert seen <= {None, newest_revision()}
    assert stored_revision(path) == newest_revision()


def test_an_older_release_leaves_the_database_of_a_newer_one_alone(sqlite_copy: str) -> None:
    engine = create_engine(sqlite_copy)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    migrator = start_migrator(sqlite_copy)
    assert "newer release" in migrator.communicate(timeout=60)[0]
    assert migrator.returncode == 0
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == "9999"
    engine.dispose()


def start_migrator(url: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "scripts/migrate.py"],
        cwd=ROOT,
        env=os.environ | settings_for(url),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
