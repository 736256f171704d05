"""Hand in, recall, sign, send back: the county's own moves, and what it asks of the office (features 5.6)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from linkage import access, periods
from linkage import states as engine
from linkage.errors import ProblemsFound
from linkage.views.pages import telling_form
from reports import states as moves
from reports.actions import asking, dealing, signing
from reports.figures.later import amounts_of, later_differences
from reports.figures.statement import digest, lines_of, statement, totals
from reports.forms.weekly import (
    AskUnlockForm,
    HandInForm,
    ReasonForm,
    ResolveForm,
    RevisionForm,
    SignForm,
    seen_revision,
)
from reports.models import ReportState, WeeklyReport
from reports.views.weekly.common import address, back_to_report, own_report, to_report
from reports.views.weekly.reading import base_of, changed_lines, level_totals, spent_words


@require_POST
@back_to_report
def hand_in(request: HttpRequest, key: str, unit: str) -> HttpResponse:
    """To the signer. What stands in the way is listed in whole on the grid."""
    report = own_report(request, key, unit)
    form = HandInForm(request.POST)
    revision, zero = seen_revision(form), form.cleaned_data["zero"]
    try:
        signing.hand_in(report=report, by=request.user, revision=revision, zero=zero)
    except ProblemsFound as found:
        messages.error(request, f"没有提交。{found.message}全部问题列在表格上方，点一条跳到那一格。")
        return HttpResponseRedirect(f"{address('weekly-report', report)}#problems")
    messages.success(request, "已作零报告提交审签。" if zero else "已提交审签，由审签人核对后上报。")
    return to_report(report)


@require_POST
@back_to_report
def recall(request: HttpRequest, key: str, unit: str) -> HttpResponse:
    report = own_report(request, key, unit)
    signing.recall(report=report, by=request.user, revision=seen_revision(RevisionForm(request.POST)))
    messages.success(request, "已撤回，可以继续修改。")
    return to_report(report)


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign(request: HttpRequest, key: str, unit: str) -> HttpResponse:
    """Another person reads what changed, types the password again and signs what was read (revision and hash)."""
    report = own_report(request, key, unit)
    if not access.may(request.user, "weekly.sign", report):
        raise access.Denied("只有县级专班审签人可以审签上报。", "weekly.sign", target=report)
    if report.state != ReportState.SIGNING:
        messages.info(request, "这份报告现在不在待审签状态。")
        return to_report(report)
    is_early = periods.now() < report.period.cutoff_at
    form = SignForm(request, request.POST or None, initial={"revision": report.revision}, is_early=is_early)
    if request.method == "POST" and form.is_valid():
        with telling_form(form) as told:
            given = form.cleaned_data
            version = signing.sign(report=report, by=request.user, revision=given["revision"], early=given.get("early", False))
        if not told.refused:
            messages.success(request, f"已审签上报，形成第 {version.number} 版。")
            return to_report(report)
        report.refresh_from_db()  # the refused move has left its traces on the object
    return render(request, "weekly/sign.html", _to_sign(request.user, report) | {"form": form, "back_form": _back_form(report)})


def _back_form(report: WeeklyReport) -> ReasonForm:
    return ReasonForm(initial={"revision": report.revision}, auto_id="back_%s")


def _to_sign(user, report: WeeklyReport) -> dict[str, Any]:
    """What will be signed, as it stands: its changes against the last statement, its totals, sentences and hash."""
    lines = lines_of(report)
    content = statement(report, lines, list(report.issue_notes.select_related("issue").order_by("issue_id")))
    base = base_of(report)
    problems = signing.check(report, lines)
    sums = totals(content)
    levels = level_totals(sums)
    return {
        "report": report, "period": report.period, "unit": report.unit, "now": periods.now(), "sha256": digest(content),
        "changes": changed_lines(content, base), "base": base, "levels": levels, "spent": spent_words(levels), "counts": sums["counts"],
        "explained": [(p, report.explanations[p.key]) for p in problems if report.explanations.get(p.key)],
        "hints": [p for p in problems if p.severity == "hint"], "row_count": len(lines), "issues": content["issues"],
        "same_person": report.handed_in_by_id == user.pk, "may_sign": engine.allowed(report, moves.SIGN, user),
        "later": later_differences(report, amounts_of(lines)),
    }  # fmt: skip


@require_POST
@back_to_report
def send_back(request: HttpRequest, key: str, unit: str) -> HttpResponse:
    """The signer gives it back to the filler with a reason."""
    report = own_report(request, key, unit)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        messages.error(request, "没有退回：请写明理由。")
        return to_report(report)
    signing.send_back(report=report, by=request.user, reason=form.cleaned_data["reason"], revision=form.cleaned_data["revision"])
    messages.success(request, "已退回填报人。")
    return to_report(report)


@require_POST
@back_to_report
def done(request: HttpRequest, key: str, unit: str) -> HttpResponse:
    """A department says that its rows are filled."""
    report = own_report(request, key, unit)
    count = dealing.mark_done(report=report, by=request.user)
    messages.success(request, f"已告知填报员：贵单位 {count} 行填完。")
    return to_report(report)


@require_POST
@back_to_report
def resolve(request: HttpRequest, key: str, unit: str, pk: int) -> HttpResponse:
    """“已改” at one remark of the reviewer."""
    report = own_report(request, key, unit)
    remark = get_object_or_404(report.remarks, pk=pk)
    remark.report = report
    form = ResolveForm(request.POST)
    signing.resolve_remark(remark=remark, by=request.user, answer=form.cleaned_data["answer"] if form.is_valid() else "")
    messages.success(request, "已标“已改”。")
    return to_report(report)


@require_POST
@back_to_report
def ask_unlock(request: HttpRequest, key: str, unit: str) -> HttpResponse:
    report = own_report(request, key, unit)
    form = AskUnlockForm(request.POST)
    if not form.is_valid():
        messages.error(request, "没有申请：请写明为什么需要解锁。")
        return to_report(report)
    asking.ask_unlock(report=report, by=request.user, reason=form.cleaned_data["reason"])
    messages.success(request, "已向地区专班办公室申请解锁；解锁后会通知您。")
    return to_report(report)
