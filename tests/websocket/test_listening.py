"""What each listener hears, and what not (contract §2, §3)."""

from typing import Any

import pytest
from sqlalchemy import delete, update

from taskapp.events.models import Event, EventCounter
from taskapp.extensions import db
from tests.websocket.conftest import Deployment
from tests.websocket.listening import Ear, wait_until

SERVICE_RESTART = 1012


def told(message: dict[str, Any]) -> tuple[str, int, str | None]:
    """Type, task, and its title if the task is shown."""
    task = message["task"]
    return message["type"], message["task_id"], task and task["title"]


def test_a_message_tells_who_did_what_to_which_task(deployment: Deployment) -> None:
    alice = deployment.caller()
    ear = alice.listen()
    task = alice.make_task("Buy milk", priority="high")
    message = ear.hear()

    assert message.pop("id") > 0
    assert message.pop("at") == task["created_at"]
    assert message == {
        "type": "task.created",
        "actor_id": alice.id,
        "task_id": task["id"],
        "task": task,
    }


def test_owner_assignee_and_admins_hear_and_strangers_do_not(deployment: Deployment) -> None:
    alice, bob, stranger = (deployment.caller() for _ in range(3))
    admin = deployment.caller(role="admin")
    ears = {caller: caller.listen() for caller in (alice, bob, stranger, admin)}

    private = alice.make_task("Private")
    shared = alice.make_task("Shared", assignee_id=bob.id)
    bob.call("PUT", f"/tasks/{shared['id']}/status", {"status": "done"})
    end = stranger.make_task("Of the stranger")

    created, mine = (
        ("task.created", private["id"], "Private"),
        ("task.created", shared["id"], "Shared"),
    )
    done = ("task.updated", shared["id"], "Shared")
    last = ("task.created", end["id"], "Of the stranger")
    assert [told(ears[admin].hear()) for _ in range(4)] == [created, mine, done, last]
    assert [told(ears[alice].hear()) for _ in range(3)] == [created, mine, done]
    assert [told(ears[bob].hear()) for _ in range(2)] == [mine, done]
    assert told(ears[stranger].hear()) == last


@pytest.mark.parametrize("told_later", [False, True])
def test_who_loses_sight_of_a_task_hears_that_it_is_gone_and_no_more(
    deployment: Deployment, told_later: bool
) -> None:
    alice, bob, carol = callers = [deployment.caller() for _ in range(3)]
    task = alice.make_task("Report", assignee_id=bob.id)
    ears = {caller: caller.listen() for caller in callers}
    last_id = alice.open().last_id

    alice.change(task, assignee_id=carol.id, title="Secret")
    alice.change(task, title="More secret")
    alice.call("DELETE", f"/tasks/{task['id']}")
    end = bob.make_task("Of Bob")
    if told_later:
        ears = {caller: caller.open() for caller in callers}
        for ear in ears.values():
            ear.say({"type": "resume", "after": last_id})

    gone = ("task.deleted", task["id"], None)
    first, second = (
        ("task.updated", task["id"], "Secret"),
        ("task.updated", task["id"], "More secret"),
    )
    assert [told(ears[alice].hear()) for _ in range(3)] == [first, second, gone]
    assert [told(ears[carol].hear()) for _ in range(3)] == [first, second, gone]
    assert [told(ears[bob].hear()) for _ in range(2)] == [
        gone,
        ("task.created", end["id"], "Of Bob"),
    ]


def test_who_is_unassigned_and_still_sees_the_task_goes_on_hearing(deployment: Deployment) -> None:
    alice, admin = deployment.caller(), deployment.caller(role="admin")
    for caller in (alice, admin):
        task = alice.make_task("Report", assignee_id=caller.id)
        ear = caller.listen()
        alice.change(task, assignee_id=None)
        alice.call("DELETE", f"/tasks/{task['id']}")
        assert told(ear.hear()) == ("task.updated", task["id"], "Report")
        assert told(ear.hear()) == ("task.deleted", task["id"], None)
        end = alice.make_task("End")
        assert told(ear.hear()) == ("task.created", end["id"], "End")


