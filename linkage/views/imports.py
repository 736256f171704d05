"""导入: choose a sheet, take its template, upload it filled, look at every row, confirm."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib import messages
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
from linkage.imports.tables import mapping_of
from linkage.models import DECIDED, ImportRow, ImportTrace, Job, JobState, RowVerdict
from linkage.money import percent_text, wan_text
from linkage.views.pages import paged, query_without, telling, telling_form

_STALE = "打开这一页之后，这张表在别的窗口里重新读取过。"

_SAID_ONCE_FROM = 3  # rows
DOUBTFUL = "doubt"  # beside the verdicts: rows of which something asks to be looked at
_DECISIONS = (("1", "这些全部照样登记", "这些行都是另外的项目？"), ("0", "全部不登记", "这些行都不登记？"))


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
    own = Job.objects.visible_to(request.user).filter(kind=engine.JOB).select_related("trace")
    page = paged(request, own.order_by("-pk"))
    for job in page.object_list:
        job.look = _look(job)
    return render(request, "imports/list.html", {"kinds": kinds, "page": page})


def _look(job: Job) -> tuple[str, str]:
    """Which badge tells where an import stands: taken back and nothing to write are no states of a job."""
    trace = getattr(job, "trace", None)
    if trace is not None and trace.undone_at:
        return "import", "undone"
    if job.state == JobState.CHECKED and job.result.get("asks"):
        return "import", "asks"
    counts = job.result.get("counts", {})
    waits = any(counts.get(value) for value in (RowVerdict.NEW, RowVerdict.CHANGED, RowVerdict.SUSPECT, RowVerdict.ERROR))
    return ("import", "same") if job.state == JobState.CHECKED and counts and not waits else ("job", job.state)


@require_http_methods(["GET", "POST"])
def import_new(request: HttpRequest) -> HttpResponse:
    """Without `?kind=` the choice of sheets; with it template and upload."""
    kinds = _kinds_or_403(request.user)
    code = request.GET.get("kind", "")
    if not code:
        return render(request, "imports/choose.html", {"kinds": kinds})
    kind = _kind_or_error(request.user, code)
    if kind.feed is not None:
        return redirect(kind.start)
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
    if kind.feed is not None:
        raise Http404("系统导出的文件原样上传，没有模板。")
    template = kind.template(request.user)
    rows = kind.filled(request.user) if kind.filled else ()
    response = HttpResponse(build_template(template, rows), content_type=MIME)
    response.headers["Content-Disposition"] = uploads.attachment(f"{template.title}.xlsx")
    response.headers["Cache-Control"] = "private, no-store"
    return response


@require_GET
def import_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Progress while it runs, then every row with its verdict."""
    job = _own_import(request, pk)
    kind = kind_of(job.params["kind"])
    if kind is not None and kind.feed is not None:
        return redirect(kind.feed.page, pk)
    if job.state == JobState.CHECKED and job.result.get("asks"):
        return redirect("import-columns", pk)
    counts = {value: job.result.get("counts", {}).get(value, 0) for value in RowVerdict.values}
    wanted = _wanted(request, counts)
    rows = ImportRow.objects.filter(job=job)
    doubtful = rows.doubtful().count()
    if wanted:
        rows = rows.doubtful() if wanted == DOUBTFUL else rows.filter(verdict=wanted)
    page = paged(request, rows.order_by("sheet", "number"))
    shared = _dress(page, kind.fields(request.user) if kind else ())
    context = {
        "job": job, "kind": kind, "counts": counts, "page": page, "tabs": _tabs(request, counts, wanted, doubtful), "wanted": wanted,
        "doubtful": doubtful, "is_open": job.state in (JobState.QUEUED, JobState.RUNNING), "is_free": bool(job.params.get("free")),
        "total": sum(counts.values()), "seen": engine.staging_mark(job),
        "decisions": _DECISIONS, "shared": shared, "read_total": _read_total(job), "look": _look(job), "to_write": engine.to_write(job),
    }  # fmt: skip
    return render(request, "imports/detail.html", context | _confirmable(job, counts) | _afterwards(job, kind))


