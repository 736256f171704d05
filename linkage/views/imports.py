"""导入: choose a sheet, take its template, upload it filled, look at every row, confirm."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Page
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from linkage import access, periods, rules, uploads
from linkage.excel import MIME, build_template
from linkage.excel.templates import Field
from linkage.forms.imports import ImportForm, MappingForm
from linkage.imports import engine
from linkage.imports.base import ImportKind, decode, kind_of
from linkage.models import ImportRow, ImportTrace, Job, JobState, RowVerdict
from linkage.money import percent_text, wan_text
from linkage.views.pages import paged, query_without, telling, telling_form


def _kinds_or_403(user) -> list[ImportKind]:
    found = engine.kinds_for(user)
    if not found:
        raise PermissionDenied("您的岗位没有可以导入的表。")
    return found


def _kind_or_error(user, code: str) -> ImportKind:
    """404 for a sheet that does not exist, 403 for one this person may not bring in."""
    kind = kind_of(code)
    if kind is None:
        raise Http404("没有这种导入表。")
    if not access.may(user, kind.permission):
        raise PermissionDenied(f"您的岗位不能导入{kind.title}。")
    return kind


@require_GET
def import_list(request: HttpRequest) -> HttpResponse:
    kinds = _kinds_or_403(request.user)
    page = paged(request, Job.objects.visible_to(request.user).filter(kind=engine.JOB).order_by("-pk"))
    return render(request, "imports/list.html", {"kinds": kinds, "page": page})


@require_http_methods(["GET", "POST"])
def import_new(request: HttpRequest) -> HttpResponse:
    """Without `?kind=` the choice of sheets; with it template and upload."""
    kinds = _kinds_or_403(request.user)
    code = request.GET.get("kind", "")
    if not code:
        return render(request, "imports/choose.html", {"kinds": kinds})
    kind = _kind_or_error(request.user, code)
    form = ImportForm(request.POST, request.FILES, kind=kind) if request.method == "POST" else ImportForm(kind=kind)
    if request.method == "POST" and form.is_valid():
        with telling_form(form) as told:
            job = engine.submit(by=request.user, kind=kind, file=form.cleaned_data["file"])
        if not told.refused:
            return redirect("import-detail", job.pk)
    today = periods.today()
    limits = {code: rules.get(f"import_max_{code}", on=today) for code in ("mb", "rows")}
    context = {"kind": kind, "form": form, "limits": limits, "fields": kind.fields(request.user)}
    return render(request, "imports/new.html", context)


@require_GET
def import_template(request: HttpRequest, code: str) -> HttpResponse:
    kind = _kind_or_error(request.user, code)
    template = kind.template(request.user)
    response = HttpResponse(build_template(template), content_type=MIME)
    response.headers["Content-Disposition"] = uploads.attachment(f"{template.title}.xlsx")
    response.headers["Cache-Control"] = "private, no-store"
    return response


@require_GET
def import_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Progress while it runs, then every row with its verdict."""
    job = _own_import(request, pk)
    if job.state == JobState.CHECKED and job.result.get("asks"):
        return redirect("import-columns", pk)
    kind = kind_of(job.params["kind"])
    counts = {value: job.result.get("counts", {}).get(value, 0) for value in RowVerdict.values}
    wanted = _wanted(request, counts)
    rows = ImportRow.objects.filter(job=job).filter(**({"verdict": wanted} if wanted else {}))
    page = paged(request, rows.order_by("sheet", "number"))
    _dress(page, kind.fields(request.user) if kind else ())
    context = {
        "job": job, "kind": kind, "counts": counts, "page": page, "tabs": _tabs(request, job, counts, wanted), "wanted": wanted,
        "is_open": job.state in (JobState.QUEUED, JobState.RUNNING), "is_free": bool(job.params.get("free")),
        "total": sum(counts.values()), "may_undo": _may_undo(job, kind),
    }  # fmt: skip
    return render(request, "imports/detail.html", context | _confirmable(job, counts))


def _confirmable(job: Job, counts: dict[str, int]) -> dict[str, Any]:
    """May it be confirmed as it stands, or only leaving out the rows in error, or not at all?"""
    ready = job.state == JobState.CHECKED and engine.to_write(job) > 0
    free = bool(job.params.get("free"))
    return {"may_confirm": ready and not counts["error"], "may_leave_out": ready and free and bool(counts["error"])}


def _may_undo(job: Job, kind: ImportKind | None) -> bool:
    if job.state != JobState.DONE or kind is None or kind.undo is None:
        return False
    return ImportTrace.objects.filter(job=job, undone_at__isnull=True).exists()


def _own_import(request: HttpRequest, pk: int) -> Job:
    jobs = Job.objects.visible_to(request.user).filter(kind=engine.JOB).select_related("source_file")
    return get_object_or_404(jobs, pk=pk)


