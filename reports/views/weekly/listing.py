"""The periods: a county's own reports, the prefecture's matrix, and one period's units (features 5.6, 5.8)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from linkage import access, periods
from linkage.models import Region
from linkage.views.pages import needs, paged, require, telling, telling_form
from reports import states as moves
from reports.actions import deadlines
from reports.actions.rollup import prefecture
from reports.figures.timeliness import Timeliness, timeliness
from reports.forms.weekly import EndExemptionForm, ExemptForm, MoveDeadlineForm
from reports.models import NO_TASK, Period, ReportState, WeeklyReport
from reports.views.weekly.common import period_in_sight

MATRIX_PERIODS = 12
NOTHING_ASKED = "无须填报"
PER_PAGE = 26  # half a year



@require_safe
@needs("period.read")
def periods_list(request: HttpRequest) -> HttpResponse:
    """A county: its own reports, newest first. Above: units × the last twelve periods and the current period's table."""
    reports = WeeklyReport.objects.visible_to(request.user).select_related("period", "unit")
    own = _own_units(request.user, reports)
    at = periods.now()
    if own is not None:
        page = paged(request, reports.filter(unit__in=own).order_by("-period__cutoff_at", "unit__display_order"), PER_PAGE)
        rows = [_row(report, at, moves.COUNTY_WORDS) for report in page]
        return render(request, "weekly/own_list.html", {"page": page, "rows": rows, "now": at, "several": len(own) > 1})
    shown = list(Period.objects.visible_to(request.user).filter(reports__in=reports).distinct().order_by("-cutoff_at")[:MATRIX_PERIODS])
    matrix = _matrix(reports.filter(period__in=shown), shown[::-1], at)
    older = paged(request, Period.objects.visible_to(request.user).reported().order_by("-cutoff_at"), PER_PAGE)
    current = shown[0] if shown else None
    return render(request, "weekly/matrix.html", {
        "periods": shown[::-1], "matrix": matrix, "current": current, "page": older, "now": at,
        "rows": [row["cells"][-1] for row in matrix if row["cells"][-1]] if current else [], "counts": _counts(matrix),
        "may_review": access.may(request.user, "weekly.review"),
    })  # fmt: skip


def _own_units(user, reports) -> list[int] | None:
    """Units at whose own desk the person sits; None for those above."""
    units = {grant.region_id for grant in access.grants_of(user) if grant.role in access.COUNTY_ROLES}
    return sorted(units) if units and not _sits_above(user) else None


def _sits_above(user) -> bool:
    return any(grant.breadths and grant.role not in access.COUNTY_ROLES for grant in access.grants_of(user))


def _row(report: WeeklyReport, at, words: dict) -> dict[str, Any]:
    said = NOTHING_ASKED if report.is_exempt and not report.version else words[ReportState(report.state)]
    return {"report": report, "unit": report.unit, "period": report.period, "timeliness": timeliness(report, at), "words": said}


def _matrix(reports, shown: list[Period], at) -> list[dict[str, Any]]:
    """One row per unit in the fixed order, one cell (or None) per period. One query."""
    found: dict[int, dict[int, WeeklyReport]] = {}
    units: dict[int, Region] = {}
    for report in reports.order_by("unit__display_order", "unit_id"):
        units[report.unit_id] = report.unit
        found.setdefault(report.unit_id, {})[report.period_id] = report
    return [
        {
            "unit": units[pk],
            "cells": [_row(mine[p.pk], at, moves.PREFECTURE_WORDS) if p.pk in mine else None for p in shown],
        }
        for pk, mine in found.items()
    ]  # fmt: skip


def _counts(matrix: list[dict[str, Any]]) -> dict[str, int]:
    """How the units stand in the newest period, for the sentence."""
    cells = [row["cells"][-1] for row in matrix if row["cells"] and row["cells"][-1]]
    return {
        "units": len(cells), "signed": sum(c["report"].version > 0 for c in cells),
        "waiting": sum(c["report"].state == ReportState.SUBMITTED for c in cells),
        "returned": sum(c["report"].state == ReportState.RETURNED for c in cells),
        "exempt": sum(c["timeliness"] is Timeliness.EXEMPT for c in cells),
        "missing": sum(c["timeliness"] in (Timeliness.MISSING, Timeliness.NOT_DUE) for c in cells),
    }  # fmt: skip


@require_safe
@needs("period.read")
def period(request: HttpRequest, key: str) -> HttpResponse:
    """One period's units. A county goes straight to its own report."""
    found = period_in_sight(request, key)
    reports = WeeklyReport.objects.visible_to(request.user).filter(period=found).select_related("period", "unit__parent").order_by("unit__display_order")
    own = _own_units(request.user, reports)
    if own is not None:
        mine = reports.filter(unit__in=own).first()
        return redirect("weekly-report", key=key, unit=mine.unit.slug) if mine else redirect("weekly")
    return render(request, "weekly/period.html", _period(request, found, list(reports)))


