"""年终结算表: what is left of every allocation on 31 December and what becomes of it."""

from __future__ import annotations

from collections.abc import Iterator

from django.shortcuts import get_object_or_404

from funds.figures.closing import last_day, rows_of
from funds.models import CarryKind, YearClosing
from linkage import exports, periods
from linkage.excel import Column, Sheet
from linkage.money import ratio

COLUMNS = [
    Column("no", "序号", "int", 6), Column("unit", "县（市、区）", width=11), Column("level", "资金层级", width=9), Column("task", "资金任务", width=11),
    Column("fund_year", "资金年度", "int", 8), Column("document_no", "文号", width=23), Column("code", "项目编号", width=14),
    Column("project", "项目名称", width=28), Column("arranged_yuan", "安排金额", "wan", total=True),
    Column("paid_yuan", "累计支出", "wan", total=True), Column("rate", "支出进度", "percent"), Column("left_yuan", "年末余额", "wan", total=True),
    Column("carry_yuan", "结转下年", "wan", group="处理", total=True), Column("surplus_yuan", "结余收回", "wan", group="处理", total=True),
    Column("basis", "依据文号", width=18), Column("reason", "说明", width=24),
]  # fmt: skip


def _rows(rows) -> Iterator[dict]:
    for number, row in enumerate(rows, 1):
        batch, project = row.allocation.county_allocation.batch, row.allocation.project
        notes = [row.reason, "连续两年未用完" if row.is_overdue else "", "支出超过安排，待核" if row.left_yuan < 0 else ""]
        yield {
            "no": number, "unit": project.unit.name, "level": batch.get_level_display(), "task": batch.task.short_name, "fund_year": batch.fund_year,
            "document_no": batch.document_no, "code": project.code, "project": project.name, "arranged_yuan": row.arranged_yuan,
            "paid_yuan": row.paid_yuan, "rate": ratio(row.paid_yuan, row.arranged_yuan), "left_yuan": row.left_yuan,
            "carry_yuan": row.left_yuan if row.kind == CarryKind.CARRY else None,
            "surplus_yuan": row.left_yuan if row.kind == CarryKind.SURPLUS else None, "basis": row.document_no,
            "reason": "；".join(note for note in notes if note),
        }  # fmt: skip


def build(call: exports.Call) -> list[Sheet]:
    closing = get_object_or_404(YearClosing.objects.visible_to(call.by).select_related("region"), pk=call.params["closing"])
    state = "结账时" if closing.is_locked else "尚未结账"
    notes = ["年末余额＝安排金额－财政口径累计支出，只列有余额的资金；连续两年未用完的资金按结余管理（预算法第42条）。"]
    if closing.sha256:
        notes.append(f"{periods.moment_words(closing.closed_at)}结账，内容散列 {closing.sha256}")
    return [
        Sheet(
            title=f"{closing.region.name}{closing.year}年衔接资金年终结算表", name="年终结算表", columns=COLUMNS, rows=_rows(rows_of(closing, call.by)),
            unit_line=f"{state}　单位：万元", as_of=last_day(closing.year), basis="财政口径", footnotes=notes, frozen_columns=2,
            totals=lambda sums: {"rate": ratio(sums["paid_yuan"], sums["arranged_yuan"])},
        )
    ]  # fmt: skip


exports.register(exports.ExportKind("year-closing", "年终结算表", build=build, permission="export.run", stem=lambda call: "年终结算表"))
