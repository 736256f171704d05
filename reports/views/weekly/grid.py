"""The grid: the county's working copy of one period's report (features 5.3, 5.4)."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404, render
from django.urls import NoReverseMatch, reverse
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_safe

from funds.figures.paid import treasury_as_of
from issues.models import Issue
from linkage import access, periods
from linkage import states as engine
from reports import states as moves
from reports.actions import gate, naming
from reports.checks.weekly import Standard, is_filled, open_problems, problems_of
from reports.figures.later import amounts_of, later_differences
from reports.figures.sight import own_lines, sees_all_rows
from reports.figures.statement import lines_of
from reports.figures.timeliness import is_locked, timeliness
from reports.models import EDITABLE_STATES, ReportLine, ReportState, WeeklyReport
from reports.views.weekly import sheet as sheets
from reports.views.weekly.behind import behind
from reports.views.weekly.common import address, answers_json, own_report, report_in_sight
from reports.views.weekly.review import review
from reports.views.weekly.rounds import given_back, rounds_of

# The working copy is what was signed; nothing in it can be explained or mended any more.
SIGNED_STATES = (ReportState.SUBMITTED, ReportState.ACCEPTED)

# What would end a script block or break a line inside it.
_SCRIPT_ESCAPES = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026", 0x2028: "\\u2028", 0x2029: "\\u2029"}


@require_safe
def report(request: HttpRequest, key: str, unit: str) -> HttpResponse:
    """The county sees its working copy, everybody above the signed versions only (design §1)."""
    found = report_in_sight(request, key, unit)
    if access.is_of_unit(request.user, found.unit.path):
        return grid(request, found)
    return review(request, found)


def grid(request: HttpRequest, report: WeeklyReport) -> HttpResponse:
    """Thirteen queries at most for the clerk, one more where it was given back or a later report is signed, whatever the number of rows."""
    at = periods.now()
    lines = lines_of(report, own_lines(request.user, report))
    data = sheet_of(request, report, at, lines)
    user, whole = request.user, sees_all_rows(request.user, report)
    rounds = rounds_of(report, None if whole else {row["project"] for row in data["rows"]})
    context = {
        "report": report, "period": report.period, "unit": report.unit, "now": at, "locked": is_locked(report, at),
        "sheet": script_json(data), "row_count": len(data["rows"]), "editable": data["editable"],
        "timeliness": timeliness(report, at), "words": moves.COUNTY_WORDS[ReportState(report.state)],
        "notes": _notes(user, report), "may": _rights(user, report, at, data["rows"]),
        "rounds": rounds, "given_back": given_back(report, rounds) if whole else [],
        "workbook_url": reverse("weekly-export", args=[report.period.key]) if report.version else "",
        "docx_url": optional_url("weekly-docx", report, report.version) if report.version else "",
        "all_rows": whole, "later": later_differences(report, amounts_of(lines)) if report.version else [],
    }  # fmt: skip
    return render(request, "weekly/grid.html", context)


@require_safe
@answers_json
def sheet(request: HttpRequest, key: str, unit: str) -> JsonResponse:
    """The rows anew, after an act that changed many of them; also renews the token of a page left open."""
    report = own_report(request, key, unit)
    return JsonResponse(sheet_of(request, report, periods.now()) | {"csrf_token": get_token(request)})


def sheet_of(request: HttpRequest, report: WeeklyReport, at, lines: list[ReportLine] | None = None) -> dict[str, Any]:
    """The whole grid as plain data: rows the person reads, problems, columns; five queries, three when the lines are given."""
    user = request.user
    lines = lines_of(report, own_lines(user, report)) if lines is None else lines
    treasury = treasury_as_of([c.allocation_id for line in lines for c in line.cell_list], report.period.ends_on)
    problems = problems_of(lines, Standard.of(report.period, treasury))
    editable = may_type(user, report, at)
    data = sheets.rows(lines, treasury, lambda line: editable and gate.may_edit_line(user, report, line))
    return data | state_of(report, lines, problems) | sheets.columns() | {
        "report": report.pk, "user": user.pk, "editable": editable, "year": report.period.ends_on.year,
        "urls": {name: address(f"weekly-{name}", report) for name in ("cells", "sheet", "choices", "rest", "treasury", "explain", "note", "sync")}
        | {"line": address("weekly-line", report, 0)},
    }  # fmt: skip


def state_of(report: WeeklyReport, lines: list[ReportLine], problems: list) -> dict[str, Any]:
    """What changes with every saved cell: revision, problems, how many rows are filled."""
    projects = {line.project_id for line in lines}
    if report.state in SIGNED_STATES:
        problems = sheets.since_signed(problems, report.explanations, lines)
    return {
        "revision": report.revision, "filled": [sum(map(is_filled, lines)), len(lines)],
        "problems": sheets.problem_rows(problems, report.explanations, projects),
        "open": len(open_problems(problems, report.explanations)), "signed": report.state in SIGNED_STATES,
    }  # fmt: skip


def may_type(user, report: WeeklyReport, at) -> bool:
    fills = access.may(user, "weekly.fill", report) or access.may(user, "weekly.fill_dealt", report)
    return fills and report.state in EDITABLE_STATES and not is_locked(report, at)


def _rights(user, report: WeeklyReport, at, rows: list[dict[str, Any]]) -> dict[str, bool]:
    """Which buttons stand on the page; every act asks again."""
    typing = may_type(user, report, at) and (any(row["edit"] for row in rows) or not rows)
    clerk = access.may(user, "weekly.fill", report)
    return {
        "type": typing, "hand_in": typing and engine.allowed(report, moves.HAND_IN, user),
        "recall": engine.allowed(report, moves.recall(report), user), "deal": access.may(user, "weekly.deal", report),
        "sign": engine.allowed(report, moves.SIGN, user), "send_back": engine.allowed(report, moves.send_back(report), user),
        "bulk": typing and clerk, "done": typing and not clerk,
        "ask_unlock": clerk and (report.state == ReportState.ACCEPTED or (is_locked(report, at) and report.state in EDITABLE_STATES)),
        "resolve": clerk and report.state == ReportState.RETURNED,
    }  # fmt: skip


def _notes(user, report: WeeklyReport) -> list:
    """Open issues of the unit that this person reads, each with this week's 整改进展. One query."""
    return list(
        report.issue_notes.filter(issue__in=Issue.objects.visible_to(user)).select_related("issue__project").order_by("issue__due_on", "issue_id")
    )


