"""Moving a procedure, and standing behind what somebody else recorded (features 3.2, 3.3)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F

from linkage import access, audit, periods
from linkage.errors import Refusal, StaleRevision, WrongState
from linkage.models import Responsibility
from linkage.periods import WorkCalendar
from linkage.states import move
from projects.checks import refuse_personal_data
from projects.figures.clock import Step, clock, due_on, present_round, steps_of
from projects.models import Confirmation, Procedure, ProcedureEvent, ProcedureTerm
from projects.notices import procedure as notices
from projects.states import procedures as states

NAMES = {"document": "文号", "reason": "说明"}


class Capacity:
    """In which capacity a person acts on a procedure."""

    BODY, COUNTY = "body", "county"


def capacity(by, procedure: Procedure) -> str | None:
    """承办单位's own seat goes before the county's clerk; None for everybody else, whatever else they may see."""
    for grant in access.grants_of(by):
        if (
            states.ACT in grant.permissions and grant.organisation_id is not None
            and grant.organisation_id == procedure.handler_id and grant.covers(procedure.scope_path)
        ):  # fmt: skip
            return Capacity.BODY
    if access.may(by, states.RECORD, procedure):
        return Capacity.COUNTY
    return None


def terms_on(kind_id: int, day: date) -> ProcedureTerm | None:
    """The term in force on a day."""
    return ProcedureTerm.objects.filter(kind=kind_id, effective_from__lte=day).order_by("-effective_from", "-pk").first()


def standing_steps(procedure: Procedure) -> list[Step]:
    """The steps that count, in order. One query (none when prefetched as `standing_events`)."""
    events = getattr(procedure, "standing_events", None)
    if events is None:
        events = procedure.transitions.standing().select_related("handler_from", "handler_to").order_by("pk")
    return steps_of(events)


def next_step(steps: Sequence[Step], on: date, state: str) -> Step:
    """A further step, in the hands of the body that holds the matter."""
    return Step(on, state, steps[-1].outside, steps[-1].body) if steps else Step(on, state)


@transaction.atomic
def record_step(
    *, procedure: Procedure, transition: states.Move, on: date, by, at: datetime | None = None, revision: int | None = None, document: str = "",
    reason: str = "", calendar: WorkCalendar | None = None,
) -> Procedure:  # fmt: skip
    """One step on the day it happened: by the 承办单位 itself, or by the county's clerk for it (代录, unconfirmed).

    The day may lie in the past, never before the previous step nor in the future. 准予 needs a 文号, 免办 its ground (in
    `reason`). Raises PermissionDenied, WrongState, StaleRevision, Refusal.
    """
    at = at or periods.now()
    acting = capacity(by, procedure)
    if acting is None:
        raise PermissionDenied(f"只有承办单位和县级填报员能办理“{transition.label}”。")
    document, reason = document.strip(), reason.strip()
    refuse_personal_data(document, reason)
    check_state(procedure, transition)
    check_day(procedure, transition, on, periods.day_of(at))
    check_given(procedure, transition, document, reason)
    before = standing_steps(procedure)
    steps = [*before, next_step(before, on, transition.target)]
    changes = facts_of(procedure, on, steps, calendar or WorkCalendar.load())
    changes |= {"document_no": document} if transition is states.GRANT else {}
    changes |= {"exemption": reason} if transition is states.SPARE else {}
    confirmation = needs_confirming(procedure, transition, acting)
    changes["confirmation"] = _standing_confirmation(procedure, confirmation)
    permission = states.ACT if acting == Capacity.BODY else states.RECORD
    plain = replace(transition, permission=permission, needs=(), label=states.move_words(procedure.kind.nature, transition))
    try:
        move(procedure, plain, by=by, at=at, revision=revision, reason=reason, document=document, changes=changes)
    except StaleRevision:
        raise changed_meanwhile(procedure) from None
    event = procedure.transitions.order_by("-pk").first()
    event.on, event.is_by_county, event.confirmation = on, acting == Capacity.COUNTY, confirmation
    event.save(update_fields=["on", "is_by_county", "confirmation"])
    notices.stepped(procedure, transition, by=by, by_county=event.is_by_county, at=at)
    return procedure


def check_state(procedure: Procedure, transition: states.Move) -> None:
    if not procedure.is_applicable and transition in (states.APPLY, states.SPARE):
        raise WrongState(f"“{procedure.kind}”已不在这个项目的手续清单内，不必办理。")
    if procedure.state not in transition.sources:
        raise WrongState(f"“{procedure.kind}”现在是“{procedure.state_words}”，不能{transition.label}。请刷新页面查看最新情况。")
    if procedure.handler_id and not procedure.handler.is_active and transition not in states.WITHOUT_BODY:
        repair = "请先在这项手续的页面转交给接手的单位" if procedure.state in states.OPEN else "请先在名录中为该事项确定现在的承办单位，再更新项目的手续清单"
        raise WrongState(f"承办单位“{procedure.handler}”已停用（撤并），不能{transition.label}。{repair}。", code="body_gone")


def check_day(procedure: Procedure, transition: states.Move, on: date, today: date) -> None:
    if on > today:
        raise Refusal(f"{transition.label}日期 {on} 在今天之后。请填写实际发生的日期。", code="day_in_future")
    if procedure.last_on and on < procedure.last_on:
        raise Refusal(
            f"{transition.label}日期 {on} 早于上一步“{procedure.state_words}”的日期 {procedure.last_on}。请核对；上一步日期有误的，先更正上一步。",
            code="day_before_previous",
        )


def check_given(procedure: Procedure, transition: states.Move, document: str, reason: str) -> None:
    given = {"document": document, "reason": reason}
    for name in transition.needs:
        if not given[name]:
            words = transition.hint.removeprefix("说明") if name == "reason" and transition.hint.startswith("说明") else ""
            raise Refusal(f"{transition.label}须填写{NAMES[name]}{f'：{words}' if words else ''}。", code=f"{name}_needed")


def needs_confirming(procedure: Procedure, transition: states.Move, acting: str) -> str:
    """What the county records for a body waits for that body; nobody can confirm for a body outside or one that is not there."""
    if acting == Capacity.BODY or transition.side == states.APPLICANT:
        return Confirmation.NONE
    return Confirmation.WAITING if procedure.handler_id and not procedure.is_outside else Confirmation.NONE


def _standing_confirmation(procedure: Procedure, new: str) -> str:
    """Of the procedure as a whole: a dispute stays until it is settled, then what waits."""
    return procedure.confirmation if procedure.confirmation == Confirmation.DISPUTED else new or procedure.confirmation


def facts_of(
    procedure: Procedure, on: date, steps: Sequence[Step], calendar: WorkCalendar, term_of: Callable[[int, date], ProcedureTerm | None] = terms_on
) -> dict[str, Any]:
    """The columns that follow from the steps: days, terms, times up to `on`, the day of the last one."""
    round_ = [] if not steps or steps[-1].state in states.FIRST_STATES else present_round(steps)
    found = clock(round_, as_of=on, outside=procedure.is_outside, calendar=calendar)
    applied = next((step.on for step in round_ if step.state == states.APPLIED), None)
    accepted = next((step.on for step in round_ if step.state in states.RUNNING), None)
    facts: dict[str, Any] = {
        "applied_on": applied, "accepted_on": accepted, "last_on": on if steps else None, "ended_on": round_[-1].on if found.ended else None,
        "department_days": found.department if applied else None, "applicant_days": found.applicant if applied else None,
        "outside_days": found.outside if applied else None, "term_days": found.term if accepted else None, "corrections": found.corrections,
        "earlier_department_days": found.earlier.department, "earlier_outside_days": found.earlier.outside, "earlier_term_days": found.earlier.term,
    }  # fmt: skip
    if accepted is None:
        return facts | {"legal_days": None, "promised_days": None, "legal_due_on": None, "promised_due_on": None}
    legal, promised = procedure.legal_days, procedure.promised_days
    if procedure.accepted_on != accepted:
        term = term_of(procedure.kind_id, accepted)
        legal, promised = (term.legal_days, term.promised_days) if term else (None, None)
    return facts | {
        "legal_days": legal, "promised_days": promised, "legal_due_on": due_on(round_, legal, calendar=calendar),
        "promised_due_on": due_on(round_, promised, calendar=calendar),
    }  # fmt: skip


# -- standing behind a record ----------------------------------------------------------------------------------------------


def may_answer(by, procedure: Procedure) -> bool:
    """The 承办单位. Of one that is gone with records nobody answered: the body that handles the matter there now, the unit's 审签人,
    the office (what is still under way is handed over first). At most one query, and only then."""
    if capacity(by, procedure) == Capacity.BODY:
        return True
    if not procedure.is_unanswered:
        return False
    if access.may(by, states.ANSWER_FOR, procedure):
        return True
    bodies = [g.organisation_id for g in access.grants_of(by) if states.ACT in g.permissions and g.covers(procedure.scope_path)]
    answers = Responsibility.objects.on(periods.today()).filter(region=procedure.project.unit_id, matter=procedure.kind.matter_id)
    return bool(bodies) and answers.filter(organisation__in=bodies).exists()


@transaction.atomic
def confirm_records(*, procedure: Procedure, by, revision: int, at: datetime | None = None) -> Procedure:
    """确认: the 承办单位 stands behind everything the county recorded for it so far.

    Raises PermissionDenied, StaleRevision (the county recorded more meanwhile), WrongState (nothing to confirm).
    """
    at = at or periods.now()
    _require_body(by, procedure, "确认")
    is_gone = procedure.is_unanswered
    events = procedure.transitions.standing().filter(confirmation__in=[Confirmation.WAITING, Confirmation.DISPUTED])
    _claim(procedure, revision, confirmation=Confirmation.CONFIRMED)
    if not events.update(confirmation=Confirmation.CONFIRMED, answered_by=by, answered_at=at):
        raise WrongState(f"“{procedure.kind}”没有待确认的代录。")
    gone = {"承办单位": f"{procedure.handler}已停用，由{access.seat_label(by)}核实"} if is_gone else {}
    audit.record(by=by, verb="确认代录", target=procedure, at=at, after={"state": procedure.state} | gone)
    return procedure


@transaction.atomic
def dispute_record(*, procedure: Procedure, reason: str, by, revision: int, at: datetime | None = None) -> Procedure:
    """异议: the 承办单位 says what is wrong with the county's records; both sides see it until it is corrected or confirmed."""
    at = at or periods.now()
    _require_body(by, procedure, "提出异议")
    reason = reason.strip()
    if not reason:
        raise Refusal("请写明异议的理由：哪一步、应为何日或何文号。", code="reason_needed")
    refuse_personal_data(reason)
    event = procedure.transitions.standing().filter(confirmation__in=[Confirmation.WAITING, Confirmation.CONFIRMED]).order_by("-pk").first()
    if event is None:
        raise WrongState(f"“{procedure.kind}”没有县级代录，不能提出异议。")
    _claim(procedure, revision, confirmation=Confirmation.DISPUTED)
    event.confirmation, event.dispute, event.answered_by, event.answered_at = Confirmation.DISPUTED, reason[:300], by, at
    event.save(update_fields=["confirmation", "dispute", "answered_by", "answered_at"])
    audit.record(by=by, verb="对代录提出异议", target=procedure, at=at, after={"reason": reason, "step": event.name})
    notices.disputed(procedure, reason, at=at)
    return procedure


