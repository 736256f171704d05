"""Writing in the ledger: raise, 签收, 整改进展, 申请销号, 销号, 退回 (features 8.1, 8.2, 8.5)."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q

from issues import notices, states
from issues.models import Issue, IssueNote, IssueState, IssueTransition, Origin, Severity
from linkage import access, audit, counters, periods, rules
from linkage.errors import Refusal, SamePerson
from linkage.models import Region
from linkage.states import move, touch
from projects.checks import refuse_personal_data
from projects.models import Project

KIND = "issue"
CODE_MARK = "WT"  # keeps the numbers of issues apart from those of projects
OPTIONAL = ("description", "cause", "step", "lead", "measures", "responsible")


def due_day(severity: str, raised_on: date, calendar: periods.WorkCalendar | None = None) -> date:
    """The last day of the rule's term for this severity: n working days after the day of finding (features 8.5)."""
    workdays = rules.get(f"issue_due_workdays_{severity}", on=raised_on)
    return (calendar or periods.WorkCalendar.load()).add_workdays(raised_on, workdays)


@transaction.atomic
def raise_issue(
    *, unit: Region, title: str, by, origin: str = Origin.OTHER, at: datetime | None = None, origin_label: str = "", origin_url: str = "",
    project: Project | None = None, task=None, severity: str = Severity.MINOR, raised_on: date | None = None, due_on: date | None = None,
    **details: Any,
) -> Issue:  # fmt: skip
    """Enter a finding into the ledger as 已交办; `details` are OPTIONAL fields.

    Without `due_on` the rule of its severity sets the term in working days. A project gives its task. Tells the unit's
    clerk and chief. Raises PermissionDenied, Refusal.
    """
    at = at or periods.now()
    raised_on = raised_on or periods.day_of(at)
    if raised_on > periods.day_of(at):
        raise Refusal("发现日期不能晚于今天。", code="raised_in_future")
    if unknown := set(details) - set(OPTIONAL):
        raise TypeError(f"not fields of a new issue: {sorted(unknown)}")
    issue = Issue(
        unit=unit, title=title.strip(), project=project, task=task or (project.task if project else None), origin=origin,
        origin_label=origin_label, origin_url=origin_url, severity=severity, raised_on=raised_on,
        due_on=due_on or due_day(severity, raised_on), raised_by=by, created_at=at, **details,
    )  # fmt: skip
    _check_new(issue, by, at)
    [number] = counters.next_numbers(KIND, unit.slug, raised_on.year)
    issue.code = counters.code(f"{unit.code_prefix or unit.slug.upper()}-{CODE_MARK}", raised_on.year, number)
    issue.save(force_insert=True)
    _record_birth(issue, by, at)
    notices.assigned(issue, at=at)
    return issue


def _check_new(issue: Issue, by, at: datetime) -> None:
    if not access.may(by, states.RAISE, issue):
        raise access.Denied("您的岗位不能登记这个地区的问题。", states.RAISE, target=issue)
    if issue.project and issue.project.unit_id != issue.unit_id:
        raise Refusal("所选项目不属于责任地区。", code="project_elsewhere")
    if issue.lead and not issue.lead.region.covers(issue.unit):
        raise Refusal("牵头整改单位须是责任地区或其上级的单位。", code="lead_elsewhere")
    refuse_personal_data(issue.title, issue.description, issue.measures, issue.responsible)
    try:
        issue.clean_fields(exclude=["code", "state"])
        issue.validate_constraints(exclude=["code"])
    except ValidationError as error:
        raise Refusal("；".join(error.messages), code="invalid") from None


def _record_birth(issue: Issue, by, at: datetime) -> None:
    IssueTransition.objects.create(
        subject=issue, name="raise", source="", target=issue.state, by=by, by_name=str(by), seat=access.seat_label(by), at=at,
        reason=issue.description,
    )  # fmt: skip
    after = {"code": issue.code, "origin": issue.get_origin_display(), "severity": issue.get_severity_display(), "due_on": issue.due_on}
    audit.record(by=by, verb="登记问题", target=issue, after=after, at=at)


