"""The tick: each duty in its own guard, what is due by the database, twice and at once harmless."""

from datetime import timedelta
from io import StringIO
from threading import Barrier, Event, Thread

import pytest
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.utils import timezone

from linkage import audit, ticking
from linkage.models import AuditEvent, AuditSeal, Notification, Watermark
from linkage.tasks import tick


@pytest.fixture
def duties(monkeypatch):
    """An empty register; gives the function that adds to it, and the list of calls."""
    monkeypatch.setattr(ticking, "_entries", {})
    calls = []

    def add(name, func=None, **options):
        ticking.register(name, func or (lambda *, at: calls.append((name, at))), **options)

    add.calls = calls
    return add


def failing(*, at):
    raise ValueError("no such period")


def test_duties_run_in_order_with_the_moment_of_the_tick(world, duties):
    duties("first"), duties("second")
    outcome = ticking.run(world.at(16, 9))
    assert duties.calls == [("first", world.at(16, 9)), ("second", world.at(16, 9))]
    assert (outcome.done, outcome.failed, outcome.busy) == (["first", "second"], {}, False)


def test_the_moment_of_the_last_tick_is_kept_for_the_health_page(world, duties):
    ticking.run(world.at(16, 9))
    assert Watermark.objects.get(name="tick").at == world.at(16, 9)


def test_a_duty_waits_its_interval_and_catches_up_after_downtime(world, duties):
    duties("daily", every=timedelta(days=1))
    for at in (world.at(16, 9), world.at(16, 23), world.at(17, 8, 59), world.at(17, 9), world.at(30, 9)):
        ticking.run(at)
    assert [at for _, at in duties.calls] == [world.at(16, 9), world.at(17, 9), world.at(30, 9)]
    assert ticking.last_done("daily") == world.at(30, 9)


def test_a_failing_duty_stops_nobody_and_is_tried_again(world, duties):
    duties("broken", failing, every=timedelta(days=1)), duties("sound")
    outcome = ticking.run(world.at(16, 9))
    assert outcome.done == ["sound"]
    assert outcome.failed == {"broken": "ValueError: no such period"}
    assert ticking.last_done("broken") is None

    ticking.run(world.at(16, 9, 1))
    mark = Watermark.objects.get(name="duty:broken")
    assert (mark.failures, mark.failed_at, mark.error) == (2, world.at(16, 9, 1), "ValueError: no such period")


def test_success_clears_the_failure(world, duties):
    duties("shaky", failing)
    ticking.run(world.at(16, 9))
    duties("shaky")
    ticking.run(world.at(16, 9, 1))
    mark = Watermark.objects.get(name="duty:shaky")
    assert (mark.failures, mark.failed_at, mark.error, mark.at) == (0, None, "", world.at(16, 9, 1))


def test_the_system_administrator_is_told_once_a_day(world, duties):
    duties("broken", failing, label="开期")
    for at in (world.at(16, 9), world.at(16, 9, 1), world.at(17, 9)):
        ticking.run(at)
    notices = Notification.objects.filter(user=world.admin)
    assert notices.count() == 2
    assert {notice.title for notice in notices} == {"自动事项“开期”没有完成"}
    assert not Notification.objects.exclude(user=world.admin).exists()


def test_what_a_failing_duty_had_written_in_its_own_transaction_is_gone(world, duties):
    def half(*, at):
        with transaction.atomic():
            audit.record(by=None, verb="一半", target=world.huma)
            raise ValueError("second half")

    duties("half", half)
    ticking.run(world.at(16, 9))
    assert not AuditEvent.objects.exists()


def test_a_mark_left_in_the_future_by_a_wrong_clock_does_not_stop_the_duty(world, duties):
    duties("daily", every=timedelta(days=1))
    ticking.run(world.at(30, 9))
    ticking.run(world.at(16, 9))
    assert [at for _, at in duties.calls] == [world.at(30, 9), world.at(16, 9)]


def test_while_one_tick_runs_another_does_nothing(world, duties):
    inner = []
    duties("outer", lambda *, at: inner.append(ticking.run(at)))
    assert ticking.run(world.at(16, 9)).done == ["outer"]
    assert inner[0].busy and inner[0].done == []


