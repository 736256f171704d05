"""The rectification ledger: terms, moves, progress, and that nobody judges an own rectification (features 8.1, 8.2, 8.5)."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from issues.actions import ledger
from issues.models import Issue, IssueState, Origin, Severity
from linkage.access import forget_grants
from linkage.errors import Refusal, SamePerson, StaleRevision, WrongState
from linkage.models import AuditEvent, Role, RuleVersion, Seat

pytestmark = pytest.mark.django_db


def raised(world, **given):
    given = {"unit": world.huma, "title": "用地手续未办结", "origin": Origin.WEEKLY, "by": world.huma_chief, "at": world.at()} | given
    return ledger.raise_issue(**given)


def accepted(world, **given):
    return ledger.accept(issue=raised(world, **given), by=world.huma_clerk, measures="补报用地材料", responsible="李明", at=world.at(17))


def closing(world, **given):
    return ledger.request_closure(issue=accepted(world, **given), by=world.huma_clerk, result="已取得批复", at=world.at(18))


# -- raise --------------------------------------------------------------------------------------------------------------


def test_an_issue_gets_a_number_of_its_own_kind(world):
    world.project(world.huma, "冷链仓储")
    assert raised(world).code == "HM-WT-2026-0001"
    assert raised(world).code == "HM-WT-2026-0002"
    assert raised(world, unit=world.mohe, by=world.office).code == "MH-WT-2026-0001"


@pytest.mark.parametrize(
    ("severity", "due"),
    [
        # found on Monday 2026-11-16; working days are counted from the day after
        (Severity.CRITICAL, date(2026, 11, 30)),  # 10 working days: 11-17 … 11-20, 11-23 … 11-27, 11-30
        (Severity.MAJOR, date(2026, 12, 7)),  # 15
        (Severity.MINOR, date(2026, 12, 14)),  # 20
    ],
)
def test_the_term_follows_severity_in_working_days(world, severity, due):
    assert raised(world, severity=severity).due_on == due


def test_the_term_skips_the_national_holiday(world):
    """Found on 2026-09-29: 30 September is the first working day, the holiday runs from 1 to 7 October, and the Saturday
    10 October is worked in exchange."""
    issue = raised(world, raised_on=date(2026, 9, 29), severity=Severity.CRITICAL)
    assert issue.due_on == date(2026, 10, 19)


def test_the_term_uses_the_rule_in_force_on_the_day_of_finding(world):
    RuleVersion.objects.create(
        code="issue_due_workdays_minor", value=5, effective_from=date(2026, 11, 10), document="大专班办〔2026〕5号", author=world.office_head,
        created_at=world.at(9),
    )  # fmt: skip
    assert raised(world, raised_on=date(2026, 11, 9)).due_on == date(2026, 12, 7)
    assert raised(world, raised_on=date(2026, 11, 16)).due_on == date(2026, 11, 23)


def test_a_project_gives_its_task(world):
    project = world.project(world.huma, "冷链仓储", task=world.tasks["ethnic"])
    assert raised(world, project=project).task == world.tasks["ethnic"]


def test_a_project_of_another_county_is_refused(world):
    with pytest.raises(Refusal, match="不属于"):
        raised(world, project=world.project(world.mohe, "晒场"))


def test_a_leading_bureau_of_another_county_is_refused(world):
    with pytest.raises(Refusal, match="牵头"):
        raised(world, lead=world.mohe_land_bureau, by=world.office)
    assert raised(world, lead=world.land_bureau).lead == world.land_bureau


@pytest.mark.parametrize("person", ["mohe_clerk", "mohe_chief", "leader", "auditor", "huma_implementer", "admin"])
def test_strangers_and_readers_may_not_raise(world, person):
    with pytest.raises(PermissionDenied):
        raised(world, by=getattr(world, person))


@pytest.mark.parametrize(
    "given",
    [
        {"title": "  "},
        {"raised_on": date(2026, 11, 17)},
        {"due_on": date(2026, 11, 15)},
        {"description": "户主 232721198003041234 反映"},
        {"responsible": "李明 13904571234"},
    ],
)
def test_a_wrong_entry_is_refused_and_nothing_is_saved(world, given):
    with pytest.raises(Refusal):
        raised(world, **given)
    assert not Issue.objects.exists()


def test_raising_tells_clerk_and_chief_but_not_the_person_who_raised(world):
    issue = raised(world)
    assert world.huma_clerk.notifications.get().url == f"/issues/{issue.pk}/"
    assert not world.huma_chief.notifications.exists()
    assert not world.mohe_clerk.notifications.exists()


def test_raising_is_audited(world):
    issue = raised(world)
    event = AuditEvent.objects.get(target_type="issues.issue", target_id=str(issue.pk))
    assert (event.verb, event.actor, event.region_path) == ("登记问题", world.huma_chief, world.huma.path)


# -- the way to closure -------------------------------------------------------------------------------------------------


def test_the_whole_way(world):
    issue = ledger.close(issue=closing(world), by=world.huma_chief, opinion="已现场核查", at=world.at(19))
    assert (issue.state, issue.closed_by, issue.rectified_by) == (IssueState.CLOSED, world.huma_chief, world.huma_clerk)
    assert [t.name for t in issue.transitions.all()] == ["raise", "accept", "request_closure", "close"]
    assert (issue.measures, issue.responsible) == ("补报用地材料", "李明")


@pytest.mark.parametrize(("measures", "responsible"), [("", "李明"), ("补报材料", " ")])
def test_acceptance_names_measures_and_a_person(world, measures, responsible):
    with pytest.raises(Refusal, match="责任人"):
        ledger.accept(issue=raised(world), by=world.huma_clerk, measures=measures, responsible=responsible)


def test_closure_needs_a_result(world):
    with pytest.raises(Refusal):
        ledger.request_closure(issue=accepted(world), by=world.huma_clerk, result=" ", at=world.at(18))


def test_closure_cannot_be_requested_before_acceptance(world):
    with pytest.raises(WrongState):
        ledger.request_closure(issue=raised(world), by=world.huma_clerk, result="已办", at=world.at(17))


def test_an_issue_being_rectified_cannot_be_closed(world):
    with pytest.raises(WrongState):
        ledger.close(issue=accepted(world), by=world.huma_chief, at=world.at(18))


def also(world, user, role):
    """Give the person a second seat in 呼玛, as happens in small counties."""
    Seat.objects.create(user=user, role=role, region=world.huma, since=date(2026, 1, 1))
    forget_grants(user)
    return user


def test_the_rectifier_cannot_close_even_with_a_second_seat(world):
    issue = closing(world)
    both = also(world, world.huma_clerk, Role.COUNTY_CHIEF)
    with pytest.raises(SamePerson):
        ledger.close(issue=issue, by=both, at=world.at(19))
    with pytest.raises(SamePerson):
        ledger.return_(issue=issue, by=both, reason="不符", at=world.at(19))


def test_who_accepted_cannot_close_when_a_colleague_asked_for_closure(world):
    issue = accepted(world)
    colleague = also(world, world.huma_agri, Role.COUNTY_CLERK)
    issue = ledger.request_closure(issue=issue, by=colleague, result="已取得批复", at=world.at(18))
    with pytest.raises(SamePerson):
        ledger.close(issue=issue, by=also(world, world.huma_clerk, Role.COUNTY_CHIEF), at=world.at(19))


def test_the_database_itself_refuses_a_rectifier_as_closer(world):
    issue = closing(world)
    with pytest.raises(IntegrityError), transaction.atomic():
        Issue.objects.filter(pk=issue.pk).update(state="closed", closed_by=world.huma_clerk, closed_at=world.at(19))


def test_the_database_refuses_a_closed_issue_without_a_signer(world):
    issue = raised(world)
    with pytest.raises(IntegrityError), transaction.atomic():
        Issue.objects.filter(pk=issue.pk).update(state="closed")


@pytest.mark.parametrize("person", ["huma_clerk", "mohe_chief", "leader", "huma_agri"])
def test_who_has_no_right_to_close(world, person):
    issue = closing(world)
    with pytest.raises(PermissionDenied):
        ledger.close(issue=issue, by=getattr(world, person), at=world.at(19))


def test_return_needs_a_reason_and_opens_another_round(world):
    issue = closing(world)
    with pytest.raises(Refusal):
        ledger.return_(issue=issue, by=world.huma_chief, reason="", at=world.at(19))
    issue = ledger.return_(issue=issue, by=world.huma_chief, reason="批复未附", at=world.at(19))
    assert issue.state == IssueState.RECTIFYING
    assert world.huma_clerk.notifications.first().body == "批复未附"
    issue = ledger.request_closure(issue=issue, by=world.huma_clerk, result="批复已附", at=world.at(20))
    assert ledger.close(issue=issue, by=world.office, at=world.at(23)).state == IssueState.CLOSED


def test_of_two_closers_one_is_told(world):
    issue = closing(world)
    seen, same = issue.revision, Issue.objects.get(pk=issue.pk)
    ledger.close(issue=issue, by=world.huma_chief, revision=seen, at=world.at(19))
    with pytest.raises(WrongState):
        ledger.close(issue=same, by=world.office, revision=seen, at=world.at(19))


def test_a_note_written_meanwhile_makes_the_closer_look_again(world):
    issue = closing(world)
    seen = issue.revision
    ledger.add_note(issue=issue, text="又发现一处未办", by=world.office, at=world.at(19))
    with pytest.raises(StaleRevision):
        ledger.close(issue=issue, by=world.huma_chief, revision=seen, at=world.at(19))


def test_asking_for_closure_tells_the_chief_and_for_findings_from_above_the_office(world):
    closing(world)
    assert world.huma_chief.notifications.filter(title__contains="申请销号").count() == 1
    assert not world.office.notifications.exists()
    closing(world, origin=Origin.INSPECTION, by=world.office2)
    assert world.office.notifications.filter(title__contains="申请销号").count() == 1


# -- 整改进展 -------------------------------------------------------------------------------------------------------------


def test_notes_are_added_while_open_only(world):
    issue = accepted(world)
    ledger.add_note(issue=issue, text="材料已报", by=world.huma_clerk, at=world.at(18))
    issue = ledger.request_closure(issue=Issue.objects.get(pk=issue.pk), by=world.huma_clerk, result="已办", at=world.at(18))
    issue = ledger.close(issue=issue, by=world.huma_chief, at=world.at(19))
    with pytest.raises(WrongState):
        ledger.add_note(issue=issue, text="补充", by=world.huma_clerk, at=world.at(20))


@pytest.mark.parametrize("person", ["mohe_clerk", "leader", "huma_chief"])
def test_who_may_not_write_notes(world, person):
    with pytest.raises(PermissionDenied):
        ledger.add_note(issue=accepted(world), text="进展", by=getattr(world, person))


def test_a_statement_signed_again_with_the_same_words_adds_nothing(world):
    issue = accepted(world)
    first = ledger.add_note(issue=issue, text="材料已报", by=world.huma_chief, statement_key="weekly/2026-W47/huma/v1", at=world.at(19))
    again = ledger.add_note(issue=issue, text="材料已报", by=world.huma_chief, statement_key="weekly/2026-W47/huma/v2", at=world.at(20))
    assert again == first
    assert issue.notes.count() == 1


def test_a_corrected_statement_adds_a_row_and_keeps_the_first(world):
    issue = accepted(world)
    for version, text in ((1, "材料已报"), (2, "材料退回补正")):
        ledger.add_note(issue=issue, text=text, by=world.huma_chief, statement_key=f"weekly/2026-W47/huma/v{version}", at=world.at(19 + version))
    assert [note.text for note in issue.notes.all()] == ["材料已报", "材料退回补正"]


def test_the_same_words_a_week_later_are_progress_of_that_week(world):
    issue = accepted(world)
    for week in ("W47", "W48"):
        ledger.add_note(issue=issue, text="持续推进", by=world.huma_chief, statement_key=f"weekly/2026-{week}/huma/v1", at=world.at(20))
    assert issue.notes.count() == 2


def test_a_statement_is_not_refused_because_the_issue_was_closed_meanwhile(world):
    issue = ledger.close(issue=closing(world), by=world.huma_chief, at=world.at(19))
    ledger.add_note(issue=issue, text="已取得批复", by=world.huma_chief, statement_key="weekly/2026-W47/huma/v1", at=world.at(20))
    assert issue.notes.count() == 1