@transaction.atomic
def take_back_step(*, procedure: Procedure, reason: str, by, revision: int, at: datetime | None = None) -> Procedure:
    """更正: the last step does not count any more (a wrong day, a wrong 文号); it stays in the record, crossed out.

    The body takes back anything, the county what it recorded itself. Raises PermissionDenied, StaleRevision, Refusal.
    """
    at = at or periods.now()
    acting = capacity(by, procedure)
    event = procedure.transitions.steps().order_by("-pk").first()
    if acting is None or (event is not None and acting == Capacity.COUNTY and not event.is_by_county):
        raise PermissionDenied("只能更正自己记录的步骤；部门记录的由部门更正。")
    if event is None:
        raise WrongState(f"“{procedure.kind}”还没有记录，无须更正。")
    reason = reason.strip()
    if not reason:
        raise Refusal("请写明更正的理由。", code="reason_needed")
    refuse_personal_data(reason)
    before = list(procedure.transitions.standing().exclude(pk=event.pk).select_related("handler_from", "handler_to").order_by("pk"))
    _claim(procedure, revision, state=event.source, **_after_taking_back(procedure, before))
    event.voided_at, event.voided_by, event.void_reason = at, by, reason[:300]
    event.save(update_fields=["voided_at", "voided_by", "void_reason"])
    audit.record(
        by=by, verb="更正手续步骤", target=procedure, at=at, before={"step": event.name, "on": event.on, "document": event.document},
        after={"state": procedure.state, "reason": reason},
    )  # fmt: skip
    return procedure


