"""Above the county: reading what was signed, accepting, returning with remarks, unlocking (features 5.6).

Only `ReportVersion.content` is read here, never the working copy. The reviewer sees what changed; a switch shows all.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from linkage import access, periods
from linkage import states as engine
from linkage.views.pages import telling_form
from reports import states as moves
from reports.actions import signing
from reports.figures.later import amounts_in, later_differences
from reports.figures.sight import readable_content, readable_projects, sees_all_rows
from reports.figures.statement import far_above, totals
from reports.figures.timeliness import is_locked, timeliness
from reports.forms.weekly import ReturnForm, RevisionForm, UnlockForm, seen_revision
from reports.models import EDITABLE_STATES, ReportState, WeeklyReport
from reports.views.weekly.common import back_to_report, report_in_sight, to_report
from reports.views.weekly.reading import (
    base_of,
    changed_lines,
    level_totals,
    remarkable_places,
    spent_words,
    whole_lines,
)
from reports.views.weekly.rounds import rounds_of
from reports.views.weekly.words import place_label


def review(request: HttpRequest, report: WeeklyReport, form: ReturnForm | None = None, unsent: int = 0) -> HttpResponse:
    """The last signed version, cut down to the rows this person reads. Before the first one only the state is shown.

    `form`: what came back, with all that was typed; `unsent`: how much of it 接收 would not send, for the question.
    """
    projects = readable_projects(request.user, report)
    version = report.versions.select_related("handed_in_by", "signed_by", "scan").filter(number=report.version).first()
    context = _head(request.user, report) | {"version": version, "rounds": rounds_of(report, projects), "part": projects is not None}
    if version is None:
        return render(request, "weekly/review.html", context)
    content, base = readable_content(version.content, projects), base_of(report, version)
    if base is not None:
        base.content = readable_content(base.content, projects)
    changes, everything = changed_lines(content, base), request.GET.get("rows") == "all"
    sums = totals(content)
    typed = {name: text for name, text in (form.data if form else {}).items() if name.startswith("remark:") and text.strip()}
    return render(request, "weekly/review.html", context | {
        "content": content, "base": base, "changes": changes, "everything": everything,
        "lines": whole_lines(content) if everything else [], "explained": [row for row in whole_lines(content) if row["explained"]],
        "levels": level_totals(sums), "spent": spent_words(level_totals(sums)), "counts": sums["counts"], "row_count": len(content["lines"]),
        "form": form or ReturnForm(initial={"revision": report.revision}),
        "far_above": far_above(content), "later": later_differences(report, amounts_in(content)),
        "typed": typed, "unsent": unsent, "elsewhere": _elsewhere(typed, content, changes, everything),
    }, status=400 if form else 200)  # fmt: skip


def _head(user, report: WeeklyReport) -> dict[str, Any]:
    at = periods.now()
    return {
        "report": report, "period": report.period, "unit": report.unit, "now": at, "timeliness": timeliness(report, at),
        "locked": is_locked(report, at), "words": moves.PREFECTURE_WORDS[ReportState(report.state)],
        "may_review": engine.allowed(report, moves.ACCEPT, user), "all_rows": sees_all_rows(user, report),
        "may_unlock": access.may(user, "weekly.unlock", report) and (report.state == ReportState.ACCEPTED or (
            is_locked(report, at) and report.state in (*EDITABLE_STATES, ReportState.SIGNING))),
        "unlock_form": UnlockForm(initial={"until": periods.local(periods.moment(periods.shift(periods.day_of(at), days=1), 17))}),
    }  # fmt: skip


def _elsewhere(typed: dict[str, str], content: dict, changes: list[dict], everything: bool) -> list[tuple[str, str, str]]:
    """Remarks at places that the list in view does not show: (name of the box, where, text). None is dropped."""
    if everything:
        shown = {f"remark:{row['line']['project']}:{place}" for row in whole_lines(content) for place in remarkable_places(row)}
    else:
        shown = {f"remark:{row['line']['project']}:{change['place']}" for row in changes for change in row["changes"]}
    names = {str(line["project"]): line["name"] for line in content["lines"]}
    found = []
    for name, text in typed.items():
        project, _, place = name.removeprefix("remark:").partition(":")
        if name not in shown:
            found.append((name, " ".join(filter(None, [names.get(project), place_label(place)])), text))
    return found


def _reviewable(request: HttpRequest, key: str, unit: str) -> WeeklyReport:
    report = report_in_sight(request, key, unit)
    if not access.may(request.user, "weekly.review", report):
        raise access.Denied("只有地区专班办公室可以接收或退回。", "weekly.review", target=report)
    return report


@require_POST
@back_to_report
def accept(request: HttpRequest, key: str, unit: str) -> HttpResponse:
    """接收 sends no remark: whoever has written some is asked first, and either returns the report or discards them."""
    report = _reviewable(request, key, unit)
    unsent = sum(bool(text.strip()) for name, text in request.POST.items() if name.startswith("remark:") or name == "reason")
    if unsent and "discard" not in request.POST:
        return review(request, report, ReturnForm(request.POST), unsent)
    signing.accept(report=report, by=request.user, revision=seen_revision(RevisionForm(request.POST)))
    messages.success(request, f"已接收 {report.unit} {report.period.title}。")
    return to_report(report)


@require_POST
def send_return(request: HttpRequest, key: str, unit: str) -> HttpResponse:
    """Return with reason and remarks in one form; what was typed is kept when something is missing."""
    report = _reviewable(request, key, unit)
    form = ReturnForm(request.POST)
    if not form.is_valid():
        return review(request, report, form)
    given = form.cleaned_data
    with telling_form(form) as told:
        signing.return_for_correction(
            report=report, by=request.user, reason=given["reason"], remarks=given["remarks"], revision=given["revision"],
            unusable=given["unusable"],
        )  # fmt: skip
    if told.refused:
        report.refresh_from_db()
        return review(request, report, form)
    messages.success(request, f"已退回 {report.unit}，须于 {periods.moment_words(report.return_due_at)} 前重报。")
    return to_report(report)


@require_http_methods(["POST"])
@back_to_report
def unlock(request: HttpRequest, key: str, unit: str) -> HttpResponse:
    """Late unlock with reason and expiry."""
    report = report_in_sight(request, key, unit)
    if not access.may(request.user, "weekly.unlock", report):
        raise access.Denied("只有地区专班办公室可以解锁。", "weekly.unlock", target=report)
    form = UnlockForm(request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(error for errors in form.errors.values() for error in errors))
        return to_report(report)
    signing.unlock(report=report, by=request.user, reason=form.cleaned_data["reason"], until=form.cleaned_data["until"])
    messages.success(request, f"已解锁至 {periods.moment_words(form.cleaned_data['until'])}，已通知 {report.unit}。")
    return to_report(report)
