"""Sheets in and out: the list as a job writes it against the bare writer, an import against reading plus one bulk upsert."""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from decimal import Decimal
from io import BytesIO
from multiprocessing import get_context

import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections, transaction
from django.http import QueryDict
from python_calamine import CalamineWorkbook

from funds.exports import build_vouchers
from funds.models import Voucher
from linkage import exports, jobs, periods
from linkage.excel import MIME, build_template, read_table, read_tables, write
from linkage.imports import engine
from linkage.imports.base import kind_of
from linkage.models import FundTask, Job, Organisation, Region, User
from projects.exports.project import build as build_projects
from projects.models import Method, Project

from .measure import Measure, once

VOUCHERS = (
    "unit__name", "project__name", "project__code", "allocation__county_allocation__batch__document_no", "kind", "nature", "amount_yuan",
    "paid_on", "voucher_no", "application_no", "payee_masked", "purpose", "channel",
)  # fmt: skip
PROJECTS = (
    "name", "code", "unit__name", "task__name", "category__name", "method", "implementer__name", "site", "content", "project_year",
    "planned_investment_yuan", "stage", "construction_state", "physical_ratio", "planned_start_on", "planned_finish_on", "started_on",
    "finished_on", "accepted_on",
)  # fmt: skip


def exporting(rows: int) -> Iterator[Measure]:
    """Long lists as a job writes them, against the bare writer with the same values; memory is the growth of a process of its own."""
    for words, model, build, names in (("支付凭证", Voucher, build_vouchers, VOUCHERS), ("项目库", Project, build_projects, PROJECTS)):
        have = min(rows, model.objects.count())
        taken, memory = _in_process(lambda build=build: _export(build))
        floor, bare_memory = _in_process(lambda model=model, names=names: _bare_export(model, names))
        yield Measure(f"导出{words} {have} 行", taken, "s", floor, "bare writer, constant memory", "≤ 1.5 × floor", taken <= 1.5 * floor)
        yield Measure(f"导出{words}：内存增长", memory, "MB", bare_memory, "bare writer", "constant")


def _in_process(act: Callable[[], None]) -> tuple[float, float]:
    """(seconds, growth of the resident memory in MB) of `act` in a process of its own."""
    connections.close_all()
    context = get_context("fork")
    mine, its = context.Pipe()

    def work() -> None:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        taken = once(act)
        its.send((taken, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024))

    process = context.Process(target=work)
    process.start()
    process.join()
    if process.exitcode:
        raise RuntimeError("the export failed, see above")
    return mine.recv()


def _export(build) -> None:
    call = exports.Call(User.objects.get(username="office"), QueryDict(""), periods.now())
    with tempfile.TemporaryFile() as target:
        write(target, build(call), constant_memory=True)


def _bare_export(model, names: tuple[str, ...]) -> None:
    rows = model.objects.values_list(*names)
    with tempfile.TemporaryFile() as target, xlsxwriter.Workbook(target, {"constant_memory": True, "default_date_format": "yyyy-mm-dd"}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows.iterator(2000)):
            for column, value in enumerate(row):
                sheet.write(number, column, value)


def importing(rows: int) -> Iterator[Measure]:
    """项目库 as a sheet: check and apply, new rows first, then all of them changed; against reading plus one bulk upsert."""
    by, kind = User.objects.get(username="c001_clerk"), kind_of("projects")
    yield from _import_memory(by, kind, rows)
    values = _sheet_rows(rows)
    for words, amount in (("新增", 1_200_000), ("变更", 1_300_000)):
        for row in values:
            row["planned_investment_yuan"] = Decimal(amount)
        content = build_template(kind.template(by), values)
        taken = once(lambda content=content: import_whole(by, kind, content))
        floor = once(lambda content=content: _bare_import(kind, by, content))
        limit, held = "≤ 2 × floor", taken <= 2 * floor
        yield Measure(f"导入项目库 {rows} 行（{words}）：核对并写入", taken, "s", floor, "read the sheet, bulk upsert", limit, held)
    yield from any_table(min(rows, 5_000))


def _import_memory(by, kind, rows: int) -> Iterator[Measure]:
    """Growth of the process that checks and writes, for a quarter of the rows and for all; its reader lives in one of its own."""
    few = rows // 4
    for words, build in (("模板", lambda number: build_template(kind.template(by), _sheet_rows(number))), ("原有的表", _own_table)):
        small, large = (_grown(by, build(number)) for number in (few, rows))
        held = large <= 1.5 * small
        yield Measure(f"导入项目库（{words}）{rows} 行：内存增长", large, "MB", small, f"{few} rows", "≤ 1.5 × floor", held)


