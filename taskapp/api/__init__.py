"""The JSON face: one module a resource, its schemas beside it."""

from flask import Flask

from taskapp.api import (
    analytics,
    attachments,
    auth,
    meta,
    preferences,
    records,
    second_factor,
    sessions,
    tasks,
    tokens,
    undo,
    users,
)
from taskapp.api.aliases import register_aliases
from taskapp.api.authentication import configure_tokens, identify
from taskapp.api.cors import answer_preflight, share
from taskapp.api.docs import docs
from taskapp.api.idempotency import keep_refusal
from taskapp.api.spec import Api, configure_spec, marshmallow_plugin
from taskapp.errors import API_BASE

BLUEPRINTS = (
    meta.blp,
    auth.blp,
    users.blp,
    sessions.blp,
    tokens.blp,
    second_factor.blp,
    preferences.blp,
    tasks.blp,
    undo.blp,
    attachments.blp,
    records.blp,
    analytics.blp,
)


def register_api(app: Flask) -> None:
    """Attach every resource below the API's base path, and its documentation at the root."""
    configure_spec(app)
    configure_tokens()
    app.before_request(answer_preflight)
    app.before_request(identify)
    app.after_request(share)
    app.after_request(keep_refusal)
    api = Api(app, spec_kwargs={"marshmallow_plugin": marshmallow_plugin()})
    for blueprint in BLUEPRINTS:
        api.register_blueprint(blueprint, url_prefix=API_BASE)
    register_aliases(app)
    app.extensions["taskapp_api"] = api
    app.register_blueprint(docs)
