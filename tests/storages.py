"""Fixtures for the places where files lie: a folder, and a server that speaks S3.

`storage` runs a test on both, each empty at first. `files_app` is the application with files on
disk and every database in turn, and with files in S3.
"""

from collections.abc import Callable, Iterator

import boto3
import pytest
from flask import Flask
from moto.server import ThreadedMotoServer

from taskapp.attachments.storage import storage as storage_of_app
from taskapp.core.time import LATEST
from tests.databases import KINDS, Databases
from tests.missing import Missing, give_up

BUCKET = "taskapp-files"


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    """The address of an S3 server with one bucket, and credentials for it in the environment."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "tests")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "tests")
        host, port = server.get_host_and_port()
        endpoint = f"http://{host}:{port}"
        boto3.client("s3", endpoint_url=endpoint).create_bucket(Bucket=BUCKET)
        yield endpoint
    server.stop()


@pytest.fixture
def make_files_app(
    request: pytest.FixtureRequest, apps: Callable[..., Flask], databases: Databases
) -> Callable[[str, str], Flask]:
    """`make_files_app("sqlite", "s3")`: an application without rows and without files."""

    def make(database: str, kind: str) -> Flask:
        try:
            url = databases.fresh(database)
        except Missing as missing:
            give_up(missing)
        settings = {}
        if kind == "s3":
            endpoint = request.getfixturevalue("s3_endpoint")
            settings = {"STORAGE_URL": f"s3://{BUCKET}/some/prefix", "S3_ENDPOINT_URL": endpoint}
        app = apps(url, **settings)
        with app.app_context():
            storage_of_app().delete(stored_keys(app))
        return app

    return make


@pytest.fixture(
    params=[*((database, "disk") for database in KINDS), ("sqlite", "s3")], ids="-".join
)
def files_app(request: pytest.FixtureRequest, make_files_app: Callable[[str, str], Flask]) -> Flask:
    return make_files_app(*request.param)


def stored_keys(app: Flask) -> set[str]:
    """The keys of every file in the storage, also of those that no row speaks of."""
    with app.app_context():
        return set(storage_of_app().keys(stored_before=LATEST))
