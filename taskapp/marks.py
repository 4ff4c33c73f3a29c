"""What a view says aloud of itself, by a decorator, for the guards of its face to look at.

Here is what both faces know; the other marks stand beside what looks at them.
"""

from collections.abc import Callable
from typing import Any, TypeVar

View = TypeVar("View", bound=Callable[..., Any])


def mark(view: View, name: str, value: object = True) -> View:
    """The view, with an attribute that its guard finds by `getattr`."""
    setattr(view, name, value)
    return view


def public(view: View) -> View:
    """Say aloud that a view answers without a token, or a page opens without a session."""
    return mark(view, "is_public")


def accepts_up_to(size: int) -> Callable[[View], View]:
    """Say that a view takes bodies of that many bytes, where others take 1 MiB."""
    return lambda view: mark(view, "max_body", size)