@transaction.atomic
def accept(
    *, issue: Issue, by, measures: str, responsible: str, revision: int | None = None, at: datetime | None = None
) -> Issue:
    """签收: the unit takes the issue over and names measures and the responsible person (三(三): 措施、责任人、时限)."""
    at = at or periods.now()
    if not measures.strip() or not responsible.strip():
        raise Refusal("签收时请写明整改措施和责任人。", code="measures_needed")
    refuse_personal_data(measures, responsible)
    changes = {"measures": measures.strip(), "responsible": responsible.strip()}
    return move(issue, states.ACCEPT, by=by, at=at, revision=revision, reason=measures.strip(), changes=changes)


@transaction.atomic
def add_note(*, issue: Issue, text: str, by, at: datetime | None = None, statement_key: str = "") -> IssueNote:
    """Add 整改进展; gives the note.

    A signed statement gives its key ("weekly/2026-W47/huma/v2"): the text its earlier version already entered is not
    entered again, another text becomes a further row, so that history is kept. A statement is never refused because the
    issue was closed meanwhile. Raises PermissionDenied, WrongState (closed), Refusal.
    """
    at = at or periods.now()
    if not statement_key and not access.may(by, states.NOTE, issue):
        raise access.Denied("您的岗位不能填写整改进展。", states.NOTE, target=issue)
    text = text.strip()
    if not text:
        raise Refusal("请填写整改进展。", code="text_needed")
    refuse_personal_data(text)
    standing = _last_of_statement(issue, statement_key) if statement_key else None
    if standing is not None and standing.text == text:
        return standing
    if issue.state != IssueState.CLOSED or not statement_key:
        touch(issue, states=states.NOTABLE, at=at)
    note = IssueNote.objects.create(issue=issue, text=text, statement_key=statement_key, by=by, at=at)
    audit.record(by=by, verb="填写整改进展", target=issue, after={"text": text, "statement_key": statement_key}, at=at)
    return note


def _last_of_statement(issue: Issue, statement_key: str) -> IssueNote | None:
    """The newest note from any version of this statement."""
    statement = re.sub(r"/v\d+$", "", statement_key)
    return issue.notes.filter(Q(statement_key=statement) | Q(statement_key__startswith=f"{statement}/v")).order_by("-pk").first()


@transaction.atomic
def request_closure(*, issue: Issue, by, result: str, revision: int | None = None, at: datetime | None = None) -> Issue:
    """申请销号: the rectifier states what has been achieved; from now on this person may not close the issue."""
    at = at or periods.now()
    refuse_personal_data(result)
    issue = move(issue, states.REQUEST_CLOSURE, by=by, at=at, revision=revision, reason=result.strip(), changes={"rectified_by": by})
    notices.closure_requested(issue, at=at)
    return issue


@transaction.atomic
def close(*, issue: Issue, by, opinion: str = "", revision: int | None = None, at: datetime | None = None) -> Issue:
    """销号 after checking the result, by a person who took no part in the rectification."""
    at = at or periods.now()
    refuse_personal_data(opinion)
    _refuse_rectifier(issue, by)
    changes = {"closed_by": by, "closed_at": at}
    issue = move(issue, states.CLOSE, by=by, at=at, revision=revision, reason=opinion.strip(), changes=changes)
    notices.closed(issue, at=at)
    return issue


@transaction.atomic
def return_(*, issue: Issue, by, reason: str, revision: int | None = None, at: datetime | None = None) -> Issue:
    """退回整改 with a reason; the round stays visible in the timeline."""
    at = at or periods.now()
    refuse_personal_data(reason)
    _refuse_rectifier(issue, by)
    issue = move(issue, states.RETURN, by=by, at=at, revision=revision, reason=reason.strip())
    notices.returned(issue, reason=reason.strip(), at=at)
    return issue


def took_part(issue: Issue, by) -> bool:
    """Did this person take the issue over or ask for its closure in any round? Such a person does not judge the result."""
    return issue.transitions.filter(name__in=[states.ACCEPT.name, states.REQUEST_CLOSURE.name], by=by).exists()


def _refuse_rectifier(issue: Issue, by) -> None:
    if issue.state == IssueState.CLOSING and access.may(by, states.CLOSE_RIGHT, issue) and took_part(issue, by):
        raise SamePerson("您参加了这个问题的整改，须由另一人核查销号或退回。")