def _wanted(request: HttpRequest, counts: dict[str, int]) -> str:
    """The verdict asked for; what needs repair comes first when nothing is asked."""
    asked = request.GET.get("verdict")
    if asked in RowVerdict.values:
        return asked
    return RowVerdict.ERROR.value if asked is None and counts["error"] else ""


def _tabs(request: HttpRequest, job: Job, counts: dict[str, int], wanted: str) -> list[dict[str, Any]]:
    """One tab per verdict; those that only tables in any form know are left out for templates."""
    rest = query_without(request, "verdict")
    tabs = [{"label": "全部", "url": f"?verdict=&{rest}", "active": not wanted, "count": sum(counts.values())}]
    for value, label in RowVerdict.choices:
        if value in (RowVerdict.SUSPECT, RowVerdict.SKIPPED) and not job.params.get("free"):
            continue
        tabs.append({"label": label, "url": f"?verdict={value}&{rest}", "active": wanted == value, "count": counts[value]})
    return tabs


def _dress(page: Page, fields: tuple[Field, ...]) -> None:
    for row in page.object_list:
        row.content = [] if row.verdict not in (RowVerdict.NEW, RowVerdict.SUSPECT) else _content(decode(row.raw), fields)


def _content(values: dict[str, Any], fields: tuple[Field, ...]) -> list[tuple[str, str]]:
    return [(column.header, _shown(column, values[column.key])) for column in fields if values.get(column.key) is not None]


def _shown(column: Field, value: Any) -> str:
    if column.kind == "wan":
        return f"{wan_text(value)} 万元"
    if column.kind == "yuan":
        return f"{value:,.2f} 元"
    if column.kind == "percent":
        return percent_text(value)
    return "是" if value is True else "否" if value is False else str(value)


@require_http_methods(["GET", "POST"])
def import_columns(request: HttpRequest, pk: int) -> HttpResponse:
    """Which table of the file is meant, what each column says, and what the table does not say."""
    job = _own_import(request, pk)
    tables, kind = job.result.get("tables"), kind_of(job.params["kind"])
    if job.state != JobState.CHECKED or not tables or kind is None or kind.any_tables is None:
        return redirect("import-detail", pk)
    index = _table_index(request, tables)
    questions = job.result.get("questions", []) if tables[index]["taken"] else []
    # Before anything was said of this file, what was remembered for its header stands in the fields.
    before = job.params.get("mapping") or {name: job.result.get(name, {}) for name in ("answers", "columns")}
    form = MappingForm(request.POST if request.method == "POST" else None, kind=kind, table=tables[index], questions=questions, before=before)
    if request.method == "POST" and form.is_valid():
        with telling_form(form) as told:
            engine.map_columns(job, by=request.user, mapping=form.mapping)
        if not told.refused:
            return redirect("import-detail", pk)
    context = {"job": job, "kind": kind, "form": form, "table": tables[index], "index": index, "why": job.result.get("why", [])}
    return render(request, "imports/columns.html", context | {"tabs": _table_tabs(tables, index)})


def _table_index(request: HttpRequest, tables: list[dict[str, Any]]) -> int:
    """The table asked for, else the one taken in, else the first list of projects, else the first."""
    asked = request.GET.get("table", "")
    if asked in map(str, range(len(tables))):
        return int(asked)
    for mark in ("taken", "is_list"):
        if (found := next((number for number, table in enumerate(tables) if table[mark]), None)) is not None:
            return found
    return 0


def _table_tabs(tables: list[dict[str, Any]], index: int) -> list[dict[str, Any]]:
    return [
        {"label": f"{table['sheet']} 第 {table['row']} 行起：{table['name']}", "url": f"?table={number}", "active": number == index,
         "count": table["rows"]}
        for number, table in enumerate(tables)
    ]  # fmt: skip


@require_POST
def import_decide(request: HttpRequest, pk: int) -> HttpResponse:
    """A doubtful row (`row`), or all of them, is taken in after all (`wanted` = 1) or left out."""
    job = _own_import(request, pk)
    row = request.POST.get("row", "")
    if row and not (row.isdecimal() and len(row) < 19):
        raise Http404("没有这一行。")
    with telling(request):
        engine.decide(job, by=request.user, wanted=request.POST.get("wanted") == "1", row=int(row) if row else None)
    address = reverse("import-detail", args=[pk])
    return redirect(f"{address}?verdict={RowVerdict.SUSPECT}")


@require_POST
def import_confirm(request: HttpRequest, pk: int) -> HttpResponse:
    job = _own_import(request, pk)
    with telling(request):
        engine.confirm(job, by=request.user, leave_out=request.POST.get("leave_out") == "1")
    return redirect("import-detail", pk)


@require_POST
def import_undo(request: HttpRequest, pk: int) -> HttpResponse:
    job = _own_import(request, pk)
    with telling(request):
        engine.undo(job, by=request.user)
    return redirect("import-detail", pk)
