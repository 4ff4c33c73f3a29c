"""The flask command's own commands: `flask --app wsgi users …`."""

import os
import secrets
from pathlib import Path
from typing import NoReturn

import click
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext
from sqlalchemy import select

from taskapp import demo
from taskapp.accounts import second_factor, services
from taskapp.accounts.models import User
from taskapp.attachments.integrity import find_lacking
from taskapp.attachments.sweep import sweep_orphans
from taskapp.cli_data import register_data_commands
from taskapp.core.database import read_all
from taskapp.core.errors import DomainError
from taskapp.core.time import now
from taskapp.events.services import forget_events
from taskapp.extensions import db
from taskapp.jobs.queue import queue
from taskapp.membership import services as membership
from taskapp.web.assets import collect_assets

users = AppGroup("users", help="Manage accounts.")
attachments = AppGroup("attachments", help="Look after attached files.")
events = AppGroup("events", help="Manage the log of events.")
assets = AppGroup("assets", help="Styles, scripts and fonts.")


def register_commands(app: Flask) -> None:
    """Attach the commands."""
    app.cli.add_command(users)
    app.cli.add_command(attachments)
    app.cli.add_command(fill_demo)
    app.cli.add_command(events)
    app.cli.add_command(run_jobs)
    app.cli.add_command(assets)
    register_data_commands(app)


@users.command("create-admin")
@click.option("--username", required=True)
@click.option("--email", required=True)
def create_admin(username: str, email: str) -> None:
    """Create an administrator; the password comes from TASKAPP_PASSWORD or a prompt."""
    try:
        services.create_account(
            username=username, email=email, password=_password(), role="admin", is_verified=True
        )
    except DomainError as refusal:
        _fail(refusal)
    db.session.commit()
    click.echo(f"Created the administrator {username}.")


@users.command("list")
def list_users() -> None:
    """List every account."""
    for user in read_all(select(User.__table__).order_by(User.id)):
        state = "active" if user.is_active else "inactive"
        click.echo(f"{user.id}\t{user.username}\t{user.email or '-'}\t{user.role}\t{state}")


@users.command("set-password")
@click.option("--username", required=True, help="The name or the address.")
def set_password(username: str) -> None:
    """Set a user's password and end all of the user's sessions."""
    try:
        services.set_password(username, _password())
    except DomainError as refusal:
        _fail(refusal)
    db.session.commit()
    click.echo(f"The password of {username} is set; its sessions have ended.")


@users.command("delete")
@click.option("--username", required=True, help="The name or the address.")
@click.confirmation_option(prompt="The account goes with its tasks, files and records. Delete it?")
def delete_user(username: str) -> None:
    """Delete an account with all that is its own."""
    try:
        membership.delete_account(username)
    except DomainError as refusal:
        _fail(refusal)
    db.session.commit()
    click.echo(f"Deleted {username}.")


@users.command("reset-2fa")
@click.option("--username", required=True, help="The name or the address.")
def reset_second_factor(username: str) -> None:
    """Remove the second factor of a user who has lost it, and the recovery codes."""
    try:
        second_factor.reset_lost(services.get_id(username))
    except DomainError as refusal:
        _fail(refusal)
    db.session.commit()
    click.echo(f"{username} signs in with the password alone now.")


@attachments.command("sweep")
def sweep() -> None:
    """Remove files that belong to no attachment; crashes can leave some. Run it once a day."""
    click.echo(f"Files removed: {sweep_orphans()}")


@attachments.command("check")
def check_files() -> None:
    """Read every file, and name the attachments whose file is lost or altered."""
    is_whole = True
    for row in find_lacking():
        is_whole = False
        click.echo(f"Attachment {row.id} of task {row.task_id}, {row.filename}: lost or altered")
    if not is_whole:
        raise SystemExit(1)
    click.echo("Every file is there, and is what it was.")


@click.command("demo")
@with_appcontext
def fill_demo() -> None:
    """Add five people and a month of their work to look at.

    Their password is TASKAPP_PASSWORD, or made up and shown once.
    """
    names = ", ".join(demo.usernames())
    if demo.is_there():
        click.echo(f"The demo is already there: {names}. Nothing was changed.")
        click.echo("A forgotten password is set anew by: flask --app wsgi users set-password")
        return
    password = os.environ.get("TASKAPP_PASSWORD") or secrets.token_urlsafe(9)
    try:
        demo.fill(password)
    except DomainError as refusal:
        _fail(refusal)
    db.session.commit()
    click.echo(f"Sign in as {names} (the first is an admin) with the password {password}")


@events.command("prune")
def prune_events() -> None:
    """Forget the events that are older than EVENTS_KEPT_DAYS."""
    number = forget_events(before=now() - current_app.config["EVENTS_KEPT_DAYS"])
    db.session.commit()
    click.echo(f"Forgot {number} events.")


@assets.command("collect")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def collect(folder: Path) -> None:
    """Copy them into FOLDER, for a proxy to send (deploy/nginx); what is there stays."""
    collect_assets(folder)


@click.command("jobs")
@with_appcontext
def run_jobs() -> None:
    """Run background jobs until SIGTERM. There may be several such runners, on several nodes."""
    queue().consume()


def _password() -> str:
    given = os.environ.get("TASKAPP_PASSWORD")
    if given:
        return given
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))


def _fail(refusal: DomainError) -> NoReturn:
    raise click.ClickException(refusal.message)