def _period(
    request: HttpRequest, period: Period, reports: list[WeeklyReport], form: MoveDeadlineForm | None = None, exempting: ExemptForm | None = None,
    ending: EndExemptionForm | None = None,
) -> dict[str, Any]:
    at, user = periods.now(), request.user
    rows = [_row(report, at, moves.PREFECTURE_WORDS) for report in reports]
    units = Region.objects.filter(pk__in=[report.unit_id for report in reports]).order_by("display_order", "pk")
    missing = [r for r in rows if r["timeliness"] in (Timeliness.MISSING, Timeliness.NOT_DUE)]
    return {
        "period": period, "rows": rows, "now": at, "counts": _counts([{"unit": r["unit"], "cells": [r]} for r in rows]),
        "missing": missing, "urge": _urging(period, missing, at), "moves": _moves_in_sight(period, units),
        "may_review": any(access.may(user, "weekly.review", r) for r in reports),
        "may_move": any(access.may(user, "period.move", r) for r in reports), "move_form": form or MoveDeadlineForm(units),
        "may_exempt": any(access.may(user, "weekly.exempt", r) for r in reports), "exempt_form": exempting or ExemptForm(units.filter(pk__in=_unsaid(reports))),
        "ending": [ending if ending and ending.report.pk == report.pk else EndExemptionForm(report, at=at) for report in _exempted(reports)],
        "rollup_url": reverse("rollup", args=[period.key]) if not period.is_rest and access.sees_whole(user, prefecture().path) else "",
    }  # fmt: skip


def _moves_in_sight(period: Period, units):
    """Acts that moved the deadline of these units, or of all."""
    return period.deadline_moves.filter(Q(unit=None) | Q(unit__in=units)).select_related("unit").order_by("-pk")


def _urging(period: Period, missing: list[dict[str, Any]], at) -> str:
    """催报文字 to paste into the work group; names and deadline, no amounts."""
    if not missing:
        return ""
    names = "、".join(str(row["unit"]) for row in missing)
    when = periods.moment_words(period.due_at, periods.day_of(at).year)
    if at > period.due_at:
        return f"【周调度】{period.title}上报已于{when}截止，以下单位尚未上报：{names}。请尽快完成填报、审签并上报；确有困难的，请与地区专班办公室联系。"
    counted = periods.moment_words(period.cutoff_at, periods.day_of(at).year)
    return f"【周调度】{period.title}请于{when}前上报，数据截至{counted}。尚未上报的单位：{names}。请抓紧填报、审签。"


@require_POST
def move(request: HttpRequest, key: str) -> HttpResponse:
    """Move the deadline for one or all units, an act with document."""
    require(request.user, "period.move")
    found = period_in_sight(request, key)
    if found.is_rest:
        raise Http404("休周没有上报截止。")
    reports = list(WeeklyReport.objects.visible_to(request.user).filter(period=found).select_related("period", "unit__parent").order_by("unit__display_order"))
    form = MoveDeadlineForm(Region.objects.filter(pk__in=[r.unit_id for r in reports]), request.POST)
    if not form.is_valid():
        return render(request, "weekly/period.html", _period(request, found, reports, form), status=400)
    given = form.cleaned_data
    with telling(request) as told:
        deadlines.move_deadline(
            period=found, due_at=periods.local(given["due_at"]), document=given["document"], by=request.user, unit=given["unit"], reason=given["reason"]
        )
    if not told.refused:
        messages.success(request, "截止时间已调整。")
    return HttpResponseRedirect(reverse("weekly-period", args=[key]))


def _unsaid(reports: list[WeeklyReport]) -> list[int]:
    """Units that may still be exempted: nothing signed, not exempt yet."""
    return [report.unit_id for report in reports if not report.version and not report.is_exempt]


def _exempted(reports: list[WeeklyReport]) -> list[WeeklyReport]:
    """Reports whose 免报 can be taken back: an act of the office, not the want of a task."""
    return [report for report in reports if report.is_exempt and report.exempt_reason != NO_TASK]


@require_POST
def exempt(request: HttpRequest, key: str) -> HttpResponse:
    """免报 for one unit, an act with its reason."""
    require(request.user, "weekly.exempt")
    found = period_in_sight(request, key)
    reports = list(WeeklyReport.objects.visible_to(request.user).filter(period=found).select_related("period", "unit__parent").order_by("unit__display_order"))
    form = ExemptForm(Region.objects.filter(pk__in=_unsaid(reports)), request.POST)
    if not form.is_valid():
        return render(request, "weekly/period.html", _period(request, found, reports, exempting=form), status=400)
    report = next(report for report in reports if report.unit_id == form.cleaned_data["unit"].pk)
    with telling(request) as told:
        deadlines.exempt(report=report, by=request.user, reason=form.cleaned_data["reason"])
    if not told.refused:
        messages.success(request, f"{report.unit}本期免报，已留痕。")
    return HttpResponseRedirect(reverse("weekly-period", args=[key]))


@require_POST
def end_exemption(request: HttpRequest, key: str) -> HttpResponse:
    """Take 免报 of one unit back, with its reason; after the deadline with a new one."""
    require(request.user, "weekly.exempt")
    found, at = period_in_sight(request, key), periods.now()
    reports = list(WeeklyReport.objects.visible_to(request.user).filter(period=found).select_related("period", "unit__parent").order_by("unit__display_order"))
    report = next((report for report in _exempted(reports) if str(report.unit_id) == request.POST.get("unit")), None)
    if report is None:
        messages.error(request, "没有取消：该单位现在不是免报，请看最新情况。")
        return HttpResponseRedirect(reverse("weekly-period", args=[key]))
    form = EndExemptionForm(report, request.POST, at=at)
    if form.is_valid():
        given = form.cleaned_data
        with telling_form(form) as told:
            deadlines.end_exemption(report=report, by=request.user, reason=given["reason"], due_at=given.get("due_at"), at=at)
        if not told.refused:
            messages.success(request, f"{report.unit}本期免报已取消，须于 {periods.moment_words(report.due_at)} 前上报，已通知该单位。")
            return HttpResponseRedirect(reverse("weekly-period", args=[key]))
    return render(request, "weekly/period.html", _period(request, found, reports, ending=form), status=400)