def test_what_was_missed_is_told_on_demand_then_what_follows(deployment: Deployment) -> None:
    alice, bob = deployment.caller(), deployment.caller()
    ear = alice.listen()
    alice.make_task("Before")
    last = ear.hear()["id"]
    ear.close()

    missed = [alice.make_task(f"Missed {n}", assignee_id=bob.id) for n in range(60)]
    bob.make_task("Not for Alice")
    ear = alice.open()
    ear.say({"type": "resume", "after": last})
    now = alice.make_task("Now")

    heard = [told(ear.hear())[1] for _ in range(len(missed) + 1)]
    assert heard == [task["id"] for task in [*missed, now]]


def test_nothing_is_told_twice_on_one_socket(deployment: Deployment) -> None:
    alice = deployment.caller()
    before = alice.open().last_id
    tasks = [alice.make_task(f"Task {n}")["id"] for n in range(4)]
    history = alice.open()
    history.say({"type": "resume", "after": before})
    messages = [history.hear() for _ in tasks]
    assert [message["task_id"] for message in messages] == tasks
    ids = [message["id"] for message in messages]

    ear = alice.open()
    for after in (ids[2], ids[1], ids[1], ids[3], before):
        ear.say({"type": "resume", "after": after})
    end = alice.make_task("End")
    heard = [ear.hear()["task_id"] for _ in range(5)]
    assert heard == [tasks[3], tasks[2], tasks[0], tasks[1], end["id"]]


def test_a_socket_may_go_back_to_what_it_was_told_as_it_happened(deployment: Deployment) -> None:
    alice = deployment.caller()
    ear = alice.listen()
    tasks = [alice.make_task(f"Task {n}")["id"] for n in range(3)]
    ids = [ear.hear()["id"] for _ in tasks]
    for after, again in ((ids[0], tasks[1:]), (ids[2], []), (ear.last_id, tasks)):
        ear.say({"type": "resume", "after": after})
        assert [ear.hear()["task_id"] for _ in again] == again
    end = alice.make_task("End")["id"]
    assert ear.hear()["task_id"] == end


def test_messages_may_be_sent_as_bytes(deployment: Deployment) -> None:
    alice = deployment.caller()
    ear = Ear(deployment.base)
    ear.say(b'{"type": "auth", "token": "%b"}' % alice.token.encode())
    ear.ready().say(b'{"type": "resume", "after": -1}')
    assert ear.hear() == {"type": "reset"}


def test_a_resume_may_follow_at_once_behind_the_token(deployment: Deployment) -> None:
    alice = deployment.caller()
    before = alice.open().last_id
    missed = alice.make_task("Missed")
    ear = Ear(deployment.base)
    ear.say({"type": "auth", "token": alice.token})
    ear.say({"type": "resume", "after": before})
    assert ear.ready().hear()["task_id"] == missed["id"]


def test_a_number_that_is_not_kept_or_not_yet_given_resets(deployment: Deployment) -> None:
    alice = deployment.caller()
    alice.make_task("Old")
    task = alice.make_task("New")
    last = alice.open().last_id
    with deployment.app.app_context():
        db.session.execute(delete(Event).where(Event.id < last))
        db.session.commit()

    for after in (last - 2, -1, last + 1, 2**62):
        ear = alice.open()
        ear.say({"type": "resume", "after": after})
        assert ear.hear() == {"type": "reset"}
    ear = alice.open()
    ear.say({"type": "resume", "after": last - 1})
    assert ear.hear()["task_id"] == task["id"]


def test_the_socket_goes_on_after_a_reset(deployment: Deployment) -> None:
    alice = deployment.caller()
    ear = alice.open()
    ear.say({"type": "resume", "after": -1})
    assert ear.hear() == {"type": "reset"}
    task = alice.make_task()
    assert ear.hear()["task_id"] == task["id"]


def test_after_the_database_was_replaced_everybody_begins_anew(deployment: Deployment) -> None:
    """As by a backup that is put back: numbers are given again."""
    alice = deployment.caller()
    alice.make_task("Not in the backup")
    ears = [alice.listen() for _ in range(4)]
    with deployment.app.app_context():
        db.session.execute(delete(Event))
        db.session.execute(update(EventCounter).values(value=0))
        db.session.commit()

    assert [ear.closing_code() for ear in ears] == [SERVICE_RESTART] * 4
    wait_until(lambda: all(alice.open().last_id == 0 for _ in range(4)))
    ear = alice.listen()
    task = alice.make_task("After")
    message = ear.hear()
    assert (message["id"], message["task_id"]) == (1, task["id"])
