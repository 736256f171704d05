"""Moving deadlines, exempting a unit, reminding: acts of the office around a period (features 5.2, 5.3, 5.6)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F

from linkage import access, audit, periods, rules
from linkage.errors import Refusal
from linkage.models import Region
from reports import notices
from reports.actions.rollup import prefecture
from reports.models import EDITABLE_STATES, NO_TASK, DeadlineMove, Period, WeeklyReport


@transaction.atomic
def move_deadline(
    *, period: Period, due_at: datetime, document: str, by, unit: Region | None = None, reason: str = "", at: datetime | None = None
) -> int:
    """Move the due time of one unit's report, or (unit None) of all; the act is kept with its document. How many reports.

    The cut-off stays: the same data are asked for, later or earlier.
    """
    at = at or periods.now()
    region = unit or prefecture()
    if not access.may(by, "period.move", region):
        raise access.Denied("只有地区专班办公室主任可以调整截止时间。", "period.move", target=region)
    if not document.strip():
        raise Refusal("请写明依据文件。")
    if due_at < period.cutoff_at:
        raise Refusal(f"上报截止不能早于数据截至（{periods.moment_words(period.cutoff_at)}）。")
    reports = WeeklyReport.objects.filter(period=period, **({"unit": unit} if unit else {}))
    locks_at = _locks_at(period, due_at)
    before = Period.objects.select_for_update().get(pk=period.pk).due_at
    if unit is None:
        Period.objects.filter(pk=period.pk).update(due_at=due_at)
    DeadlineMove.objects.create(period=period, unit=unit, due_at=due_at, document=document, reason=reason, by_name=str(by), at=at)
    audit.record(by=by, verb="调整截止", target=period, at=at, before={"due_at": before}, region_path=region.path,
                 after={"due_at": due_at, "unit": str(unit or "全部"), "document": document, "reason": reason})  # fmt: skip
    period.refresh_from_db()
    return reports.update(due_at=due_at, locks_at=locks_at)


def _locks_at(period: Period, due_at: datetime) -> datetime:
    return periods.shift(due_at, days=period.rules["weekly_lock_days"]["value"])


@transaction.atomic
def exempt(*, report: WeeklyReport, by, reason: str, at: datetime | None = None) -> WeeklyReport:
    """免报 for one unit and period, with a reason. Not once it is with the signer or signed."""
    if not access.may(by, "weekly.exempt", report):
        raise access.Denied("只有地区专班办公室主任可以免报。", "weekly.exempt", target=report)
    if not reason.strip():
        raise Refusal("请写明免报理由。")
    open_ones = WeeklyReport.objects.filter(pk=report.pk, version=0, state__in=EDITABLE_STATES)
    if not open_ones.update(is_exempt=True, exempt_reason=reason[:200], revision=F("revision") + 1):
        raise Refusal("已经提交审签或上报过的单位不能再免报。")
    audit.record(by=by, verb="免报", target=report, at=at, after={"reason": reason})
    report.refresh_from_db()
    return report


@transaction.atomic
def end_exemption(*, report: WeeklyReport, by, reason: str, due_at: datetime | None = None, at: datetime | None = None) -> WeeklyReport:
    """Take back 免报: the report is owed again. A unit without tasks owes one as soon as it has one.

    Once the report's own deadline has passed, a new one (`due_at`) is given in the same act, kept like every moved deadline;
    otherwise the unit would be late, or locked out, by an act that is not its own.
    Raises PermissionDenied, Refusal (no reason, no new deadline, one that has passed, without tasks, not exempt any more).
    """
    at = at or periods.now()
    if not access.may(by, "weekly.exempt", report):
        raise access.Denied("只有地区专班办公室主任可以取消免报。", "weekly.exempt", target=report)
    if not reason.strip():
        raise Refusal("请写明取消免报的理由。")
    was = report.exempt_reason
    if was == NO_TASK:
        raise Refusal("该单位本期尚无任务；县里“补入新项目”以后自动恢复上报。")
    changes = _new_deadline(report, due_at, at)
    exempted = WeeklyReport.objects.filter(pk=report.pk, is_exempt=True)
    if not exempted.update(is_exempt=False, exempt_reason="", revision=F("revision") + 1, **changes):
        raise Refusal("该单位现在不是免报，请刷新页面。")
    if changes:
        DeadlineMove.objects.create(
            period=report.period, unit=report.unit, due_at=due_at, document="取消免报", reason=reason.strip()[:200], by_name=str(by), at=at
        )
    audit.record(by=by, verb="取消免报", target=report, at=at, before={"reason": was}, after={"reason": reason.strip()} | changes)
    report.refresh_from_db()
    notices.exemption_ended(report, reason=reason.strip(), at=at)
    return report


def _new_deadline(report: WeeklyReport, due_at: datetime | None, at: datetime) -> dict[str, datetime]:
    """The fields a new deadline writes; none as long as the present one lies ahead and no other is given."""
    if due_at is None:
        if report.due_at < at:
            raise Refusal(f"本期已于 {periods.moment_words(report.due_at)} 截止，请同时写明新的上报截止时间。", code="due_needed")
        return {}
    if due_at <= at:
        raise Refusal("新的上报截止时间须在现在之后。", code="due_passed")
    return {"due_at": due_at, "locks_at": _locks_at(report.period, due_at)}


def remind_due(*, at: datetime | None = None) -> int:
    """Tell the units whose report is due within the rule's hours and not handed in; each once per deadline. How many.

    Only what can still be acted on: after the deadline nothing is sent.
    """
    at = at or periods.now()
    hours = rules.get("weekly_remind_hours", on=periods.day_of(at))
    waiting = WeeklyReport.objects.filter(
        state__in=EDITABLE_STATES, version=0, is_exempt=False, due_at__gt=at, due_at__lte=periods.shift(at, hours=hours)
    ).select_related("period", "unit__parent")
    for report in waiting:
        notices.due_soon(report, at=at)
    return len(waiting)
