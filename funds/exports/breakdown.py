"""目标任务分解表 as Excel: one row per unit and task, target and actual of every measure beside each other."""

from __future__ import annotations

from collections.abc import Iterator

from funds.figures.breakdown import MEASURE_FORMULAS, Compared, SheetTable, compare
from funds.figures.sums import Sight
from funds.models import Breakdown
from linkage import access, exports, periods
from linkage.excel import Column, Sheet
from projects.figures.rates import BASIS
from projects.models import Project

BREAKDOWN = "breakdown"
LONG_COLUMNS = [
    Column("no", "序号", "int", 6), Column("unit", "县（市、区）", width=12), Column("task", "资金任务", width=14), Column("measure", "指标", width=14),
    Column("due_on", "完成时限", "date"), Column("target", "目标", "percent"),
    Column("numerator", "分子", "number", 14), Column("denominator", "分母", "number", 14),
    Column("actual", "实际", "percent"), Column("deviation", "偏差（百分点）", "number", 11, places=1), Column("word", "状态", width=12),
    Column("document_no", "依据文件", width=26),
]  # fmt: skip


def _columns(found: SheetTable) -> list[Column]:
    columns = [Column("unit", "县（市、区）", width=12), Column("task", "资金任务", width=14)]
    for place, column in enumerate(found.columns):
        group = f"{column.measure.label}（{periods.day_words(column.due_on, found.sheet.year)}前）"
        width = max(9, len(group))  # two of them bear the upper header
        columns += [Column(f"t{place}", "目标", "percent", width, group=group), Column(f"a{place}", "实际", "percent", width, group=group)]
    return columns


def _wide(found: SheetTable) -> Iterator[dict]:
    for line in found.lines:
        row: dict[str, object] = {"unit": line.unit.name, "task": line.task.short_name if line.task else "全部任务"}
        for place, cell in enumerate(line.cells):
            row |= {f"t{place}": cell.cell.target_ratio if cell else None, f"a{place}": cell.ratio if cell else None}
        yield row


def _long(found: SheetTable) -> Iterator[dict]:
    cells = [(line, cell) for line in found.lines for cell in line.cells if cell]
    for number, (line, cell) in enumerate(cells, 1):
        yield {
            "no": number, "unit": line.unit.name, "task": line.task.short_name if line.task else "全部任务", "measure": cell.cell.get_measure_display(),
            "due_on": cell.cell.due_on, "target": cell.cell.target_ratio, "numerator": _amount(cell, 0), "denominator": _amount(cell, 1),
            "actual": cell.ratio, "deviation": cell.deviation, "word": cell.word, "document_no": cell.document_no,
        }  # fmt: skip


def _amount(cell: Compared, place: int):
    """Money in 万元, everything else a plain number."""
    value = cell.actual[place]
    return value / 10_000 if cell.is_money and value is not None else value


def build(call: exports.Call) -> list[Sheet]:
    rows = Breakdown.objects.visible_to(call.by) if access.may(call.by, "breakdown.edit") else Breakdown.objects.visible_to(call.by).issued()
    sheet = rows.get(pk=call.params["sheet"])
    as_of = min(periods.shift(periods.day_of(call.at), days=-1), periods.Month(sheet.year, 12).last)
    found = compare(sheet, as_of=as_of, sight=Sight.of(call.by), projects=Project.objects.visible_to(call.by))
    stand = f"第 {sheet.version} 版，{sheet.document_no}" if not sheet.is_draft else f"第 {sheet.version} 版（草稿，未印发）"
    common = {"as_of": as_of, "basis": found.table.settings.basis.label}
    notes = [f"{stand}。", *(f"{formula}。" for formula in MEASURE_FORMULAS.values()), f"{BASIS}。"]
    return [
        Sheet(
            title=f"{sheet.year}年衔接资金目标任务分解表", name="分解表", columns=_columns(found), rows=_wide(found), frozen_columns=2, footnotes=notes,
            **common,
        ),
        Sheet(title=f"{sheet.year}年衔接资金目标任务完成情况表", name="完成情况", columns=LONG_COLUMNS, rows=_long(found), frozen_columns=3,
              footnotes=["资金类指标的分子、分母为万元，其余为项目数或指标数。"], **common),
    ]  # fmt: skip


exports.register(exports.ExportKind(BREAKDOWN, "目标任务分解表", build=build, permission="export.run", stem=lambda call: "目标任务分解表"))
