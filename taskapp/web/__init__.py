"""The page face: one module a page group, its forms beside it."""

from flask import Blueprint, Flask

from taskapp.web import (
    account,
    agenda,
    analytics,
    appearance,
    attachments,
    auth,
    board,
    bulk,
    calendar,
    live,
    mailbox,
    quick_add,
    second_factor,
    second_step,
    settings,
    tasks,
    time,
    tokens,
    undo,
    users,
)
from taskapp.web.access import configure_access, guard
from taskapp.web.assets import configure_assets
from taskapp.web.filters import register_filters
from taskapp.web.headers import configure_headers, forbid_caching

PAGES = (
    auth.pages,
    second_step.pages,
    tasks.pages,
    agenda.pages,
    board.pages,
    calendar.pages,
    quick_add.pages,
    bulk.pages,
    live.pages,
    undo.pages,
    attachments.pages,
    time.pages,
    analytics.pages,
    users.pages,
    settings.pages,
    account.pages,
    second_factor.pages,
    tokens.pages,
    mailbox.pages,
    appearance.pages,
)


def register_web(app: Flask) -> None:
    """Attach the pages. All stand under one blueprint, which lets nobody in without a session."""
    configure_access(app)
    configure_assets(app)
    configure_headers(app)
    register_filters(app)
    web = Blueprint("web", __name__)
    web.before_request(guard)
    web.after_request(forbid_caching)
    for pages in PAGES:
        web.register_blueprint(pages)
    app.register_blueprint(web)
    app.context_processor(appearance.context)
