"""Every rate of 4.3 beside each other: 支出进度 and what goes before it, with last week, the same day of last year, and the most
that can be reached. One row per unit or task; numerator and denominator are kept, never only the quotient."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import QuerySet

from funds.figures.pacing import HEADLINE, Line, PaceTable, pace
from funds.figures.sums import Sight
from funds.figures.waiting.reading import Asked
from funds.figures.waiting.table import Ceiling, WaitingTable, ceiling_parts, documents_of, waiting
from funds.models import HEADLINE_LEVELS, Measure, TargetNode
from linkage.models import FundTask, Region
from linkage.money import ratio
from projects.figures.rates import NONE, Rates, rates_by
from projects.models import Project

ZERO = Decimal("0.00")
FORMULAS: dict[str, str] = {
    "spending": "支出进度＝累计支出÷下达到县", "arranged": "分配进度＝已安排到项目÷下达到县", "granted": "拨付率＝财政核拨÷下达到县",
    "started": "开工率＝已开工项目÷年度计划项目", "finished": "完工率＝已完工项目÷年度计划项目", "invested": "投资完成率＝完成投资÷计划投资",
    "accepted": "验收率＝已验收项目÷已完工项目", "ceiling": "理论最高支出进度＝（下达－质保金－结余和无法支出－停工）÷下达",
}  # fmt: skip


@dataclass(frozen=True)
class Row:
    """All rates of one unit or task (None = all in sight). `before` is the line of the same day last year."""

    line: Line
    before: Line
    rates: Rates
    ceiling: Ceiling
    nodes: Mapping[str, TargetNode | None]

    @property
    def last_year_ratio(self) -> Decimal | None:
        return self.before.ratio

    @property
    def ceiling_ratio(self) -> Decimal | None:
        return ratio(self.ceiling.reachable_yuan, self.ceiling.issued_yuan)


@dataclass(frozen=True)
class Measures:
    """The rows of one page: the sum first asked for, then units and tasks."""

    total: Row
    units: list[Row]
    tasks: list[Row]
    waits: WaitingTable
    before_day: date


def same_day_last_year(day: date) -> date:
    """29 February has none: the 28th stands for it."""
    return day.replace(year=day.year - 1, day=28) if (day.month, day.day) == (2, 29) else day.replace(year=day.year - 1)


def measures(table: PaceTable, *, user, sight: Sight, projects: QuerySet[Project], task: FundTask | None = None) -> Measures:
    """Beside a pace table: last year by the same basis, rates of projects, the ceiling by what waits. A fixed number of queries."""
    settings = table.settings
    before_day = same_day_last_year(settings.as_of)
    before = pace(year=settings.year - 1, as_of=before_day, basis=settings.basis, sight=sight)
    levels = tuple(str(level) for level in HEADLINE_LEVELS)
    asked = Asked(
        as_of=settings.as_of, since=settings.as_of, basis=settings.basis, year=settings.year, levels=levels, task=task.pk if task else None,
    )  # fmt: skip
    waits = waiting(asked, sight=sight, batches=documents_of(user))
    cells = rates_by(projects.filter(project_year=settings.year), as_of=settings.as_of)
    parts = ceiling_parts(waits)
    make = _Maker(table, before, cells, parts)
    return Measures(
        total=make.row(None, task), units=[make.row(unit, task) for unit in table.units],
        tasks=[make.row(None, line.task) for line in table.by_task] if task is None else [], waits=waits, before_day=before_day,
    )  # fmt: skip


@dataclass(frozen=True)
class _Maker:
    table: PaceTable
    before: PaceTable
    cells: dict[tuple[int, int], Rates]
    parts: dict[tuple[int, int], tuple[Decimal, Decimal, Decimal]]

    def row(self, unit: Region | None, task: FundTask | None) -> Row:
        line = self.table.line(unit=unit, task=task)
        return Row(
            line=line, before=self.before.line(unit=unit, task=task), rates=sum(_fitting(self.cells, unit, task), NONE),
            ceiling=self._ceiling(line, unit, task), nodes=self._nodes(unit, task),
        )  # fmt: skip

    def _ceiling(self, line: Line, unit: Region | None, task: FundTask | None) -> Ceiling:
        found = _fitting(self.parts, unit, task)
        kept, spare, stopped = (sum((part[place] for part in found), ZERO) for place in range(3))
        return Ceiling(line.amounts.issued_yuan, kept, spare, stopped, line.paid_yuan or ZERO)

    def _nodes(self, unit: Region | None, task: FundTask | None) -> dict[str, TargetNode | None]:
        return {measure.value: self.table.targets.node(measure, level=HEADLINE, task=task, unit=unit) for measure in Measure if measure != Measure.SPENDING}


def _fitting(cells: dict, unit: Region | None, task: FundTask | None) -> list:
    """Cells by (unit, task) that belong to a row."""
    return [cell for (of_unit, of_task), cell in cells.items() if (unit is None or of_unit == unit.pk) and (task is None or of_task == task.pk)]
