"""The commands that carry data: out into a backup and back, to another database, to its owner."""

from pathlib import Path
from typing import NoReturn

import click
from flask import Flask
from flask.cli import with_appcontext
from flask_migrate.cli import db as database
from sqlalchemy.exc import DBAPIError

from taskapp.accounts.services import actor_named
from taskapp.backup.create import create_backup
from taskapp.backup.files import new_file
from taskapp.backup.restore import restore_backup
from taskapp.core.errors import DomainError
from taskapp.core.schema import tables
from taskapp.export.services import export_of, filename_for
from taskapp.moving.copy import copy_to

# As restic has it: the backup is there, but something could not be read.
INCOMPLETE = 3

_File = click.Path(path_type=Path, dir_okay=False)


def register_data_commands(app: Flask) -> None:
    """Attach the commands; `copy-to` stands beside those of Flask-Migrate."""
    app.cli.add_command(backup)
    app.cli.add_command(restore)
    app.cli.add_command(export)
    database.add_command(copy_database)


@click.command("backup")
@click.argument("file", type=_File)
@with_appcontext
def backup(file: Path) -> None:
    """Write the SQLite database and all attached files to FILE, while Taskapp goes on.

    Ends with status 3 when the file of an attachment is lost or damaged.
    """
    try:
        report = create_backup(file)
    except (DomainError, OSError) as refusal:
        _fail(refusal)
    click.echo(f"Backed up {_summary(report.counts, report.files)} to {file}")
    _tell_lacking(report.lacking)
    if report.lacking:
        raise SystemExit(INCOMPLETE)


@click.command("restore")
@click.argument("file", type=_File)
@click.option("--replace", is_flag=True, help="Keep a database that holds data beside the new one.")
@with_appcontext
def restore(file: Path, *, replace: bool) -> None:
    """Put the database and the files of a backup in place. Stop Taskapp first."""
    try:
        done = restore_backup(file, replace=replace)
    except (DomainError, OSError) as refusal:
        _fail(refusal)
    report = done.report
    click.echo(f"Restored {_summary(report.counts, report.files)} from {file}")
    if done.old_revision != report.revision:
        click.echo(f"The schema was brought from {done.old_revision} to {report.revision}.")
    if done.kept:
        click.echo(f"The old database is {done.kept}")
    _tell_lacking(report.lacking)


@click.command("copy-to")
@click.argument("url")
@with_appcontext
def copy_database(url: str) -> None:
    """Copy all data to the empty database at URL: postgresql://…, mysql://… or sqlite:////….

    Stop Taskapp first: what is written meanwhile is not copied. The attached files stay where they
    are, in STORAGE_URL.
    """
    try:
        copied = copy_to(url)
    except DomainError as refusal:
        _fail(refusal)
    except DBAPIError as problem:
        raise click.ClickException(f"Nothing was copied: {problem.orig}") from problem
    for table in copied:
        click.echo(f"{table.rows:>9}  {table.name:<20} {table.checksum[:16]}")
    click.echo("All rows arrived as they were sent. Set DATABASE_URL to the new database.")


@click.command("export")
@click.argument("username")
@click.argument("file", type=_File, required=False)
@with_appcontext
def export(username: str, file: Path | None) -> None:
    """Write all that is a person's own to FILE, a ZIP archive."""
    try:
        owner = actor_named(username)
        file = file or Path(filename_for(owner))
        with new_file(file) as archive:
            archive.writelines(export_of(owner))
    except (DomainError, OSError) as refusal:
        _fail(refusal)
    click.echo(f"Exported the data of {owner.username} to {file}")


def _summary(counts: dict[str, int], files: int) -> str:
    """What has been carried, without the tables that are empty or never are."""
    names = [str(table.name) for table in tables() if not table.info.get("is_seeded")]
    held = [f"{counts[name]} {name.replace('_', ' ')}" for name in names if counts.get(name)]
    return ", ".join([*held, f"{files} files"])


def _tell_lacking(attachments: list[int]) -> None:
    for number in attachments:
        click.echo(f"Attachment {number} has no file, or a damaged one.", err=True)


def _fail(refusal: DomainError | OSError) -> NoReturn:
    raise click.ClickException(str(refusal))