def _confirmable(job: Job, counts: dict[str, int]) -> dict[str, Any]:
    """May it be confirmed as it stands, or only leaving out the rows in error, or not at all?"""
    ready = job.state == JobState.CHECKED and engine.to_write(job) > 0
    free = bool(job.params.get("free"))
    return {"may_confirm": ready and not counts["error"], "may_leave_out": ready and free and bool(counts["error"])}


def _afterwards(job: Job, kind: ImportKind | None) -> dict[str, Any]:
    """Where one goes from a finished import: to what it wrote, back, or once more with the same file."""
    trace = ImportTrace.objects.filter(job=job).first() if job.state == JobState.DONE else None
    undone = trace is not None and trace.undone_at is not None
    result = ""
    if kind is not None and job.state == JobState.DONE and not undone:
        result = kind.written_url.format(job=job.pk) if kind.written_url and trace is not None else kind.result_url
    may_undo = trace is not None and not undone and kind is not None and kind.undo is not None
    return {"is_undone": undone, "may_undo": may_undo, "result_url": result}


def _own_import(request: HttpRequest, pk: int) -> Job:
    jobs = Job.objects.visible_to(request.user).filter(kind=engine.JOB).select_related("source_file")
    return get_object_or_404(jobs, pk=pk)


def _wanted(request: HttpRequest, counts: dict[str, int]) -> str:
    """The verdict asked for; what needs repair comes first when nothing is asked."""
    asked = request.GET.get("verdict")
    if asked in RowVerdict.values or asked == DOUBTFUL:
        return asked
    return RowVerdict.ERROR.value if asked is None and counts["error"] else ""


def _tabs(request: HttpRequest, counts: dict[str, int], wanted: str, doubtful: int) -> list[dict[str, Any]]:
    """One tab per verdict that some row has, and one for the rows that ask to be looked at, whatever their verdict."""
    rest = query_without(request, "verdict")
    tabs = [{"label": "全部", "url": f"?verdict=&{rest}", "active": not wanted, "count": sum(counts.values())}]
    for value, label in RowVerdict.choices:
        if not counts[value] and value != wanted:
            continue
        tabs.append({"label": label, "url": f"?verdict={value}&{rest}", "active": wanted == value, "count": counts[value]})
    if doubtful or wanted == DOUBTFUL:
        tabs.append({"label": "请核对", "url": f"?verdict={DOUBTFUL}&{rest}", "active": wanted == DOUBTFUL, "count": doubtful})
    return tabs


def _dress(page: Page, fields: tuple[Field, ...]) -> list[tuple[str, str]]:
    """What each row would write, without what stands in its own column; gives what is the same in all rows, said once."""
    rows = [row for row in page.object_list if row.verdict in (RowVerdict.NEW, RowVerdict.SUSPECT)]
    for row in page.object_list:
        row.content = []
    for row in rows:
        row.content = [one for one in _content(decode(row.raw), fields) if one[1] != row.label]
    if len(rows) < _SAID_ONCE_FROM:
        return []
    shared = [one for one in rows[0].content if all(one in row.content for row in rows)]
    for row in rows:
        row.content = [one for one in row.content if one not in shared]
    return shared


