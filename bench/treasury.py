"""支付明细 as the treasury exports it: upload, preview and writing of a long file, and the growth of the process that does it."""

from __future__ import annotations

import resource
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import xlsxwriter
from django.core.files.base import File

from funds.models import Allocation
from linkage import jobs, periods
from linkage.imports import engine, feeds
from linkage.models import Job, JobState, User

from .measure import Measure, once

HEADER = ("预算年度", "资金名称", "区划代码", "区划名称", "单位名称", "项目名称", "指标文号", "支付凭证号", "用途", "付款方账户名称", "付款方账号",
          "支出功能科目", "政府支出经济分类", "部门支出经济分类", "支付方式", "收款人银行", "收款方账户名称", "收款方账号", "支付金额", "付款日期")  # fmt: skip
SECONDS = 60


def importing(rows: int) -> Iterator[Measure]:
    """A file of that many lines, first new and then once more unchanged; on PostgreSQL the first is to take less than a minute."""
    by = User.objects.filter(seats__role="dept_clerk", seats__organisation__functions__function="finance").first()
    if by is None:
        raise RuntimeError("nobody here may bring in payments")
    with tempfile.NamedTemporaryFile(suffix=".xlsx") as made:
        bare = once(lambda: write(made.name, rows))
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        box: list[Job] = []
        uploaded = once(lambda: box.append(_checked(by, made.name)))
        yield Measure(f"支付明细 {rows} 行：上传并核对", uploaded, "s", bare, "writing that file")
        written = once(lambda: _confirmed(by, box[0]))
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        total = uploaded + written
        yield Measure(f"支付明细 {rows} 行：上传、核对并写入", total, "s", SECONDS, "one minute", f"< {SECONDS} s (PostgreSQL)", total < SECONDS)
        yield Measure(f"支付明细 {rows} 行：内存增长", grown, "MB")
        again = once(lambda: _checked(by, made.name))
        yield Measure(f"支付明细 {rows} 行：同一份再传一次", again, "s", uploaded, "the first time")


def write(path: str, rows: int) -> None:
    """Payments of the projects that are there, with accounts, as an export has them."""
    known = list(
        Allocation.objects.order_by("pk").values_list(
            "county_allocation__unit__name", "project__name", "county_allocation__document_no", "county_allocation__batch__document_no"
        )[:20_000]
    )
    with xlsxwriter.Workbook(path, {"constant_memory": True, "default_date_format": "yyyy-mm-dd"}) as book:
        sheet, day = book.add_worksheet(), book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_row(0, 0, ["财政支付明细表"])
        sheet.write_row(1, 0, HEADER)
        for number in range(rows):
            unit, project, share, batch = known[number % len(known)]
            line = [2026, "财政衔接推进乡村振兴补助资金", "232700", unit, f"{unit}农业农村局", project, share or batch, f"2026{number:012d}", "工程进度款",
                    f"{unit}财政局", "08820101040000001", "2130504", "50302", "31005", "财政直接支付", "农商银行", "兴安建筑工程有限公司",
                    f"6228{number:014d}", 1000 + number % 9000 + 0.5]  # fmt: skip
            sheet.write_row(number + 2, 0, line)
            sheet.write_datetime(number + 2, len(line), periods.moment(date(2026, 1 + number % 10, 1 + number % 28), 0).replace(tzinfo=None), day)


def _checked(by, path: str) -> Job:
    with Path(path).open("rb") as raw:
        job = feeds.submit(by=by, file=File(raw, name="支付明细.xlsx"))
    if job.state == JobState.QUEUED:
        jobs.run_job(job.pk, tell=False)
        job.refresh_from_db()
    if job.state != JobState.CHECKED:
        raise RuntimeError(job.message)
    return job


def _confirmed(by, job: Job) -> None:
    engine.confirm(job, by=by, leave_out=True)
    job.refresh_from_db()
    if job.state == JobState.QUEUED:
        jobs.run_job(job.pk, tell=False)
        job.refresh_from_db()
    if job.state != JobState.DONE:
        raise RuntimeError(job.message)
