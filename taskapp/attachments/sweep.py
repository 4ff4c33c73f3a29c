"""Removing the files that no row speaks of (`taskapp.attachments.files` tells how they come)."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import islice

from sqlalchemy import select

from taskapp.attachments.models import Attachment
from taskapp.attachments.storage import storage
from taskapp.core.database import read_all
from taskapp.core.time import now

# Longer than any request takes from storing its file to its commit, and than clocks differ.
GRACE = timedelta(hours=1)
_AT_ONCE = 500
_FEW = 10  # so many, or one in so many


def sweep_orphans(grace: timedelta = GRACE) -> int:
    """Remove the files without a row that were stored longer than `grace` ago; return how many."""
    removed = 0
    keys = storage().keys(stored_before=now() - grace)
    while some := list(islice(keys, _AT_ONCE)):
        orphans = _without_row(some)
        storage().delete(orphans)
        removed += len(orphans)
    return removed


def sweep_few_orphans(grace: timedelta = GRACE) -> int | None:
    """The same, when nobody looks on: None, and nothing is removed, where there are many.

    Crashes leave few. Many mean that these are the files of another database.
    """
    total, orphans = 0, []
    keys = storage().keys(stored_before=now() - grace)
    while some := list(islice(keys, _AT_ONCE)):
        total += len(some)
        orphans += _without_row(some)
    if len(orphans) > max(_FEW, total // _FEW):
        return None
    storage().delete(orphans)
    return len(orphans)


def _without_row(keys: Sequence[str]) -> list[str]:
    rows = read_all(select(Attachment.storage_key).where(Attachment.storage_key.in_(keys)))
    known = {row.storage_key for row in rows}
    return [key for key in keys if key not in known]
