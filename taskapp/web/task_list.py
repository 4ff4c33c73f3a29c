"""The page of all tasks: filtered, searched, sorted, page by page."""

from typing import Any

from flask import redirect, render_template, request
from flask import url_for as url
from flask.typing import ResponseReturnValue

from taskapp.accounts.queries import names
from taskapp.core.errors import Invalid
from taskapp.core.time import today
from taskapp.tasks import queries
from taskapp.web.access import current_actor
from taskapp.web.due import group_by_due_date
from taskapp.web.listing import (
    ASSIGNEES,
    BY_DUE_DATE,
    DUE,
    PER_PAGE,
    SORTS,
    page_numbers,
    read_listing,
)
from taskapp.web.people import choosable, names_of, person_named


def render_list() -> ResponseReturnValue:
    """The page that the address asks for, at the shortest address that asks for it."""
    actor, listing, complaint = current_actor(), read_listing(request.args), ""
    if typed := request.args.get("assignee", "").strip():
        try:
            user_id = person_named(typed)
        except Invalid as refusal:
            [complaint] = refusal.errors["assignee_id"]
        else:
            return redirect(url("web.tasks.index", **listing.args(assignee_id=user_id)))
    elif "" in request.args.values():  # a form sends its empty fields too
        return redirect(url("web.tasks.index", **listing.args()))
    day = today(actor.zone)
    window: dict[str, Any] = {"sort": listing.sort, "page": listing.page, "per_page": PER_PAGE}
    try:
        found = queries.list_tasks(actor, listing.filters(day), **window)
    except Invalid as refusal:
        [complaint], typed = refusal.errors["q"], ""
        others = request.args.copy()
        del others["q"]
        listing = read_listing(others)
        found = queries.list_tasks(actor, listing.filters(day), **window)
    if found.total and not found.items:  # the last page has gone, with the last task on it
        return redirect(url("web.tasks.index", **listing.args(page=found.pages)))
    is_grouped = listing.sort == BY_DUE_DATE
    people, who = choosable(), listing.assignee_id
    everybody = people or names([who] if isinstance(who, int) else [])
    page = render_template(
        "tasks/list.html",
        listing=listing,
        q=listing.q,
        complaint=complaint,
        chips=listing.chips(everybody, day),
        sorts=SORTS,
        windows=DUE,
        assignees=ASSIGNEES,
        everybody=everybody,
        types_names=people is None,
        typed=typed,
        found=found,
        numbers=page_numbers(found.page, found.pages),
        groups=group_by_due_date(found.items, actor.zone) if is_grouped else [("", found.items)],
        people=names_of(found.items, everybody),
    )
    return (page, 422) if complaint else page