def _after_taking_back(procedure: Procedure, before: Sequence[ProcedureEvent]) -> dict[str, Any]:
    steps = steps_of(before)
    facts = facts_of(procedure, steps[-1].on, steps, WorkCalendar.load()) if steps else _nothing_done()
    marks = {event.confirmation for event in before}
    order = (Confirmation.DISPUTED, Confirmation.WAITING, Confirmation.CONFIRMED)
    left = next((event for event in reversed(before) if event.name in states.TRANSITIONS), None)
    return facts | {
        "document_no": left.document if left and left.target == states.GRANTED else "",
        "exemption": left.reason if left and left.target == states.EXEMPT else "",
        "confirmation": next((mark for mark in order if mark in marks), Confirmation.NONE),
    }  # fmt: skip


def _nothing_done() -> dict[str, Any]:
    empty = ("applied_on", "accepted_on", "ended_on", "last_on", "legal_days", "promised_days", "legal_due_on", "promised_due_on",
             "department_days", "applicant_days", "outside_days", "term_days")  # fmt: skip
    return dict.fromkeys(empty) | {"corrections": 0, "earlier_department_days": 0, "earlier_outside_days": 0, "earlier_term_days": 0}


def _require_body(by, procedure: Procedure, verb: str) -> None:
    if not may_answer(by, procedure):
        raise PermissionDenied(f"只有承办单位能{verb}。")  # of one that is gone: whoever may_answer names