def _grown(by, content: bytes) -> float:
    """MB by which a fresh process grows that imports this."""
    with tempfile.NamedTemporaryFile(suffix=".xlsx") as file:
        file.write(content)
        file.flush()
        said = subprocess.run([sys.executable, "-m", "bench.growth", by.username, file.name], capture_output=True, text=True, check=False)
    if said.returncode:
        raise RuntimeError(f"the import failed: {said.stderr[-2000:]}")
    return float(said.stdout)


def _sheet_rows(rows: int) -> list[dict]:
    """New rows each time: a kept database has those of the run before."""
    unit, run = Region.objects.get(slug="c001"), Job.objects.count()
    tasks, body = list(FundTask.objects.filter(is_active=True)), Organisation.objects.filter(region=unit).first()
    return [
        {"unit": unit.name, "name": f"导入第{run}批{n}号项目", "project_year": 2026, "method": Method.WORKS.label, "task": tasks[n % len(tasks)].name,
         "implementer": body.name, "site": "某乡某村", "content": "新建设施一处", "planned_investment_yuan": Decimal(1_200_000)} for n in range(rows)
    ]  # fmt: skip


def import_whole(by, kind, content: bytes) -> None:
    _applied(_checked(by, kind, content), by)


def _checked(by, kind, content: bytes) -> Job:
    job = engine.submit(by=by, kind=kind, file=SimpleUploadedFile("bench.xlsx", content, content_type=MIME))
    if job.state == "queued":
        jobs.run_job(job.pk, tell=False)
        job.refresh_from_db()
    return job


def _applied(job: Job, by) -> None:
    engine.confirm(job, by=by)
    if job.state == "queued":
        jobs.run_job(job.pk, tell=False)
        job.refresh_from_db()
    if job.state != "done":
        raise RuntimeError(f"import ended as {job.state}: {job.message}")


def _bare_import(kind, by, content: bytes) -> None:
    table = read_table(BytesIO(content), kind.template(by), max_rows=100_000)
    unit, now = Region.objects.get(slug="c001"), periods.now()
    tasks, bodies = {t.name: t for t in FundTask.objects.all()}, {o.name: o for o in Organisation.objects.filter(region=unit)}
    made = [
        Project(code=f"BENCH-{number}", name=row.values["name"], unit=unit, task=tasks[row.values["task"]], method=Method.WORKS,
                implementer=bodies[row.values["implementer"]], site=row.values["site"], content=row.values["content"], project_year=2027,
                planned_investment_yuan=row.values["planned_investment_yuan"], created_at=now, updated_at=now)
        for number, row in enumerate(table.rows)
    ]  # fmt: skip
    with transaction.atomic():
        Project.objects.bulk_create(
            made, batch_size=500, update_conflicts=True, unique_fields=["code"],
            update_fields=["name", "planned_investment_yuan", "site", "content", "task", "implementer", "updated_at"],
        )  # fmt: skip


def any_table(rows: int) -> Iterator[Measure]:
    """A county's own table (title, unit line, total): the reader beside bare calamine, then checked and applied as in the page."""
    by, kind, content = User.objects.get(username="c002_clerk"), kind_of("projects"), _own_table(rows)
    limits = {"max_bytes": 50_000_000, "max_rows": 100_000}
    taken = once(lambda: read_tables(BytesIO(content), "own.xlsx", **limits))
    floor = once(lambda: CalamineWorkbook.from_filelike(BytesIO(content)).get_sheet_by_index(0).to_python())
    yield Measure(f"读原有的项目表 {rows} 行", taken, "s", floor, "bare calamine to lists")
    found: list = []
    checked = once(lambda: found.append(_checked(by, kind, content)))
    yield Measure(f"原有的项目表 {rows} 行：核对", checked, "s", taken, "the reader alone", "< 5 s", checked < 5)
    applied = once(lambda: _applied(found[0], by))
    yield Measure(f"原有的项目表 {rows} 行：写入", applied, "s", limit="< 2 s", held=applied < 2)


def _own_table(rows: int) -> bytes:
    target = BytesIO()
    with xlsxwriter.Workbook(target) as book:
        sheet = book.add_worksheet()
        head = [["2026年少数民族发展资金项目表"], ["", "", "", "", "单位：万元"], ["序号", "项目名称", "建设地点", "建设内容", "计划投资"]]
        run = Job.objects.count()
        lines = [[n + 1, f"第{run}批{n}号道路硬化项目", "某乡某村", "硬化道路 1 公里", 120.5] for n in range(rows)]
        for number, line in enumerate([*head, *lines, ["合计", "", "", "", 120.5 * rows]]):
            sheet.write_row(number, 0, line)
    return target.getvalue()