def _read_total(job: Job) -> Decimal | None:
    """The money of the tables taken in, in 元; None when they have none or it is our template."""
    totals = [Decimal(one["total"]) for one in job.result.get("tables", []) if one["taken"] and one["total"] is not None]
    return sum(totals, Decimal(0)) if totals else None


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
    index, seen = _table_index(request, tables), engine.staging_mark(job)
    given = request.POST if request.method == "POST" else None
    stale = given is not None and given.get("seen") != seen
    if given is not None and stale and given.get("key") != tables[index]["key"]:  # the answers are about other columns
        messages.warning(request, f"{_STALE}列已经不同，刚才填的没有采用，请再填一次。")
        return redirect("import-columns", pk)
    if given is not None and stale:
        given = given.copy()
        given["seen"] = seen
    form = MappingForm(
        given, kind=kind, tables=tables, index=index, questions=job.result.get("questions", []), mapping=mapping_of(job),
        answers=job.result.get("answers", {}), seen=seen,
    )  # fmt: skip
    if stale:
        form.add_error(None, f"{_STALE}刚才填的都还在，请核对后再点“按此读取”。")
    if given is not None and form.is_valid():
        with telling_form(form) as told:
            engine.map_columns(job, by=request.user, mapping=form.mapping, seen=seen)
        if not told.refused:
            return redirect("import-detail", pk)
    context = {
        "job": job, "kind": kind, "form": form, "table": tables[index], "index": index, "why": job.result.get("why", []),
        "is_no_list": not any(one["is_list"] for one in tables) and given is None,
    }  # fmt: skip
    return render(request, "imports/columns.html", context | {"tabs": _table_tabs(tables, index)})


def _table_index(request: HttpRequest, tables: list[dict[str, Any]]) -> int:
    """The table asked for, else one with open questions, else one taken in, else the first list of projects, else the first."""
    asked = request.GET.get("table", "")
    if asked in map(str, range(len(tables))):
        return int(asked)
    for mark in ("open", "taken", "is_list"):
        if (found := next((number for number, table in enumerate(tables) if table[mark]), None)) is not None:
            return found
    return 0


def _table_tabs(tables: list[dict[str, Any]], index: int) -> list[dict[str, Any]]:
    """One tab per sort of header: tables with the same one are spoken about together."""
    firsts: dict[str, int] = {}
    for number, table in enumerate(tables):
        firsts.setdefault(table["key"], number)
    tabs = []
    for key, number in firsts.items():
        alike = [table for table in tables if table["key"] == key]
        more = f"等 {len(alike)} 个表" if len(alike) > 1 else ""
        label = f"{alike[0]['sheet']} 第 {alike[0]['row']} 行起{more}：{alike[0]['name']}"
        tabs.append({"label": label, "url": f"?table={number}", "active": key == tables[index]["key"], "count": sum(one["rows"] for one in alike)})
    return tabs


@require_POST
def import_decide(request: HttpRequest, pk: int) -> HttpResponse:
    """A doubtful row (`row`), or all of them, is taken in after all (`wanted` = 1) or left out."""
    job = _own_import(request, pk)
    row = request.POST.get("row", "")
    if row and not (row.isdecimal() and len(row) < 19):
        raise Http404("没有这一行。")
    seen = None if row else request.POST.get("seen", "")
    verdict = request.POST.get("verdict", "")
    verdict = verdict if verdict in DECIDED else RowVerdict.SUSPECT
    with telling(request):
        engine.decide(job, by=request.user, wanted=request.POST.get("wanted") == "1", row=int(row) if row else None, seen=seen, verdict=verdict)
    kind = kind_of(job.params["kind"])
    address = reverse(kind.feed.page if kind is not None and kind.feed is not None else "import-detail", args=[pk])
    return redirect(f"{address}?verdict={verdict}")


@require_POST
def import_confirm(request: HttpRequest, pk: int) -> HttpResponse:
    job = _own_import(request, pk)
    with telling(request):
        engine.confirm(job, by=request.user, leave_out=request.POST.get("leave_out") == "1", seen=request.POST.get("seen", ""))
    return redirect("import-detail", pk)


@require_POST
def import_again(request: HttpRequest, pk: int) -> HttpResponse:
    """The kept file once more, as a new import."""
    job = _own_import(request, pk)
    with telling(request):
        return redirect("import-detail", engine.submit_again(job, by=request.user).pk)
    return redirect("import-detail", pk)


@require_POST
def import_undo(request: HttpRequest, pk: int) -> HttpResponse:
    job = _own_import(request, pk)
    with telling(request):
        engine.undo(job, by=request.user)
    return redirect("import-detail", pk)