def changed_meanwhile(procedure: Procedure) -> StaleRevision:
    """What stands now, for the one who came second."""
    last = procedure.transitions.standing().order_by("-pk").first()
    who = f"，最近一步“{last.label}”由 {last.by_name} 记录" if last else ""
    return StaleRevision(f"您打开页面之后“{procedure.kind}”已有改动，现在是“{procedure.state_words}”{who}。请核对最新内容后再办理。")


def _claim(procedure: Procedure, revision: int, **changes: Any) -> None:
    """The conditional update of everything that is no move: only at the revision the person saw."""
    if not Procedure.objects.filter(pk=procedure.pk, revision=revision).update(revision=F("revision") + 1, **changes):
        procedure.refresh_from_db()
        raise changed_meanwhile(procedure)
    procedure.refresh_from_db()


# -- 绿色通道 ------------------------------------------------------------------------------------------------------------------


@transaction.atomic
def mark_green(*, procedure: Procedure, is_green: bool, reason: str, by, revision: int, at: datetime | None = None) -> Procedure:
    """Put on or take off 绿色通道, with a reason either way. A green procedure may be done beside its prerequisites."""
    at = at or periods.now()
    if capacity(by, procedure) != Capacity.BODY and not access.may(by, states.GREEN, procedure):
        raise PermissionDenied("您的岗位不能标记绿色通道。")
    reason = reason.strip()
    if not reason:
        raise Refusal("请写明列入或取消绿色通道的理由。", code="reason_needed")
    refuse_personal_data(reason)
    if procedure.state in (*states.SETTLED,):
        raise WrongState(f"“{procedure.kind}”已是“{procedure.state_words}”，不必再标记绿色通道。")
    before = {"is_green": procedure.is_green, "reason": procedure.green_reason}
    _claim(procedure, revision, is_green=is_green, green_reason=reason[:200] if is_green else "")
    audit.record(
        by=by, verb="列入绿色通道" if is_green else "取消绿色通道", target=procedure, at=at, before=before, after={"is_green": is_green, "reason": reason}
    )
    if is_green:
        notices.greened(procedure, at=at)
    return procedure
