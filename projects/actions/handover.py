"""Handing a procedure that is under way to another 承办单位: sent to the wrong one, or the body is there no longer (features 3.2, 1.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F

from linkage import access, audit, periods
from linkage.errors import Refusal, StaleRevision, WrongState
from linkage.models import Organisation
from linkage.periods import WorkCalendar
from projects.actions.procedure import Capacity, capacity, changed_meanwhile, facts_of, standing_steps
from projects.checks import refuse_personal_data
from projects.figures.clock import Step
from projects.figures.procedures import JOINS, STANDING
from projects.models import Procedure
from projects.notices import procedure as notices
from projects.states import procedures as states


def may_hand_over(by, procedure: Procedure) -> bool:
    """The 承办单位 itself, the county's clerk for its projects, the office."""
    return access.may(by, states.HAND_OVER, procedure) or capacity(by, procedure) == Capacity.BODY


def fits(to: Organisation, procedure: Procedure) -> bool:
    """Bodies of the unit itself and of everything above it, and bodies outside."""
    return to.is_active and (to.is_outside or procedure.scope_path.startswith(to.region.path))


@transaction.atomic
def hand_over(*, procedure: Procedure, to: Organisation, on: date, reason: str, by, revision: int, at: datetime | None = None) -> Procedure:
    """转交: from this day on `to` holds the matter. The state stays and the term runs on; days before are the earlier body's.

    Raises PermissionDenied, WrongState (not under way), StaleRevision, Refusal (day, reason, a body that does not fit).
    """
    at = at or periods.now()
    before = procedure.handler
    _hand(procedure, to, on, _reason(reason), by, revision, at, WorkCalendar.load())
    notices.handed_over([procedure], before, to, reason.strip(), by=by, at=at)
    return procedure


@transaction.atomic
def hand_over_all(*, seen: Mapping[int, int], to: Organisation, on: date, reason: str, by, at: datetime | None = None) -> list[Procedure]:
    """Several at once to one successor, all or none: procedure id → the revision the person saw.

    What stands in the way is told of every one of them, at once. Raises PermissionDenied, WrongState, StaleRevision, Refusal.
    """
    at, reason, calendar = at or periods.now(), _reason(reason), WorkCalendar.load()
    if not seen:
        raise Refusal("没有选择手续。请勾选要转交的手续。", code="nothing_chosen")
    locked = Procedure.objects.visible_to(by).filter(pk__in=seen).order_by("pk")
    rows = list(locked.select_related(*JOINS, "handler__region").prefetch_related(STANDING))
    if len(rows) != len(seen):
        raise StaleRevision("所选手续有的已不在清单内。请刷新页面后重新选择。")
    if wrong := [words for row in rows if (words := _obstacle(row, to, on, periods.day_of(at)))]:
        raise Refusal(f"没有转交，有 {len(wrong)} 项须先处理：{'；'.join(wrong)}", code="not_fitting")
    groups: dict[Organisation | None, list[Procedure]] = {}
    for row in rows:
        before = row.handler
        _hand(row, to, on, reason, by, seen[row.pk], at, calendar)
        groups.setdefault(before, []).append(row)
    for before, group in groups.items():
        notices.handed_over(group, before, to, reason, by=by, at=at)
    return rows


def _reason(reason: str) -> str:
    reason = reason.strip()
    if not reason:
        raise Refusal("请写明转交的理由，如职责划转文件或机构撤并。", code="reason_needed")
    refuse_personal_data(reason)
    return reason[:300]


def _obstacle(procedure: Procedure, to: Organisation, on: date, today: date) -> str:
    """What stands in the way of this one, in words; empty when nothing does."""
    if procedure.state not in states.OPEN:
        return f"“{procedure}”现在是“{procedure.state_words}”，不在办理中，不能转交"
    if to.pk == procedure.handler_id:
        return f"“{procedure}”已由{to}承办"
    if not to.is_active:
        return f"“{to}”已停用，不能接手"
    if not fits(to, procedure):
        return f"“{to}”不是{procedure.project.unit}或上级的单位，不能接手“{procedure}”"
    if on > today:
        return f"转交日期 {on} 在今天之后"
    if procedure.last_on and on < procedure.last_on:
        return f"转交日期 {on} 早于“{procedure}”上一步“{procedure.state_words}”的日期 {procedure.last_on}"
    return ""


def _hand(procedure: Procedure, to: Organisation, on: date, reason: str, by, revision: int, at: datetime, calendar: WorkCalendar) -> None:
    if not may_hand_over(by, procedure):
        raise PermissionDenied("只有承办单位、本县填报员和地区专班办公室能转交手续。")
    if words := _obstacle(procedure, to, on, periods.day_of(at)):
        code = "not_fitting" if procedure.state in states.OPEN else "wrong_state"
        raise (Refusal if procedure.state in states.OPEN else WrongState)(f"{words}。请核对。", code=code)
    before, steps = procedure.handler, _with_bodies(procedure, to, on)
    changes = facts_of(procedure, on, steps, calendar) | {"handler": to, "handler_note": ""}
    if not Procedure.objects.filter(pk=procedure.pk, revision=revision, state=procedure.state).update(revision=F("revision") + 1, **changes):
        procedure.refresh_from_db()
        raise changed_meanwhile(procedure)
    seat = access.seat_label(by)
    procedure.transitions.create(
        name=states.HANDED, source=procedure.state, target=procedure.state, by=by, by_name=str(by), seat=seat, at=at, reason=reason, on=on,
        handler_from=before, handler_to=to,
    )  # fmt: skip
    audit.record(
        by=by, verb="转交承办单位", target=procedure, at=at, before={"承办单位": str(before or "未明确")},
        after={"承办单位": str(to), "日期": on, "理由": reason},
    )  # fmt: skip
    procedure.refresh_from_db()


def _with_bodies(procedure: Procedure, to: Organisation, on: date) -> Sequence[Step]:
    """The record with the handing over at its end; steps before the first one belong to the body that held it so far."""
    steps = standing_steps(procedure)
    outside, name = procedure.is_outside, str(procedure.handler or "承办单位待明确")
    named = [step if step.outside is not None else Step(step.on, step.state, outside, name) for step in steps]
    return [*named, Step(on, procedure.state, to.is_outside, str(to), handed=True)]
