"""Rows dealt out to the county's departments, and a department's word that it has filled its own (features 5.3)."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction

from linkage import access, audit, periods, states
from linkage.errors import Refusal, WrongState
from linkage.models import Organisation
from reports.actions.gate import begin_edit, fills_for
from reports.figures.timeliness import is_locked, unlocked
from reports.models import EDITABLE_STATES, RowDealing, WeeklyReport


@transaction.atomic
def deal_out(*, report: WeeklyReport, task, organisation: Organisation | None, by, at: datetime | None = None) -> int:
    """Rows of a task are filled by this organisation (None: by the clerk again): in this report, in the working copies of
    later periods, in every period still to be opened. How many rows of this one. Raises WrongState when it is locked."""
    at = at or periods.now()
    if not access.may(by, "weekly.deal", report):
        raise PermissionDenied("只有县级填报员可以分派。")
    if organisation is not None and organisation.region_id != report.unit_id:
        raise Refusal("只能分给本县（市、区）的部门。")
    if is_locked(report, at):
        raise WrongState("本期已锁定，不能再分派；请在以后的期次分派，或申请解锁。", code="locked")
    states.touch(report, states=EDITABLE_STATES)
    later = WeeklyReport.objects.filter(unit=report.unit_id, state__in=EDITABLE_STATES, period__cutoff_at__gt=report.period.cutoff_at)
    drafts = list(later.filter(unlocked(at)).select_related("period", "unit").order_by("period__cutoff_at"))
    for draft in drafts:  # from the earliest on, as everybody does, and before the standing order: two dealings queue here
        states.touch(draft, states=EDITABLE_STATES)
    RowDealing.objects.filter(unit=report.unit, task=task).delete()
    if organisation is not None:
        RowDealing.objects.create(unit=report.unit, task=task, organisation=organisation)
    audit.record(by=by, verb="分派填报", target=report, at=at, after={"task": str(task), "organisation": str(organisation or "")})
    for draft in drafts:
        draft.lines.filter(project__task=task).update(assigned_to=organisation)
    return report.lines.filter(project__task=task).update(assigned_to=organisation)


@transaction.atomic
def mark_done(*, report: WeeklyReport, by, at: datetime | None = None) -> int:
    """A department says its rows are filled; rows still empty stand in the way. How many rows."""
    at = at or periods.now()
    begin_edit(report, by, at)
    rows = report.lines.filter(assigned_to__in=fills_for(by, report))
    if rows.filter(no_change=False, updated_at__isnull=True).exists():
        raise Refusal("还有没填的行：请填写，或勾选“本期无变化”。")
    return rows.update(done_at=at, done_by=by)
