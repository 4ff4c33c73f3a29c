"""Everybody hears everything that is for them, once and in order: on each database, with many
writers and several processes.
"""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

from sqlalchemy import or_, select

from taskapp.core.database import close_connections, read_all
from taskapp.events.models import Event
from taskapp.extensions import db
from taskapp.tasks import services
from tests import servers
from tests.databases import Databases, cut_connections
from tests.websocket.conftest import Deploy, Deployment
from tests.websocket.listening import Caller, Ear

WRITERS, ROUNDS = 9, 4
SOCKETS = 3  # of each listener, so that every process is likely to hold some


def write(caller: Caller, colleague: Caller) -> None:
    """Create tasks, hand them to a colleague, take them back, delete some."""
    for number in range(ROUNDS):
        task = caller.make_task(f"Task {number}")
        caller.change(task, assignee_id=colleague.id)
        colleague.call("PUT", f"/tasks/{task['id']}/status", {"status": "done"})
        caller.change(task, assignee_id=None, priority="high")
        if number % 2:
            caller.call("DELETE", f"/tasks/{task['id']}")


def waver(deployment: Deployment, caller: Caller) -> None:
    """Write, and take back two of three changes before they are committed."""
    with deployment.app.app_context():
        for number in range(3 * ROUNDS):
            services.create_task(caller.actor, {"title": f"Perhaps {number}"})
            if number % 3:
                db.session.rollback()
            else:
                db.session.commit()


def committed(deployment: Deployment, listener: Caller | None = None) -> list[int]:
    """The numbers of the events that the listener is concerned by; of all, without one."""
    events = select(Event.id).order_by(Event.id)
    if listener is not None:
        columns = (Event.user_id, Event.assignee_id, Event.former_assignee_id)
        events = events.where(or_(*(column == listener.id for column in columns)))
    with deployment.app.app_context():
        return [row.id for row in read_all(events)]


def listen(caller: Caller, ear: Ear) -> list[int]:
    """The numbers of all that is heard, up to the caller's last task."""
    heard = [ear.hear()]
    while (heard[-1]["task"] or {}).get("title") != f"The last of {caller.id}":
        heard.append(ear.hear())
    return [message["id"] for message in heard]


def test_each_hears_what_is_committed_once_and_in_order(each_deployment: Deployment) -> None:
    deployment = each_deployment
    callers = [deployment.caller() for _ in range(WRITERS + 1)]
    listeners = [*callers[:3], deployment.caller(role="admin")]
    before = set(committed(deployment))

    with ThreadPoolExecutor(WRITERS + 1 + SOCKETS * len(listeners)) as pool:
        listening = {
            caller: [pool.submit(listen, caller, caller.listen()) for _ in range(SOCKETS)]
            for caller in listeners
        }
        writing = [pool.submit(write, callers[n], callers[n - 1]) for n in range(WRITERS)]
        writing.append(pool.submit(waver, deployment, callers[-1]))
        for writer in writing:
            writer.result()
        for caller in listeners:
            caller.make_task(f"The last of {caller.id}")

        for caller, ears in listening.items():
            concerning = None if caller is listeners[-1] else caller
            expected = [n for n in committed(deployment, concerning) if n not in before]
            assert [ear.result() for ear in ears] == [expected] * SOCKETS


def lose_the_database(deployment: Deployment) -> None:
    """What a restart of the database server does to those who are connected to it."""
    with deployment.app.app_context():
        cut_connections(deployment.app.config["DATABASE_URL"])
        close_connections()


def test_sockets_outlive_the_loss_of_the_database(each_deployment: Deployment) -> None:
    alice = each_deployment.caller()
    ears = [alice.listen() for _ in range(SOCKETS)]
    for number in range(2):
        lose_the_database(each_deployment)
        task = alice.make_task(f"Task {number}")
        assert [ear.hear()["task_id"] for ear in ears] == [task["id"]] * SOCKETS


def test_it_goes_on_when_redis_is_gone(deploy: Deploy, databases: Databases) -> None:
    with ExitStack() as redis:
        settings = {"REDIS_URL": redis.enter_context(servers.valkey()), "WEB_CONCURRENCY": "2"}
        with deploy(databases.fresh("sqlite", "websocket"), **settings) as deployment:
            alice = deployment.caller()
            ears = [alice.listen() for _ in range(SOCKETS)]
            for number in range(6):
                if number == 2:
                    redis.close()
                task = alice.make_task(f"Task {number}")
                assert [ear.hear()["task_id"] for ear in ears] == [task["id"]] * SOCKETS
