"""The work that is done apart from requests: every kind of job, and how often which comes.

What is due once a day or so is found at once when a runner starts after a while without one.
"""

from datetime import timedelta

from flask import current_app

from taskapp.accounts.alerts import mail_alert
from taskapp.accounts.email_tokens import forget_expired_tokens
from taskapp.accounts.mailbox import mail_reset, mail_verification
from taskapp.accounts.sessions import forget_expired_sessions
from taskapp.attachments.sweep import sweep_few_orphans
from taskapp.core.time import now
from taskapp.digest.services import mail_digest, plan_digests
from taskapp.events.services import forget_events
from taskapp.idempotency.services import forget_old_keys
from taskapp.jobs.runner import forget_finished
from taskapp.jobs.work import Claim, Hopeless, Work
from taskapp.tasks.refresh import ask_for_weather, refresh_city

_DAY = timedelta(days=1)


def sweep_files(_claim: Claim) -> None:
    """Remove the files that belong to no attachment, unless there are suspiciously many."""
    if sweep_few_orphans() is None:
        raise Hopeless("many files belong to no attachment: are they another database's?")


def prune_events(_claim: Claim) -> None:
    """Forget the events that are older than EVENTS_KEPT_DAYS."""
    forget_events(before=now() - current_app.config["EVENTS_KEPT_DAYS"])


def prune_expired(_claim: Claim) -> None:
    """Forget sessions, links, retry keys and finished jobs that are past their time."""
    forget_expired_sessions()
    forget_expired_tokens()
    forget_old_keys()
    forget_finished()


WORKS = (
    Work("verify_address", mail_verification),
    Work("reset_password", mail_reset),
    Work("alert_owner", mail_alert),
    Work("plan_digests", plan_digests, every=timedelta(minutes=15)),
    Work("send_digest", mail_digest),
    Work("refresh_weather", ask_for_weather, every=timedelta(hours=3)),
    Work("refresh_city", refresh_city),
    Work("sweep_files", sweep_files, every=_DAY),
    Work("prune_events", prune_events, every=_DAY),
    Work("prune_expired", prune_expired, every=_DAY),
)
