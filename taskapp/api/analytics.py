"""Figures."""

from typing import Any

from flask import Response

from taskapp.analytics.queries import get_figures
from taskapp.api.authentication import current_actor
from taskapp.api.blueprint import Blueprint
from taskapp.api.responses import json_response
from taskapp.api.schemas.analytics import AnalyticsQuerySchema, AnalyticsSchema, dump_figures

blp = Blueprint("analytics", description="Figures", area="analytics")


@blp.get("/analytics")
@blp.arguments(AnalyticsQuerySchema, location="query")
@blp.response(200, AnalyticsSchema)
def get_analytics(query: dict[str, Any]) -> Response:
    """How many tasks were created and completed in a period, and how much time was spent."""
    figures = get_figures(
        current_actor(), query.get("start_date"), query.get("end_date"), query.get("user_id")
    )
    return json_response(dump_figures(figures))
