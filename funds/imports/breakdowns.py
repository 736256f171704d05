"""目标任务分解表 as a sheet: one row per unit, task, measure and day, into the year's draft."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max

from funds.actions.breakdown import EDIT, FIRST_YEAR, LAST_YEAR, Goal, Place, open_breakdown, set_goals
from funds.models import BREAKDOWN_MEASURES, Breakdown, BreakdownCell
from linkage.excel import Field
from linkage.figures.names import RegionNames, squeeze, words_for
from linkage.imports.base import Difference, ImportKind, Row, Verdict, register
from linkage.models import FundTask, Region
from linkage.money import percent_text

MEASURES = {str(measure.label): measure.value for measure in BREAKDOWN_MEASURES}


@dataclass
class Context:
    """Units and tasks by name, and what stands in the newest version of each year."""

    units: dict[str, Region]
    tasks: dict[str, FundTask]
    standing: dict[int, dict[Place, Goal]]


def fields(by) -> tuple[Field, ...]:
    units, tasks = list(Region.objects.reporting()), list(FundTask.objects.filter(is_active=True))
    return (
        Field("year", "年度", "int", True, help="如 2026"),
        Field("unit", "县（市、区）", "choice", True, choices=tuple(u.name for u in units), also=words_for(units, RegionNames())),
        Field("task", "资金任务", "choice", choices=tuple(t.short_name for t in tasks), also=tuple((squeeze(t.name), t.short_name) for t in tasks),
              help="空着表示全部任务"),
        Field("measure", "指标", "choice", True, choices=tuple(MEASURES)), Field("due_on", "完成时限", "date", True),
        Field("target_ratio", "目标", "percent", True), Field("document_no", "依据文件", max_length=120, help="与整张表不同的才填", width=26),
    )  # fmt: skip


def begin(by, at: datetime, rows: list[Row]) -> Context:
    newest = Breakdown.objects.order_by().values("year").annotate(last=Max("version"))
    sheets = {sheet.pk: sheet for year in newest for sheet in Breakdown.objects.filter(year=year["year"], version=year["last"])}
    standing: dict[int, dict[Place, Goal]] = {}
    for cell in BreakdownCell.objects.filter(sheet__in=sheets):
        place = Place(cell.unit_id, cell.task_id, cell.measure, cell.due_on)
        standing.setdefault(sheets[cell.sheet_id].year, {})[place] = Goal(cell.target_ratio, cell.document_no)
    return Context(
        {unit.name: unit for unit in Region.objects.reporting()}, {task.short_name: task for task in FundTask.objects.filter(is_active=True)}, standing,
    )  # fmt: skip


def check_row(row: Row, context: Context) -> Verdict:
    value = row.values
    label = f"{value['unit']} {value['measure']}"
    problems = []
    if not FIRST_YEAR <= value["year"] <= LAST_YEAR:
        problems.append(row.problem("year", f"年度须在 {FIRST_YEAR} 与 {LAST_YEAR} 之间。请改正。"))
    if not 0 <= value["target_ratio"] <= 1:
        problems.append(row.problem("target_ratio", "目标须在 0 与 100% 之间。请写百分数，如 95。"))
    if problems:
        return Verdict.error(*problems, label=label)
    task = context.tasks[value["task"]].pk if value["task"] else None
    place = Place(context.units[value["unit"]].pk, task, MEASURES[value["measure"]], value["due_on"])
    goal = Goal(value["target_ratio"], (value["document_no"] or "").strip())
    before = context.standing.get(value["year"], {}).get(place)
    data = place._asdict() | {"year": value["year"], "ratio": goal.ratio, "document_no": goal.document_no}
    if before is None:
        return Verdict.new(data, label=label)
    if before.ratio == goal.ratio and goal.document_no in ("", before.document_no):
        return Verdict.unchanged(label=label)
    return Verdict.changed(data, [Difference("目标", percent_text(before.ratio), percent_text(goal.ratio))], label=label)


def apply_rows(rows, *, by, at, context: Context) -> None:
    by_year: dict[int, dict[Place, Goal | None]] = {}
    for staged in rows:
        d = staged.data
        by_year.setdefault(d["year"], {})[Place(d["unit"], d["task"], d["measure"], d["due_on"])] = Goal(d["ratio"], d["document_no"])
    for year, goals in sorted(by_year.items()):
        set_goals(sheet=open_breakdown(year=year, by=by, at=at), goals=goals, by=by, at=at)


register(
    ImportKind(
        code="breakdowns", title="目标任务分解表", permission=EDIT, fields=fields, begin=begin, check_row=check_row, apply_rows=apply_rows,
        result_url="/funds/breakdowns/", order=45, key=lambda v: (v["year"], v["unit"], v["task"], v["measure"], v["due_on"]),
        help="一行是一个县的一项目标，写入本年度的草稿；草稿核对后由专班办公室主任登记印发。",
    )
)  # fmt: skip
