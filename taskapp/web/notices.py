"""What a page says after something was done: one sentence, and perhaps one thing to do about it."""

from flask import Response, after_this_request, flash

from taskapp.events.log import written_events


def notify(text: str, *, link: tuple[str, str] | None = None) -> None:
    """Say `text` on the next page; `link` is a label and an address."""
    flash({"text": text, "link": link})  # type: ignore[arg-type]


def notify_undoable(text: str) -> None:
    """Say `text` on the next page, with a button that undoes what this request did."""

    @after_this_request
    def say(response: Response) -> Response:
        # Only the commit gives events their numbers.
        events = ",".join(map(str, written_events()))
        flash({"text": text, "undo": events})  # type: ignore[arg-type]
        return response