def optional_url(name: str, report: WeeklyReport, *more) -> str:
    """The address of a page another part of the system may bring; empty without it."""
    try:
        return reverse(name, args=[report.period.key, report.unit.slug, *more])
    except NoReverseMatch:
        return ""


def script_json(data: dict[str, Any]) -> SafeString:
    """JSON for a script block, Chinese as it is read, nothing that could end the block."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return mark_safe(text.translate(_SCRIPT_ESCAPES))  # noqa: S308 - escaped above


@require_safe
@answers_json
def choices(request: HttpRequest, key: str, unit: str) -> JsonResponse:
    """The words a row may choose: steps, and bodies of the unit and of the regions above it."""
    report = own_report(request, key, unit)
    steps = [[entry.pk, entry.name] for entry in naming.steps()]
    holders = naming.holders(report.unit).select_related("region").order_by("-region__path", "pk")
    bodies = [[body.pk, str(body), body.region.name] for body in holders]
    return JsonResponse({"steps": steps, "organisations": bodies})


@require_safe
def line(request: HttpRequest, key: str, unit: str, pk: int) -> HttpResponse:
    """What stands behind one row: last twelve weeks, treasury vouchers, open issues, rounds of remarks."""
    report = own_report(request, key, unit)
    row = get_object_or_404(own_lines(request.user, report).select_related("project", "updated_by"), pk=pk)
    raising = access.may(request.user, "issue.raise", report)
    return render(request, "weekly/_behind.html", behind(request.user, report, row) | {
        "report": report, "line": row, "editable": may_type(request.user, report, periods.now()),
        "new_issue": f"{reverse('issue-new')}?project={row.project_id}" if raising else "",
    })  # fmt: skip
