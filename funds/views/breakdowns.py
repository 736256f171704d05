"""目标任务分解表: versions of a year, one sheet with its actuals, composing and issuing it, print and Excel."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from funds.actions.breakdown import (
    EDIT,
    ISSUE,
    Place,
    column_goals,
    drop_breakdown,
    issue_breakdown,
    open_breakdown,
    set_goals,
)
from funds.exports.breakdown import BREAKDOWN
from funds.figures.breakdown import MEASURE_FORMULAS, SheetTable, compare
from funds.figures.sums import Sight
from funds.forms.breakdown import BreakdownIssueForm, ColumnForm, GridForm, field_name
from funds.models import Breakdown
from linkage import access, exports, periods
from linkage.views.pages import needs, refusal_to_message, telling, telling_form
from projects.figures.rates import BASIS
from projects.models import Project


def in_sight(user, pk: int) -> Breakdown:
    """An issued version, or a draft for those who compose it; anything else does not exist."""
    sheet = get_object_or_404(Breakdown.objects.visible_to(user).select_related("created_by", "issued_by"), pk=pk)
    if sheet.is_draft and not access.may(user, EDIT):
        raise Http404
    return sheet


def table_of(user, sheet: Breakdown) -> SheetTable:
    as_of = min(periods.shift(periods.today(), days=-1), periods.Month(sheet.year, 12).last)
    return compare(sheet, as_of=as_of, sight=Sight.of(user), projects=Project.objects.visible_to(user))


@require_safe
@needs("period.read", EDIT)
def breakdown_list(request: HttpRequest) -> HttpResponse:
    rows = Breakdown.objects.visible_to(request.user).select_related("issued_by", "created_by").order_by("-year", "-version")
    may_edit = access.may(request.user, EDIT)
    shown = [row for row in rows if may_edit or not row.is_draft]
    newest = {row.year: row.pk for row in reversed(shown) if not row.is_draft}
    year = periods.today().year
    return render(request, "funds/breakdown_list.html", {"rows": shown, "newest": newest.values(), "may_edit": may_edit, "years": [year, year + 1]})


@require_safe
@needs("period.read", EDIT)
def breakdown(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, in_sight(request.user, pk))


def _page(request: HttpRequest, sheet: Breakdown, *, grid=None, column=None, issue=None, status: int = 200) -> HttpResponse:
    found = table_of(request.user, sheet)
    may_edit = sheet.is_draft and access.may(request.user, EDIT)
    if may_edit:
        grid = grid or _grid(None, sheet, found)
    return render(
        request, "funds/breakdown.html",
        {
            "sheet": sheet, "found": found, "may_edit": may_edit, "may_issue": sheet.is_draft and access.may(request.user, ISSUE), "grid": grid,
            "lines": [{"line": line, "cells": _cells(line, found, grid)} for line in found.lines], "column": column or ColumnForm(),
            "issue": issue or BreakdownIssueForm(initial={"revision": sheet.revision}), "formulas": MEASURE_FORMULAS, "as_of": found.table.settings.as_of,
            "basis": found.table.settings.basis.label, "rates_basis": BASIS,
            "may_compose": access.may(request.user, EDIT) and not sheet.is_draft,
        },
        status=status,
    )  # fmt: skip


def _grid(data, sheet: Breakdown, found: SheetTable) -> GridForm:
    places = [
        (Place(line.unit.pk, line.task.pk if line.task else None, column.measure, column.due_on), f"{line.unit.name} {column.measure.label}")
        for line in found.lines for column in found.columns
    ]  # fmt: skip
    return GridForm(data, sheet, places)


def _cells(line, found: SheetTable, grid: GridForm | None) -> list[dict]:
    task = line.task.pk if line.task else None
    names = [field_name(Place(line.unit.pk, task, column.measure, column.due_on)) for column in found.columns]
    return [{"cell": cell, "field": grid[name] if grid else None} for cell, name in zip(line.cells, names, strict=True)]


@require_POST
@needs(EDIT)
@refusal_to_message("breakdown-list")
def breakdown_new(request: HttpRequest) -> HttpResponse:
    year = request.POST.get("year", "")
    sheet = open_breakdown(year=int(year) if year.isascii() and year.isdigit() and len(year) == 4 else 0, by=request.user)
    return redirect("breakdown", sheet.pk)


@require_POST
@needs(EDIT)
def breakdown_column(request: HttpRequest, pk: int) -> HttpResponse:
    sheet = in_sight(request.user, pk)
    form = ColumnForm(request.POST)
    if form.is_valid():
        with telling_form(form) as told:
            values = form.cleaned_data
            goals = column_goals(sheet=sheet, measure=values["measure"], due_on=values["due_on"], ratio=values["target_ratio"], task=values["task"])
            set_goals(sheet=sheet, goals=goals, by=request.user)
        if not told.refused:
            return redirect("breakdown", sheet.pk)
    return _page(request, sheet, column=form, status=422)


@require_POST
@needs(EDIT)
def breakdown_save(request: HttpRequest, pk: int) -> HttpResponse:
    sheet = in_sight(request.user, pk)
    grid = _grid(request.POST, sheet, table_of(request.user, sheet))
    if grid.is_valid():
        with telling_form(grid) as told:
            changed = set_goals(sheet=sheet, goals=grid.goals(), revision=grid.cleaned_data["revision"], by=request.user)
        if not told.refused:
            messages.success(request, f"已保存，改动 {changed} 处。")
            return redirect("breakdown", sheet.pk)
    return _page(request, sheet, grid=grid, status=422)


@require_http_methods(["POST"])
@needs(ISSUE)
def breakdown_issue(request: HttpRequest, pk: int) -> HttpResponse:
    sheet = in_sight(request.user, pk)
    form = BreakdownIssueForm(request.POST)
    if form.is_valid():
        with telling_form(form) as told:
            issue_breakdown(sheet=sheet, **form.cleaned_data, by=request.user)
        if not told.refused:
            return redirect("breakdown", sheet.pk)
    return _page(request, sheet, issue=form, status=422)


@require_POST
@needs(EDIT)
def breakdown_drop(request: HttpRequest, pk: int) -> HttpResponse:
    sheet = in_sight(request.user, pk)
    with telling(request) as told:
        drop_breakdown(sheet=sheet, by=request.user)
    return redirect(reverse("breakdown", args=[pk]) if told.refused else reverse("breakdown-list"))


@require_safe
@needs("period.read", EDIT)
def breakdown_print(request: HttpRequest, pk: int) -> HttpResponse:
    sheet = in_sight(request.user, pk)
    found = table_of(request.user, sheet)
    settings = found.table.settings
    context = {"sheet": sheet, "found": found, "as_of": settings.as_of, "basis": settings.basis.label}
    return render(request, "funds/breakdown_print.html", context)


@require_safe
@needs("period.read")
def breakdown_export(request: HttpRequest, pk: int) -> HttpResponse:
    sheet = in_sight(request.user, pk)
    return exports.respond(request, BREAKDOWN, {"sheet": sheet.pk})
