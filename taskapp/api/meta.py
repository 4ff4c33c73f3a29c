"""The status of the API."""

from flask import Response, current_app

from taskapp.api.blueprint import Blueprint
from taskapp.api.responses import json_response
from taskapp.marks import public

blp = Blueprint("meta", description="The API itself")


@blp.get("/")
@public
@blp.response(200)
def get_status() -> Response:
    """Welcome, version, and where the documentation is."""
    return json_response(
        {
            "name": "Taskapp",
            "message": "Welcome to Taskapp",
            "status": "ok",
            "version": current_app.config["API_VERSION"],
            "docs": "/docs",
            "openapi": "/openapi.json",
        }
    )
