"""Running jobs, and the guarantees.

* Two runners never have the same job in hand: taking it is one UPDATE that only one can win.
* A job whose runner dies is due again after `LEASE`; nothing is lost.
* What a job does in `db.session` happens once, because the job is finished in that transaction.
* A mail is sent after the commit and before the job is finished, for SMTP knows no transactions.
  It is sent twice only if the runner dies, or the database is lost, in the moment between the
  server's acceptance and the note of it; both copies then have one Message-ID.
* A job that fails is tried again after a growing pause, eight times in about a day.
"""

from collections.abc import Iterable
from contextlib import suppress
from datetime import timedelta
from time import perf_counter
from typing import Any

from flask import Flask, current_app
from prometheus_client import Counter
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from structlog.contextvars import bind_contextvars, clear_contextvars

from taskapp.core.database import read_all, read_one, read_scalar, write, write_apart
from taskapp.core.time import now
from taskapp.extensions import db
from taskapp.jobs.models import Job
from taskapp.jobs.queue import configure_queue, queue, wake_runners
from taskapp.jobs.work import Claim, Hopeless, Work
from taskapp.logs import log
from taskapp.mail.sending import Refused, send

# Longer than any job takes.
LEASE = timedelta(minutes=10)
KEPT = timedelta(days=7)
_PAUSES = [timedelta(minutes=m) for m in (1, 5, 15, 60, 180, 360, 720)]
MAX_ATTEMPTS = len(_PAUSES) + 1
_AT_ONCE = 500
_WORKS = "taskapp_works"

_RUNS = Counter("taskapp_jobs", "Jobs that were run, by how they ended.", ["job", "outcome"])


class _Overtaken(Exception):
    """It took longer than LEASE, and another runner has the job now."""


def configure_jobs(app: Flask, works: Iterable[Work]) -> None:
    """Tell the application what kinds of jobs there are."""
    app.extensions[_WORKS] = {work.name: work for work in works}
    configure_queue(app, run_job, tick)


def tick() -> None:
    """Ask for what comes by itself, and wake runners for all that is due.

    All runners do this once a minute. The key of a periodic job names its time slot, so the job is
    there once however many ask for it.
    """
    works: dict[str, Work] = current_app.extensions[_WORKS]
    for work in works.values():
        if work.every is not None:
            _ask_once(
                work.name, f"{work.name}:{int(now().timestamp() // work.every.total_seconds())}"
            )
    if not queue().is_long():
        wake_runners(due_jobs())


def due_jobs() -> list[int]:
    """The numbers of the first of the jobs that may be run now."""
    due = select(Job.id).where(Job.finished_at.is_(None), Job.due_at <= now())
    return [row.id for row in read_all(due.order_by(Job.due_at, Job.id).limit(_AT_ONCE))]


def count_due() -> tuple[int, float]:
    """How many jobs may be run now, and for how many seconds the oldest has been waiting."""
    at = now()
    due = (Job.finished_at.is_(None), Job.due_at <= at)
    oldest = read_scalar(select(func.min(Job.due_at)).where(*due))
    number = int(read_scalar(select(func.count()).select_from(Job).where(*due)))
    return number, (at - oldest).total_seconds() if oldest else 0.0


def run_job(job_id: int) -> str | None:
    """Run a job, if it is due and nobody else has it in hand; return how it ended.

    done; retried: it failed and is put off; failed: for good; overtaken: another runner has it by
    now; None: there was nothing to run.
    """
    claim = _claim(job_id)
    if claim is None:
        return None
    clear_contextvars()
    bind_contextvars(request_id=f"job-{claim.id}")
    began = perf_counter()
    problem: Exception | None = None
    try:
        _do(claim)
        outcome = "done"
    except _Overtaken:
        outcome = "overtaken"
    except (Hopeless, Refused) as error:
        outcome, problem = "failed", error
    except Exception as error:  # noqa: BLE001  (whatever it is, the next attempt may go well)
        outcome, problem = "retried" if claim.attempt < MAX_ATTEMPTS else "failed", error
    db.session.rollback()
    if problem is not None:
        _give_back(claim, outcome)
    _RUNS.labels(claim.name, outcome).inc()
    _note(claim, outcome, perf_counter() - began, problem)
    return outcome


def forget_finished() -> int:
    """Delete the jobs that were finished longer than KEPT ago; return how many."""
    old = delete(Job).where(Job.finished_at <= now() - KEPT)
    return write(old)


def _ask_once(name: str, key: str) -> None:
    if read_one(select(Job.id).where(Job.key == key)) is None:
        with suppress(IntegrityError):  # another runner was quicker
            values = {"name": name, "key": key, "data": {}, "created_at": now(), "due_at": now()}
            write_apart(insert(Job).values(**values, attempts=0))


def _claim(job_id: int) -> Claim | None:
    at = now()
    due = (Job.id == job_id) & Job.finished_at.is_(None) & (Job.due_at <= at)
    row = read_one(select(Job.__table__).where(due))
    if row is None:
        return None
    mine = update(Job).where(due, Job.attempts == row.attempts)
    if row.attempts >= MAX_ATTEMPTS:  # the last attempt took its runner down
        write_apart(mine.values(finished_at=at, outcome="failed", data={}))
        log.error("job", job=row.name, id=row.id, outcome="failed", error="its runners died")
        return None
    if write_apart(mine.values(attempts=row.attempts + 1, due_at=at + LEASE)) == 0:
        return None
    return Claim(row.id, row.name, row.data, row.created_at, row.attempts + 1)


def _do(claim: Claim) -> None:
    work: Work = current_app.extensions[_WORKS][claim.name]
    mail = work.do(claim)
    if mail is not None:
        db.session.commit()
        send(mail, message_id=f"job-{claim.id}.{int(claim.created_at.timestamp())}")
    if write(_held(claim, finished_at=now(), outcome="done", data={})) == 0:
        raise _Overtaken
    db.session.commit()


def _give_back(claim: Claim, outcome: str) -> None:
    if outcome == "failed":
        write_apart(_held(claim, finished_at=now(), outcome="failed", data={}))
    else:
        write_apart(_held(claim, due_at=now() + _PAUSES[claim.attempt - 1]))


def _held(claim: Claim, **values: Any) -> Any:
    """What changes the row of a job, as long as it is in this runner's hands."""
    mine = (Job.id == claim.id) & (Job.attempts == claim.attempt) & Job.finished_at.is_(None)
    return update(Job).where(mine).values(**values)


def _note(claim: Claim, outcome: str, seconds: float, problem: Exception | None) -> None:
    """One line for each job; no addresses and nothing of a mail. Mistakes of ours show where."""
    details: dict[str, Any] = {}
    if problem is not None:
        known = isinstance(problem, (Hopeless, Refused, OSError))
        details["error"] = (
            str(problem) if isinstance(problem, (Hopeless, Refused)) else type(problem).__name__
        )
        details["exc_info"] = None if known else problem
    say = log.info if outcome == "done" else log.warning
    say(
        "job",
        job=claim.name,
        id=claim.id,
        outcome=outcome,
        attempt=claim.attempt,
        ms=round(seconds * 1000, 1),
        **details,
    )
