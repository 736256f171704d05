"""开工率, 完工率, 验收率, 投资完成率 with numerator and denominator (features 4.3; 二(二)2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Sum

from linkage import money
from linkage.money import MoneyField
from projects import states
from projects.models import METHOD_COLUMNS, Method, Progress, Project

BASIS = "年度计划内、不含项目管理费和已出库项目；验收率以已完工且需要验收的项目为分母；投资完成率只算填报完成投资的实施方式"
WITH_INVESTMENT = tuple(method for method, columns in METHOD_COLUMNS.items() if "completed_investment_yuan" in columns)
WITH_ACCEPTANCE = tuple(method for method, stages in states.RAILS.items() if states.ACCEPTED in stages)
REACHED = {stage: states.ORDER[states.ORDER.index(stage) :] for stage in states.CARRIED_OUT}
DATE_OF = {states.STARTED: "started_on", states.FINISHED: "finished_on", states.ACCEPTED: "accepted_on"}


@dataclass(frozen=True)
class Rate:
    """`numerator` of `denominator` projects; nothing to divide by → ratio None, printed "—"."""

    numerator: int
    denominator: int

    @property
    def ratio(self) -> Decimal | None:
        return money.ratio(self.numerator, self.denominator)

    @property
    def words(self) -> str:
        return money.percent_text(self.ratio)

    def __add__(self, other: Rate) -> Rate:
        return Rate(self.numerator + other.numerator, self.denominator + other.denominator)


NO_RATE = Rate(0, 0)


@dataclass(frozen=True)
class Rates:
    """How far the projects of one year are. `projects` counts all rows in sight, 项目管理费 and library included."""

    projects: int
    planned_investment_yuan: Decimal
    counted: int
    started: Rate
    finished: Rate
    accepted: Rate
    invested_yuan: Decimal = Decimal("0.00")  # 完成投资 stated so far
    to_invest_yuan: Decimal = Decimal("0.00")  # 计划投资 of the projects that state it

    def __add__(self, other: Rates) -> Rates:
        return Rates(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))

    @property
    def invested_ratio(self) -> Decimal | None:
        """投资完成率 = 完成投资 ÷ 计划投资."""
        return money.ratio(self.invested_yuan, self.to_invest_yuan)

    @property
    def not_started(self) -> int:
        """应统计 − 已开工."""
        return self.counted - self.started.numerator


NONE = Rates(0, Decimal("0.00"), 0, NO_RATE, NO_RATE, NO_RATE)


def reached(stage: str, as_of: date) -> Q:
    """Projects that have reached 开工, 完工 or 验收 by `as_of`.

    By the stage they stand in; where the statement gives the day of the event, that day must not lie after `as_of`.
    """
    name = DATE_OF[stage]
    return Q(stage__in=REACHED[stage]) & (Q(**{f"{name}__isnull": True}) | Q(**{f"{name}__lte": as_of}))


def counted() -> Q:
    """Projects in the denominator of 开工率 and 完工率: planned or later, not removed, not 项目管理费 (2.1)."""
    planned = states.ORDER[states.ORDER.index(states.PLANNED) :]
    return Q(stage__in=planned) & ~Q(method=Method.FEE)


def _aggregates(as_of: date) -> dict:
    accepts = counted() & Q(method__in=WITH_ACCEPTANCE)
    return {
        "projects": Count("pk"), "planned": Sum("planned_investment_yuan"), "counted": Count("pk", filter=counted()),
        "started": Count("pk", filter=counted() & reached(states.STARTED, as_of)),
        "finished": Count("pk", filter=counted() & reached(states.FINISHED, as_of)),
        "to_accept": Count("pk", filter=accepts & reached(states.FINISHED, as_of)),
        "accepted": Count("pk", filter=accepts & reached(states.ACCEPTED, as_of)),
    }  # fmt: skip


def _rates(row: Mapping[str, Any]) -> Rates:
    return Rates(
        projects=row["projects"], planned_investment_yuan=row["planned"] or Decimal("0.00"), counted=row["counted"],
        started=Rate(row["started"], row["counted"]), finished=Rate(row["finished"], row["counted"]),
        accepted=Rate(row["accepted"], row["to_accept"]),
        invested_yuan=row.get("invested") or Decimal("0.00"), to_invest_yuan=row.get("to_invest") or Decimal("0.00"),
    )  # fmt: skip


def rates(projects: QuerySet[Project], *, as_of: date) -> Rates:
    """Rates over exactly the given projects (already limited to what the reader sees). One query.

    开工率 = 已开工 ÷ 应统计, 完工率 = 已完工 ÷ 应统计, 验收率 = 已验收 ÷ 已完工 (only methods that are accepted). Unit: projects.
    """
    return _rates(projects.order_by().aggregate(**_aggregates(as_of)))


def rates_by(projects: QuerySet[Project], *, as_of: date) -> dict[tuple[int, int], Rates]:
    """(unit id, task id) → its rates, with 完成投资 by the newest signed statement up to the day; they add up. One query."""
    stated = Progress.objects.live().filter(project=OuterRef("pk"), as_of__lte=as_of).order_by("-as_of").values("completed_investment_yuan")[:1]
    invests = counted() & Q(method__in=WITH_INVESTMENT)
    rows = projects.order_by().annotate(stated=Subquery(stated, output_field=MoneyField())).values("unit_id", "task_id").annotate(
        **_aggregates(as_of), invested=Sum("stated", filter=invests), to_invest=Sum("planned_investment_yuan", filter=invests)
    )  # fmt: skip
    return {(row["unit_id"], row["task_id"]): _rates(row) for row in rows}
