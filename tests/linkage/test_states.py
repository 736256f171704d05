"""The engine of moves: who, from where, needing what, and only one of two people at once."""

from datetime import date
from threading import Barrier, Thread

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection

from issues.models import Issue, IssueTransition
from linkage import states
from linkage.errors import Refusal, SamePerson, StaleRevision, WrongState
from linkage.models import AuditEvent, Role, Seat
from linkage.states import Transition

START = Transition("start", "签收", ("assigned",), "rectifying", "issue.rectify")
BACK = Transition("back", "退回", ("rectifying", "closing"), "assigned", "issue.note", needs=("reason", "document"))
ASK = Transition("ask", "申请销号", ("rectifying",), "closing", "issue.rectify", differs_from=("raised_by",))
EXPIRE = Transition("expire", "到期", ("assigned",), "rectifying", None)


@pytest.fixture
def issue(world):
    return _issue(world)


def _issue(world, unit=None, **values):
    return Issue.objects.create(**{
        "code": "HM-2026-0001", "title": "冷链库用地未批", "unit": unit or world.huma, "origin": "weekly",
        "task": world.tasks["consolidate"],
        "raised_on": date(2026, 11, 2), "due_on": date(2026, 11, 30), "created_at": world.at(2),
    } | values)  # fmt: skip


def test_a_move_changes_state_and_revision_and_leaves_two_records(world, issue):
    moved = states.move(issue, START, by=world.huma_clerk, at=world.at(16, 10))

    assert (moved.state, moved.revision) == ("rectifying", 1)
    row = IssueTransition.objects.get(subject=issue)
    assert (row.name, row.source, row.target) == ("start", "assigned", "rectifying")
    assert (row.by, row.at) == (world.huma_clerk, world.at(16, 10))
    assert row.seat == "呼玛县·县级填报员"
    event = AuditEvent.objects.get(target_type="issues.issue", target_id=str(issue.pk))
    assert (event.verb, event.actor) == ("签收", world.huma_clerk)
    assert (event.before, event.after) == ({"state": "assigned"}, {"state": "rectifying"})
    assert event.region_path == "hlj/dxal/huma/"


def test_further_fields_are_written_by_the_same_update(world, issue):
    states.move(issue, START, by=world.huma_clerk, changes={"responsible": "张三"})
    assert Issue.objects.get(pk=issue.pk).responsible == "张三"


def test_without_the_permission_nothing_moves(world, issue):
    with pytest.raises(PermissionDenied):
        states.move(issue, START, by=world.leader)
    assert Issue.objects.get(pk=issue.pk).state == "assigned"
    assert not IssueTransition.objects.exists()


def test_the_permission_counts_in_the_object_s_own_region(world):
    with pytest.raises(PermissionDenied):
        states.move(_issue(world, world.mohe), START, by=world.huma_clerk)


def test_a_person_cannot_make_a_move_of_the_system(world, issue):
    with pytest.raises(PermissionDenied):
        states.move(issue, EXPIRE, by=world.office_head)
    assert states.move(issue, EXPIRE, by=None).state == "rectifying"
    assert IssueTransition.objects.get().by_name == "系统"


def test_a_move_from_another_state_is_refused_in_words(world, issue):
    with pytest.raises(WrongState, match=r"已交办.*不能申请销号"):
        states.move(issue, ASK, by=world.huma_clerk)
    assert not AuditEvent.objects.exists()


def test_what_a_move_needs_must_be_given(world, issue):
    states.move(issue, START, by=world.huma_clerk)
    with pytest.raises(Refusal, match="理由") as refused:
        states.move(issue, BACK, by=world.huma_clerk, reason="  ", document="黑财指〔2026〕3号")
    assert refused.value.code == "reason_needed"
    with pytest.raises(Refusal, match="文号"):
        states.move(issue, BACK, by=world.huma_clerk, reason="材料不全")
    assert states.move(issue, BACK, by=world.huma_clerk, reason="材料不全", document="黑财指〔2026〕3号").state == "assigned"
    assert IssueTransition.objects.get(name="back").reason == "材料不全"


def test_the_person_named_in_differs_from_may_not_make_the_move(world):
    issue = _issue(world, raised_by=world.huma_clerk, state="rectifying")
    with pytest.raises(SamePerson):
        states.move(issue, ASK, by=world.huma_clerk)
    assert not states.allowed(issue, ASK, world.huma_clerk)
    assert states.allowed(issue, ASK, world.huma_agri)


def test_a_revision_seen_earlier_is_refused_after_a_change(world, issue):
    seen = issue.revision
    states.touch(issue, states=("assigned",), responsible="李四")
    with pytest.raises(StaleRevision):
        states.move(issue, START, by=world.huma_clerk, revision=seen)
    assert states.move(issue, START, by=world.huma_clerk, revision=seen + 1).state == "rectifying"


def test_the_recorded_source_is_the_state_that_really_was(world):
    issue = _issue(world, state="rectifying")
    Issue.objects.filter(pk=issue.pk).update(state="closing")  # somebody else, after we read it
    with pytest.raises(StaleRevision):
        states.move(issue, BACK, by=world.huma_clerk, reason="材料不全", document="1号")
    assert issue.state == "closing"
    states.move(issue, BACK, by=world.huma_clerk, reason="材料不全", document="1号")
    assert IssueTransition.objects.get().source == "closing"


def test_touching_is_refused_where_the_state_does_not_allow_editing(world, issue):
    states.move(issue, START, by=world.huma_clerk)
    with pytest.raises(WrongState, match="内容不能再改"):
        states.touch(issue, states=("assigned",))
    assert Issue.objects.get(pk=issue.pk).revision == 1


def test_allowed_follows_state_and_right(world, issue):
    assert states.allowed(issue, START, world.huma_clerk)
    assert not states.allowed(issue, ASK, world.huma_clerk)
    assert not states.allowed(issue, START, world.mohe_clerk)
    assert not states.allowed(issue, EXPIRE, world.huma_clerk)


def test_an_acting_holder_s_move_is_recorded_as_such(world, issue):
    chief = Seat.objects.get(user=world.huma_clerk)
    Seat.objects.create(
        user=world.mohe_clerk, role=Role.COUNTY_CLERK, region=world.huma, since=date(2026, 11, 1), until=date(2026, 11, 30),
        acting_for=chief,
    )  # fmt: skip
    states.move(issue, START, by=world.mohe_clerk)
    assert IssueTransition.objects.get().seat == f"呼玛县·县级填报员（代{world.huma_clerk}）"


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_two_people_at_once_one_moves_and_the_other_is_told(world):
    issue, at = _issue(world), world.at(16, 10)
    barrier, results = Barrier(2), []

    def act(user):
        mine = Issue.objects.get(pk=issue.pk)
        barrier.wait(timeout=10)
        try:
            states.move(mine, START, by=user, at=at, revision=0)
            results.append("moved")
        except (WrongState, StaleRevision):
            results.append("told")
        finally:
            connection.close()

    threads = [Thread(target=act, args=(user,)) for user in (world.huma_clerk, world.huma_agri)]
    [thread.start() for thread in threads]
    [thread.join(timeout=30) for thread in threads]

    assert sorted(results) == ["moved", "told"]
    assert Issue.objects.get(pk=issue.pk).revision == 1
    assert IssueTransition.objects.count() == AuditEvent.objects.count() == 1
