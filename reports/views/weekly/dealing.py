"""Dealing rows out within a county: which department fills which task, who has filled what, a reminder (features 5.3)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from linkage import access, periods
from linkage.models import FundTask
from linkage.views.pages import refusal_to_message
from reports.actions import asking
from reports.actions.dealing import deal_out
from reports.forms.weekly import DealForm, departments_of
from reports.models import EDITABLE_STATES, WeeklyReport
from reports.views.weekly.common import address, own_report

back_to_dealing = refusal_to_message(lambda request, key, unit, **_: reverse("weekly-dealing", args=[key, unit]))
_FILLED = Q(no_change=True) | Q(updated_at__isnull=False)


def _clerks_report(request: HttpRequest, key: str, unit: str) -> WeeklyReport:
    report = own_report(request, key, unit)
    if not access.may(request.user, "weekly.deal", report):
        raise access.Denied("只有县级填报员可以分派填报。", "weekly.deal", target=report)
    return report


@require_safe
def dealing(request: HttpRequest, key: str, unit: str) -> HttpResponse:
    """One row per task: how many rows, how many filled, who fills them."""
    report = _clerks_report(request, key, unit)
    return render(request, "weekly/dealing.html", {
        "report": report, "period": report.period, "unit": report.unit, "tasks": _tasks(report),
        "departments": list(departments_of(report.unit)), "fillers": _fillers(report), "now": periods.now(),
        "open": report.state in EDITABLE_STATES,
    })  # fmt: skip


def _tasks(report: WeeklyReport) -> list[dict[str, Any]]:
    rows = report.lines.order_by().values("project__task").annotate(rows=Count("pk"), filled=Count("pk", filter=_FILLED))
    counts = {row["project__task"]: row for row in rows}
    dealt = dict(report.unit.row_dealings.values_list("task_id", "organisation_id"))
    return [
        {"task": task, "rows": counts[task.pk]["rows"], "filled": counts[task.pk]["filled"], "organisation": dealt.get(task.pk)}
        for task in FundTask.objects.filter(pk__in=counts)
    ]


def _fillers(report: WeeklyReport) -> list[dict[str, Any]]:
    """Per filler: rows, filled, said to be done at. The clerk's own rows last."""
    rows = report.lines.order_by("assigned_to").values("assigned_to", "assigned_to__name", "assigned_to__short_name")
    counted = rows.annotate(rows=Count("pk"), filled=Count("pk", filter=_FILLED), done=Count("done_at"))
    return [
        {
            "organisation": row["assigned_to"], "name": row["assigned_to__short_name"] or row["assigned_to__name"] or "填报员自己填",
            "rows": row["rows"], "filled": row["filled"], "done": row["done"] == row["rows"], "missing": row["rows"] - row["filled"],
        }
        for row in sorted(counted, key=lambda row: row["assigned_to"] is None)
    ]  # fmt: skip


@require_POST
@back_to_dealing
def deal(request: HttpRequest, key: str, unit: str) -> HttpResponse:
    report = _clerks_report(request, key, unit)
    form = DealForm(report, request.POST)
    if not form.is_valid():
        messages.error(request, "没有分派：请从列表中选择任务和本县部门。")
        return HttpResponseRedirect(address("weekly-dealing", report))
    task, organisation = form.cleaned_data["task"], form.cleaned_data["organisation"]
    count = deal_out(report=report, task=task, organisation=organisation, by=request.user)
    messages.success(request, f"“{task}”的 {count} 行由{organisation or '填报员自己'}填报，以后各期照此分派。")
    return HttpResponseRedirect(address("weekly-dealing", report))


@require_POST
@back_to_dealing
def remind(request: HttpRequest, key: str, unit: str, pk: int) -> HttpResponse:
    report = _clerks_report(request, key, unit)
    organisation = get_object_or_404(departments_of(report.unit), pk=pk)
    rows = asking.remind_department(report=report, organisation=organisation, by=request.user)
    messages.success(request, f"已提醒{organisation}：还有 {rows} 行。同一天只提醒一次。")
    return HttpResponseRedirect(address("weekly-dealing", report))
