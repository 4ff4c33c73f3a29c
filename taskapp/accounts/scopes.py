"""What an access token may do: its scopes.

Each names an area of the API and whether the token may change things there; the answer to a change
shows what was changed, so who may write may read. There is no scope for everything: a new area must
not open itself to tokens that were made before it.
"""

from collections.abc import Iterable

from taskapp.core.errors import Invalid

SCOPES = {
    "tasks:read": "See tasks, their files and history, and listen to what happens",
    "tasks:write": "Create, change and delete tasks and files",
    "records:read": "See logged time",
    "records:write": "Log, change and delete time",
    "analytics:read": "See figures",
    "users:read": "See your account and the directory",
    "users:write": "Change your account, but not its email; as an admin, manage accounts",
}


def check_scopes(scopes: Iterable[str]) -> frozenset[str]:
    """Return the scopes as a set; raise Invalid when there are none, or one is unknown."""
    chosen = frozenset(scopes)
    if not chosen:
        raise Invalid({"scopes": ["Choose at least one scope."]})
    if unknown := chosen - SCOPES.keys():
        raise Invalid({"scopes": [f"There is no scope {min(unknown)!r}."]})
    return chosen


def covers(granted: frozenset[str], needed: str) -> bool:
    """Whether a token with the scopes `granted` may do what `needed` stands for."""
    area, _, act = needed.partition(":")
    return needed in granted or (act == "read" and f"{area}:write" in granted)
