"""The weekly report as a workbook: take it, bring it back, look at what would change, write it (features 5.5)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linkage import audit, periods, rules, uploads
from linkage.errors import Refusal
from linkage.excel import MIME
from linkage.excel.keyed import Taken
from linkage.models import Upload
from linkage.views.pages import refusal_words, telling_form
from reports.actions.book import drop_book, stage_book, staged_books, staged_reading, take_book
from reports.figures.places import kind_of
from reports.forms.book import BookForm, decided, seen
from reports.imports.weekly import Change, Look, look, marked, read_book, workbook
from reports.imports.weekly.build import may_note
from reports.imports.weekly.compare import NOTE
from reports.models import WeeklyReport
from reports.views.weekly.common import address, back_to_report, own_report, to_report
from reports.views.weekly.words import EMPTY, REFERENCES, value_words


@require_safe
def take(request: HttpRequest, key: str, unit: str) -> HttpResponse:
    """The workbook of exactly the rows and columns this person reads in the grid."""
    report, at = own_report(request, key, unit), periods.now()
    content = workbook(report, by=request.user, at=at)
    audit.record(by=request.user, verb="下载填报表", target=report, at=at, after={"revision": report.revision})
    return _file(content, f"{report.unit}_{report.period.key}_填报表.xlsx")


def _file(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=MIME)
    response["Content-Disposition"] = uploads.attachment(name)
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


def _fillers_report(request: HttpRequest, key: str, unit: str) -> WeeklyReport:
    report = own_report(request, key, unit)
    if not may_note(request.user, report):
        raise PermissionDenied("您的岗位不能填报这份周调度。")
    return report


@require_http_methods(["GET", "HEAD", "POST"])
def bring(request: HttpRequest, key: str, unit: str) -> HttpResponse:
    """Choose the filled workbook; what cannot be read at all is told here, everything else on the preview."""
    report = _fillers_report(request, key, unit)
    form = BookForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        with telling_form(form) as told:
            at = periods.now()
            book = read_book(file, file.name, max_bytes=rules.get("import_max_mb", on=periods.day_of(at)) * 1024 * 1024)
            look(report, book, by=request.user, at=at)
            staged = stage_book(report=report, file=file, name=file.name, read=book.to_json(), by=request.user)
        if not told.refused:
            return HttpResponseRedirect(address("weekly-preview", report, staged.pk))
    waiting = staged_books(request.user, report).first()
    context = {"report": report, "period": report.period, "unit": report.unit, "form": form, "waiting": waiting}
    return render(request, "weekly/book_upload.html", context, status=422 if form.errors else 200)


def _staged(request: HttpRequest, report: WeeklyReport, pk: int) -> Upload:
    return get_object_or_404(staged_books(request.user, report), pk=pk)


def _look(request: HttpRequest, report: WeeklyReport, staged: Upload) -> tuple[Taken, Look]:
    """What was read from the staged workbook, against the report as it stands now. The file itself is not opened again."""
    try:
        book = Taken.from_json(staged_reading(staged))
    except ValueError as error:
        raise Refusal("这份表是系统更新之前上传的，请重新上传。", code="gone") from error
    return book, look(report, book, by=request.user, at=periods.now())


@require_http_methods(["GET", "HEAD", "POST"])
@back_to_report
def preview(request: HttpRequest, key: str, unit: str, pk: int) -> HttpResponse:
    """What the workbook would change, and after the confirmation all of it at once."""
    report = _fillers_report(request, key, unit)
    staged = _staged(request, report, pk)
    _, found = _look(request, report, staged)
    if request.method == "POST":
        return _write(request, report, staged, found)
    return render(request, "weekly/book_preview.html", _shown(report, staged, found))


def _write(request: HttpRequest, report: WeeklyReport, staged: Upload, found: Look) -> HttpResponse:
    try:
        if not found.ready:
            raise Refusal("表中还有须改正的格，没有写入。" if found.errors else "表与系统里的一致，没有要写入的内容。")
        edits, notes = decided(found, request.POST)
        count = take_book(report=report, edits=edits, notes=notes, source=staged, by=request.user)
    except Refusal as refusal:
        messages.error(request, refusal_words(refusal))
        still_there = staged_books(request.user, report).filter(pk=staged.pk).exists()
        return HttpResponseRedirect(address("weekly-preview", report, staged.pk)) if still_there else to_report(report)
    messages.success(request, f"已从“{staged.name}”写入 {count} 格。")
    return to_report(report)


@require_safe
@back_to_report
def faults(request: HttpRequest, key: str, unit: str, pk: int) -> HttpResponse:
    """The same workbook with a comment in every cell that needs a hand."""
    report = _fillers_report(request, key, unit)
    staged = _staged(request, report, pk)
    book, found = _look(request, report, staged)
    with _content_of(staged) as file:
        content = marked(file, found, book, report=report, by=request.user, at=periods.now())
    audit.record(by=request.user, verb="下载填报表", target=report, after={"marked": staged.name})
    return _file(content, f"{staged.name.removesuffix('.xlsx')}_标注.xlsx")


def _content_of(staged: Upload):
    try:
        return staged.file.open("rb")
    except FileNotFoundError as error:
        raise Http404("上传的表已不在，请重新上传。") from error


@require_POST
@back_to_report
def drop(request: HttpRequest, key: str, unit: str, pk: int) -> HttpResponse:
    """Away with a workbook that was only looked at."""
    report = _fillers_report(request, key, unit)
    drop_book(_staged(request, report, pk))
    messages.info(request, "已放弃上传的表，没有写入任何内容。")
    return to_report(report)


# -- in words ---------------------------------------------------------------------------------------------------------


def _shown(report: WeeklyReport, staged: Upload, found: Look) -> dict[str, Any]:
    names = {line.pk: line.project.name for line in found.lines}
    rows = [_row(change, found, names) for change in found.changes]
    return {
        "report": report, "period": report.period, "unit": report.unit, "staged": staged, "errors": found.errors, "notes": found.notes,
        "changes": [row for row in rows if not row["conflict"]], "conflicts": [row for row in rows if row["conflict"]],
        "problems": found.problems, "ready": found.ready, "changed_rows": len({row["label"] for row in rows}),
    }  # fmt: skip


def _row(change: Change, found: Look, names: dict[int, str]) -> dict[str, Any]:
    label = change.finding.label if change.place == NOTE else names.get(change.target, change.finding.label)
    return {
        "label": label, "cell": change.finding.cell, "sheet": change.finding.sheet, "header": change.finding.header, "name": change.name,
        "before": _words(change.place, change.before, found), "after": _words(change.place, change.after, found),
        "conflict": change.verdict == "conflict", "message": change.message, "seen": seen(change),
    }  # fmt: skip


def _words(place: str, value: Any, found: Look) -> str:
    if place == NOTE:
        return str(value or EMPTY)
    if place == "no_change":
        return "是" if value else EMPTY
    if place in REFERENCES and found.words is not None:
        return found.words.word(kind_of(place), value) or EMPTY
    return value_words(place, value)
