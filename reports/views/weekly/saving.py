"""What the grid's script saves. Every answer carries the new state: revision, problems, rows filled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_POST

from linkage import periods
from reports.actions import filling, sentences, signing
from reports.figures.sight import own_lines
from reports.figures.statement import lines_of
from reports.forms.weekly import body_of, edits_of, number_of, words_of
from reports.models import WeeklyReport
from reports.views.weekly.common import answers_json, own_report
from reports.views.weekly.grid import sheet_of, state_of
from reports.views.weekly.sheet import clock_words


def _answer(request: HttpRequest, report: WeeklyReport, **more: Any) -> JsonResponse:
    """The state after a few cells were saved."""
    report.refresh_from_db(fields=["revision", "state", "explanations"])
    lines = lines_of(report, own_lines(request.user, report))
    return JsonResponse(state_of(report, lines, signing.check(report, lines)) | {"at": clock_words(periods.now())} | more)


@require_POST
@answers_json
def cells(request: HttpRequest, key: str, unit: str) -> JsonResponse:
    """A batch of typed cells; each is answered for: saved, unchanged, conflict, error."""
    report = own_report(request, key, unit)
    edits = edits_of(body_of(request))
    outcomes = filling.save_cells(report=report, edits=edits, by=request.user)
    return _answer(request, report, outcomes=[asdict(outcome) for outcome in outcomes])


def _seen(body: dict[str, Any]) -> str | None:
    """The text the person saw when typing; None when the script does not say."""
    return words_of(body, "base")[0] if body.get("base") is not None else None


@require_POST
@answers_json
def explain(request: HttpRequest, key: str, unit: str) -> JsonResponse:
    """The sentence of one 核实 problem."""
    report = own_report(request, key, unit)
    body = body_of(request)
    problem, text = words_of(body, "key", "text")
    sentences.explain(report=report, key=problem[:120], text=text, base=_seen(body), by=request.user)
    return _answer(request, report)


@require_POST
@answers_json
def note(request: HttpRequest, key: str, unit: str) -> JsonResponse:
    """This week's 整改进展 of one open issue."""
    report = own_report(request, key, unit)
    body = body_of(request)
    (text,) = words_of(body, "text")
    sentences.note_issue(report=report, issue_id=number_of(body, "issue") or 0, text=text, base=_seen(body), by=request.user)
    return _answer(request, report)


def _bulk(act: Callable[[WeeklyReport, dict[str, Any], Any], str]) -> Callable:
    """An act on many rows; the answer brings the whole sheet anew and a message."""

    @require_POST
    @answers_json
    def acting(request: HttpRequest, key: str, unit: str) -> JsonResponse:
        report = own_report(request, key, unit)
        message = act(report, body_of(request), request.user)
        report.refresh_from_db(fields=["revision", "state", "explanations"])
        at = periods.now()
        return JsonResponse({"message": message, "at": clock_words(at), "sheet": sheet_of(request, report, at)})

    return acting


def _rest(report: WeeklyReport, body: dict[str, Any], by) -> str:
    count = filling.mark_rest_unchanged(report=report, by=by)
    return f"已将其余 {count} 行标为“本期无变化”。" if count else "没有未填的行。"


def _treasury(report: WeeklyReport, body: dict[str, Any], by) -> str:
    count = filling.take_treasury(report=report, by=by, line=number_of(body, "line"))
    return f"已按财政数带入 {count} 格。" if count else "累计支出已与财政数一致，没有可带入的。"


def _sync(report: WeeklyReport, body: dict[str, Any], by) -> str:
    before = report.lines.count()
    added = filling.sync_lines(report=report, by=by) - before
    return f"已补入 {added} 个项目。" if added > 0 else "没有新项目；新安排的资金已补入。"


rest, treasury, sync = _bulk(_rest), _bulk(_treasury), _bulk(_sync)
