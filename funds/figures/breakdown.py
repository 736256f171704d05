"""目标任务分解表: each target with its document and the actual beside it (features 4.9)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Count, F, Q, QuerySet, Sum

from funds.figures.pacing import PaceTable, pace
from funds.figures.sums import Sight
from funds.models import BREAKDOWN_MEASURES, HEADLINE_LEVELS, Breakdown, BreakdownCell, Measure
from linkage.models import FundTask, Region
from linkage.money import points, ratio
from projects.figures.rates import NONE, rates_by
from projects.models import PerformanceTarget, Project

INDUSTRY = "industry"
Pair = tuple[Decimal | int, Decimal | int]  # numerator, denominator
MEASURE_FORMULAS: dict[str, str] = {
    Measure.SPENDING: "支出进度＝累计支出÷下达到县（中央＋省级）", Measure.STARTED: "开工率＝已开工项目÷年度计划项目",
    Measure.FINISHED: "完工率＝已完工项目÷年度计划项目",
    Measure.ACCEPTED: "验收率＝已验收项目÷已完工项目", Measure.INDUSTRY: "产业占比＝安排到产业发展类项目的资金÷已安排资金（中央＋省级）",
    Measure.PERFORMANCE: "绩效目标完成率＝已达到的绩效指标÷全部绩效指标",
}  # fmt: skip


@dataclass(frozen=True)
class Column:
    """One measure with one day: a column of the sheet."""

    measure: Measure
    due_on: date


@dataclass(frozen=True)
class Compared:
    """One target beside what has been reached by the day of the page."""

    cell: BreakdownCell
    actual: Pair
    as_of: date
    document_no: str

    @property
    def ratio(self) -> Decimal | None:
        return ratio(*self.actual)

    @property
    def is_money(self) -> bool:
        return self.cell.measure in (Measure.SPENDING, Measure.INDUSTRY)

    @property
    def deviation(self) -> Decimal | None:
        """Displayed actual − displayed target, in percentage points."""
        return points(self.ratio, self.cell.target_ratio)

    @property
    def look(self) -> str:
        """Key of the pace badge: reached, not due yet, missed, nothing known."""
        if self.deviation is None:
            return "none"
        return "normal" if self.deviation >= 0 else "severe" if self.cell.due_on <= self.as_of else "lag"

    @property
    def word(self) -> str:
        return {"none": "无数据", "normal": "已达到", "severe": "到期未达到", "lag": "未到期"}[self.look]


@dataclass(frozen=True)
class Line:
    """One unit and task of the sheet, its cells in the order of the columns (None = no target there)."""

    unit: Region
    task: FundTask | None
    cells: list[Compared | None]


@dataclass(frozen=True)
class SheetTable:
    sheet: Breakdown
    columns: list[Column]
    lines: list[Line]
    table: PaceTable

    @property
    def missed(self) -> list[Compared]:
        return [cell for line in self.lines for cell in line.cells if cell and cell.look == "severe"]

    @property
    def reached(self) -> int:
        return sum(cell is not None and cell.look == "normal" for line in self.lines for cell in line.cells)

    @property
    def count(self) -> int:
        return sum(cell is not None for line in self.lines for cell in line.cells)


def compare(sheet: Breakdown, *, as_of: date, sight: Sight, projects: QuerySet[Project]) -> SheetTable:
    """The sheet for the units in sight, with the actuals of the rows in sight. Thirteen queries at most."""
    units = list(sight.units)
    cells = sheet.cells.select_related("unit", "task").filter(unit__in=units).order_by("unit__display_order", "task__display_order", "pk")
    found = list(cells)
    columns = sorted({Column(Measure(cell.measure), cell.due_on) for cell in found}, key=lambda c: (BREAKDOWN_MEASURES.index(c.measure), c.due_on))
    table = pace(year=sheet.year, as_of=as_of, sight=sight)
    actuals = _Actuals(
        table, rates_by(projects.filter(project_year=sheet.year), as_of=as_of), industry_by(sight, sheet.year, as_of),
        performance_by(projects, sheet.year, as_of),
    )  # fmt: skip
    by_line: dict[tuple[int, int | None], dict[Column, Compared]] = {}
    heads: dict[tuple[int, int | None], tuple[Region, FundTask | None]] = {}
    for cell in sorted(found, key=lambda c: (c.unit.display_order, c.task.display_order if c.task else -1)):
        key = (cell.unit_id, cell.task_id)
        heads[key] = (cell.unit, cell.task)
        compared = Compared(cell, actuals.of(cell), as_of, cell.document_no or sheet.document_no)
        by_line.setdefault(key, {})[Column(Measure(cell.measure), cell.due_on)] = compared
    lines = [Line(*heads[key], [row.get(column) for column in columns]) for key, row in by_line.items()]
    return SheetTable(sheet, columns, lines, table)


@dataclass(frozen=True)
class _Actuals:
    table: PaceTable
    rates: Mapping
    industry: Mapping[tuple[int, int], Pair]
    performance: Mapping[tuple[int, int], Pair]

    def of(self, cell: BreakdownCell) -> Pair:
        if cell.measure == Measure.SPENDING:
            line = self.table.line(unit=cell.unit, task=cell.task)
            return line.paid_yuan, line.amounts.issued_yuan
        if cell.measure == Measure.INDUSTRY:
            return self._sum(self.industry, cell)
        if cell.measure == Measure.PERFORMANCE:
            return self._sum(self.performance, cell)
        rates = sum((one for key, one in self.rates.items() if self._fits(key, cell)), NONE)
        rate = {Measure.STARTED: rates.started, Measure.FINISHED: rates.finished, Measure.ACCEPTED: rates.accepted}[Measure(cell.measure)]
        return rate.numerator, rate.denominator

    @staticmethod
    def _fits(key: tuple[int, int], cell: BreakdownCell) -> bool:
        return key[0] == cell.unit_id and cell.task_id in (None, key[1])

    def _sum(self, pairs: Mapping[tuple[int, int], Pair], cell: BreakdownCell) -> Pair:
        fitting = [pair for key, pair in pairs.items() if self._fits(key, cell)]
        return sum(pair[0] for pair in fitting), sum(pair[1] for pair in fitting)


def industry_by(sight: Sight, year: int, as_of: date) -> dict[tuple[int, int], Pair]:
    """(unit, task) → 元 arranged to 产业发展 projects and 元 arranged at all, central and provincial money. One query."""
    of_industry = Q(project__category__code=INDUSTRY) | Q(project__category__parent__code=INDUSTRY)
    rows = sight.allocations.filter(county_allocation__batch__fund_year=year, county_allocation__batch__level__in=HEADLINE_LEVELS, decided_on__lte=as_of)
    sums = rows.order_by().values_list("project__unit_id", "project__task_id").annotate(
        industry=Sum("amount_yuan", filter=of_industry), every=Sum("amount_yuan")
    )  # fmt: skip
    return {(unit, task): (industry or Decimal(0), every) for unit, task, industry, every in sums}


def performance_by(projects: QuerySet[Project], year: int, as_of: date) -> dict[tuple[int, int], Pair]:
    """(unit, task) → performance indicators reached by the day, and all of them, of the projects of a year. One query."""
    kept = Q(operator="ge", actual__gte=F("target")) | Q(operator="le", actual__lte=F("target")) | Q(operator="eq", actual=F("target"))
    rows = PerformanceTarget.objects.filter(project__in=projects.filter(project_year=year).order_by().values("pk")).order_by()
    counts = rows.values_list("project__unit_id", "project__task_id").annotate(
        reached=Count("pk", filter=kept & Q(actual_on__lte=as_of)), every=Count("pk")
    )  # fmt: skip
    return {(unit, task): (reached, every) for unit, task, reached, every in counts}
