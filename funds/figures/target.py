"""The target of a day: the node in force, else 序时 (features 4.3; domain §1.1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from funds.models import Breakdown, BreakdownCell, Denominator, Measure, TargetNode
from linkage import periods
from linkage.models import FundTask, Region

METHOD_WORDS = {"month": "月份÷12", "day": "按日折算"}
ALL_LEVELS = "all"


def linear_ratio(year: int, as_of: date, method: str) -> Decimal:
    """序时 of a fund year on a day, 0..1: by months ÷ 12 or by days; 0 before the year begins, 1 once it is over."""
    if as_of.year != year:
        return Decimal(0) if as_of.year < year else Decimal(1)
    return periods.month_ratio(as_of) if method == "month" else periods.day_ratio(as_of)


@dataclass(frozen=True)
class Target:
    """What must have been reached: `ratio` is the confirmed node last due (`node`), else 序时."""

    ratio: Decimal
    linear_ratio: Decimal
    day_ratio: Decimal
    method: str
    node: TargetNode | None = None
    next_node: TargetNode | None = None

    @property
    def words(self) -> str:
        """Where the target comes from, printed beside it."""
        if self.node is None:
            return f"序时（{METHOD_WORDS[self.method]}）"
        settled = "，不含新到" if self.is_settled else ""
        return f"节点 {periods.day_words(self.node.due_on)}{settled}（{self.node.document_no}）"

    @property
    def is_settled(self) -> bool:
        """Does the node leave out money younger than young_money_days?"""
        return self.node is not None and self.node.denominator == Denominator.SETTLED


@dataclass(frozen=True)
class TargetBook:
    """All nodes of one fund year, whatever their measure, read once."""

    year: int
    as_of: date
    method: str
    nodes: tuple[TargetNode, ...]

    @classmethod
    def load(cls, year: int, as_of: date, method: str) -> TargetBook:
        nodes = TargetNode.objects.filter(fund_year=year).select_related("region", "task")
        return cls(year, as_of, method, (*nodes, *breakdown_nodes(year, as_of)))

    def node(self, measure: str, *, level: str = "", task: FundTask | None = None, unit: Region | None = None) -> TargetNode | None:
        """The confirmed node of a measure that is in force, else the next one ahead; None where there is none: a measure other
        than 支出进度 has no 序时."""
        fitting = [node for node in self.nodes if node.measure == measure and node.is_verified and _fits(node, level, task, unit)]
        due = [node for node in fitting if node.due_on <= self.as_of]
        ahead = [node for node in fitting if node.due_on > self.as_of]
        return max(due, key=_speciality, default=None) or min(ahead, key=lambda found: found.due_on, default=None)

    def target(self, *, level: str = "", task: FundTask | None = None, unit: Region | None = None) -> Target:
        """The target of one line. Of the confirmed nodes that fit, those made most specially for it go first, and of
        these the last one due: targets are steps, not slopes. None due yet → 序时."""
        fitting = [node for node in self.nodes if node.measure == Measure.SPENDING and _fits(node, level, task, unit)]
        due = [node for node in fitting if node.is_verified and node.due_on <= self.as_of]
        ahead = [node for node in fitting if node.due_on > self.as_of]
        node = max(due, key=_speciality, default=None)
        linear = linear_ratio(self.year, self.as_of, self.method)
        return Target(
            ratio=node.target_ratio if node else linear, linear_ratio=linear,
            day_ratio=linear_ratio(self.year, self.as_of, "day"), method=self.method, node=node,
            next_node=min(ahead, key=lambda found: found.due_on, default=None),
        )  # fmt: skip


def breakdown_nodes(year: int, as_of: date) -> list[TargetNode]:
    """The targets of the 分解表 in force on a day, as nodes of their unit; nothing is stored twice. Two queries."""
    newest = Breakdown.objects.issued().filter(year=year, decided_on__lte=as_of).order_by("-version").values_list("pk", flat=True)[:1]
    cells = BreakdownCell.objects.filter(sheet__in=list(newest)).select_related("sheet", "unit", "task")
    return [
        TargetNode(
            fund_year=year, measure=cell.measure, task=cell.task, region=cell.unit, due_on=cell.due_on, target_ratio=cell.target_ratio,
            document_no=cell.document_no or cell.sheet.document_no, is_verified=True,
        )
        for cell in cells
    ]  # fmt: skip


def _fits(node: TargetNode, level: str, task: FundTask | None, unit: Region | None) -> bool:
    """A node for one level, task or region never judges a wider sum; an empty one holds for every part of 中央+省级."""
    if level == ALL_LEVELS:
        return False
    if node.level and node.level != level:
        return False
    if not node.level and level in ("prefecture", "county"):
        return False
    if node.task_id and (task is None or node.task_id != task.pk):
        return False
    return node.region is None or (unit is not None and node.region.covers(unit)) or _is_whole(node.region, unit)


def _is_whole(region: Region, unit: Region | None) -> bool:
    """A node of the prefecture holds for the sum over its units too."""
    return unit is None and not region.is_reporting


def _speciality(node: TargetNode) -> tuple:
    return (len(node.region.path) if node.region else 0, node.task_id is not None, bool(node.level), node.due_on, node.pk or 0)
