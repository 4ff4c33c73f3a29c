"""Accounts, for admins: who there is, and what each may do."""

from typing import Any

from flask import Blueprint, abort, redirect, render_template, request
from flask import url_for as url
from flask.typing import ResponseReturnValue

from taskapp.accounts import queries, second_factor
from taskapp.accounts import services as accounts
from taskapp.core.errors import Conflict, Forbidden, Invalid, Stale
from taskapp.core.text import is_storable, whole_number
from taskapp.errors import status_of
from taskapp.limits import REGISTRATION, limited
from taskapp.membership import services
from taskapp.web.access import current_actor
from taskapp.web.conflict import expected_versions
from taskapp.web.forms.auth import NewUserForm
from taskapp.web.listing import PER_PAGE, page_numbers
from taskapp.web.notices import notify

pages = Blueprint("users", __name__)

# What the buttons of a row do: the value that they send, and what is changed by it.
ROLES = {"admin": {"role": "admin"}, "user": {"role": "user"}}
STATES = {"active": {"is_active": True}, "inactive": {"is_active": False}}


@pages.before_request
def admit_admins() -> None:
    """Let nobody else in; raises Forbidden."""
    if not current_actor().is_admin:
        raise Forbidden("Only admins manage accounts.")


@pages.get("/users")
def index() -> ResponseReturnValue:
    """Everybody by name, or those whose name has `q` in it."""
    return _page()


@pages.get("/users/new")
def new_user() -> ResponseReturnValue:
    """An empty form for somebody's account."""
    return render_template("users/new.html", form=NewUserForm())


@pages.post("/users")
@limited(REGISTRATION)
def create_user() -> ResponseReturnValue:
    """Create an account for somebody."""
    form = NewUserForm()
    if not form.validate():
        return render_template("users/new.html", form=form), 422
    try:
        user = accounts.register(current_actor(), **form.account())
    except (Invalid, Conflict) as refusal:
        form.refuse(refusal)
        return render_template("users/new.html", form=form), status_of(refusal)
    notify(f"Added {user.username}.")
    return redirect(url(".index"))


@pages.post("/users/<id:user_id>/role")
def set_role(user_id: int) -> ResponseReturnValue:
    """Make somebody an admin, or an ordinary user."""
    changes = ROLES.get(request.form.get("role", "")) or abort(400)
    what = "an admin" if changes["role"] == "admin" else "an ordinary user"
    return _change(user_id, changes, f"is now {what}")


@pages.post("/users/<id:user_id>/state")
def set_state(user_id: int) -> ResponseReturnValue:
    """Let somebody in, or shut them out and sign them out everywhere."""
    changes = STATES.get(request.form.get("state", "")) or abort(400)
    return _change(user_id, changes, f"is {'active' if changes['is_active'] else 'deactivated'}")


@pages.get("/users/<id:user_id>/delete")
def confirm_deletion(user_id: int) -> ResponseReturnValue:
    """Ask before an account goes."""
    return render_template("users/delete.html", user=queries.get_user(user_id))


@pages.post("/users/<id:user_id>/delete")
def delete_user(user_id: int) -> ResponseReturnValue:
    """Delete an account with its tasks and records."""
    user = queries.get_user(user_id)
    try:
        services.delete_user(current_actor(), user_id, expected_versions())
    except (Conflict, Stale) as refusal:
        return _refused(refusal)
    notify(f"Deleted {user.username}.")
    return redirect(url(".index"))


@pages.post("/users/<id:user_id>/second-factor/remove")
def remove_second_factor(user_id: int) -> ResponseReturnValue:
    """Let somebody who has lost it sign in with the password alone."""
    user = queries.get_user(user_id)
    second_factor.reset(current_actor(), user_id)
    notify(f"{user.username} signs in with the password alone now.")
    return redirect(url(".index", **_args()))


def _change(user_id: int, changes: dict[str, Any], what: str) -> ResponseReturnValue:
    actor = current_actor()
    try:
        user = services.update_user(actor, user_id, changes, expected_versions())
    except (Conflict, Stale) as refusal:
        return _refused(refusal)
    notify(f"{user.username} {what}.")
    if user_id == actor.id and not (user.role == "admin" and user.is_active):
        return redirect(url("web.tasks.index"))  # this page is closed to them now
    return redirect(url(".index", **_args()))


def _refused(refusal: Conflict | Stale) -> ResponseReturnValue:
    return _page(refusal.message), 412 if isinstance(refusal, Stale) else 409


def _page(complaint: str = "") -> str:
    q, page = request.args.get("q", "").strip(), whole_number(request.args.get("page", ""))
    filters = {"q": q} if q and is_storable(q) else {}
    found = queries.list_users(filters, page=page or 1, per_page=PER_PAGE)
    return render_template(
        "users/list.html",
        q=q,
        found=found,
        numbers=page_numbers(found.page, found.pages),
        complaint=complaint,
        with_factor=second_factor.with_factor([user.id for user in found.items]),
        args=_args(),
    )


def _args() -> dict[str, Any]:
    """The query of this place in the list."""
    return {name: request.args[name] for name in ("q", "page") if request.args.get(name)}
