"""Several nodes that start at once all migrate: the first does it, the others wait for it."""

import os
import subprocess
import sys

import pytest
from sqlalchemy import create_engine, inspect, make_url, text

from tests import servers
from tests.databases import KINDS, Servers, worker
from tests.live import ROOT, settings_for
from tests.missing import Missing, give_up

MIGRATORS = 4


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


def test_several_migrators_at_once_do_it_once(empty_url: str) -> None:
    migrators = [
        subprocess.Popen(
            [sys.executable, "scripts/migrate.py"],
            cwd=ROOT,
            env=os.environ | settings_for(empty_url),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for _ in range(MIGRATORS)
    ]
    said = [migrator.communicate(timeout=120)[0] for migrator in migrators]
    assert [migrator.returncode for migrator in migrators] == [0] * MIGRATORS, "\n".join(said)

    engine = create_engine(make_url(empty_url))
    with engine.connect() as connection:
        newest = connection.scalars(text("SELECT version_num FROM alembic_version")).all()
        assert newest == [
            max(path.name for path in (ROOT / "migrations/versions").glob("*.py"))[:4]
        ]
        assert connection.scalar(text("SELECT count(*) FROM event_counter")) == 1
        assert "tasks" in inspect(connection).get_table_names()
    engine.dispose()