def test_the_lease_is_given_back_even_after_failures(world, duties):
    duties("broken", failing)
    ticking.run(world.at(16, 9))
    assert not ticking.run(world.at(16, 9)).busy


def test_a_lease_left_by_a_killed_process_ends_by_itself(world, duties):
    duties("duty")
    Watermark.objects.create(name=ticking.LEASE, at=timezone.now() + timedelta(minutes=5))  # noqa: TID251
    assert ticking.run(world.at(16, 9)).busy
    Watermark.objects.filter(name=ticking.LEASE).update(at=timezone.now() - timedelta(seconds=1))  # noqa: TID251
    assert ticking.run(world.at(16, 9)).done == ["duty"]


def test_the_ground_seals_the_trail_and_clears_old_sessions(world):
    Session.objects.create(session_key="old", session_data="", expire_date=timezone.now() - timedelta(days=1))  # noqa: TID251
    audit.record(by=world.office, verb="核对", target=world.huma)
    outcome = ticking.run(world.at(16, 9))
    assert {"seal", "sessions"} <= set(outcome.done)
    assert outcome.failed == {}
    assert not AuditEvent.objects.filter(seal__isnull=True).exists()
    assert audit.verify(at=world.at(16, 9)) == []
    assert not Session.objects.exists()


def test_a_second_tick_at_the_same_moment_changes_nothing(world):
    audit.record(by=world.office, verb="核对", target=world.huma)
    ticking.run(world.at(16, 9))
    sealed, head = AuditSeal.objects.count(), audit.head_hash()
    ticking.run(world.at(16, 9))
    assert (AuditSeal.objects.count(), audit.head_hash()) == (sealed, head)


def test_the_celery_task_ticks_now(world, duties):
    duties("duty")
    tick()
    assert duties.calls == [("duty", world.at(16, 9))]  # the world's clock stands still


def test_the_command_takes_a_beijing_moment(world, duties):
    duties("duty")
    out = StringIO()
    call_command("tick", "--at", "2026-11-20T17:05", stdout=out)
    assert duties.calls == [("duty", world.at(20, 17, 5))]
    assert "duty" in out.getvalue()


def test_the_command_refuses_what_is_no_moment(db, duties):
    with pytest.raises(CommandError, match="ISO 8601"):
        call_command("tick", "--at", "next friday")


def test_the_command_exits_with_the_failures(db, duties):
    duties("broken", failing)
    with pytest.raises(CommandError, match="broken: ValueError: no such period"):
        call_command("tick", stdout=StringIO())


def test_the_duties_page_names_what_did_not_work(world, duties):
    duties("open", failing, label="开期")
    client = world.client(world.admin)
    assert "还没有运行过" in client.get("/duties/").content.decode()
    ticking.run(world.at(16))
    html = client.get("/duties/").content.decode()
    assert "1 项没有完成" in html and "no such period" in html
    assert world.client(world.office_head).get("/duties/").status_code == 403


@pytest.mark.django_db(transaction=True)
def test_of_two_processes_at_once_one_ticks(world, duties):
    entered, leave, outcomes = Event(), Event(), []

    def slow(*, at):
        entered.set()
        leave.wait(timeout=10)

    duties("slow", slow)

    def work():
        outcomes.append(ticking.run(world.at(16, 9)))
        connection.close()

    first = Thread(target=work)
    first.start()
    assert entered.wait(timeout=10)
    second = ticking.run(world.at(16, 9))
    leave.set()
    first.join(timeout=30)

    assert second.busy
    assert outcomes[0].done == ["slow"]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_the_very_first_two_ticks_at_once(world, duties):
    """Neither finds a lease row; one makes it, both go on to ask for it, one gets it."""
    duties("duty", lambda *, at: duties.calls.append(at))
    barrier, outcomes = Barrier(2), []

    def work():
        barrier.wait(timeout=10)
        outcomes.append(ticking.run(world.at(16, 9)))
        connection.close()

    threads = [Thread(target=work) for _ in range(2)]
    [thread.start() for thread in threads]
    [thread.join(timeout=30) for thread in threads]
    assert len(outcomes) == 2
    assert len(duties.calls) == sum(not outcome.busy for outcome in outcomes) >= 1
