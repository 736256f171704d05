"""年度实施计划一览: the newest version of each unit and year, as the list shows it (features 2.4, 10.5)."""

from __future__ import annotations

from collections.abc import Iterator

from linkage import exports, periods
from linkage.excel import Column, Sheet
from linkage.models import Level
from projects.figures import plan as figures
from projects.filters.plan import PlanFilter
from projects.models import AnnualPlan, PlanItem

KIND = "plans"
COLUMNS = [
    Column("no", "序号", "int", 6), Column("unit", "县（市、区）", width=11), Column("year", "年度", "int", 8), Column("version", "版本", "int", 7),
    Column("state", "状态", width=10), Column("projects", "项目数", "int", 8, total=True),
    *(Column(level, level.label, "wan", 12, total=True, group="计划资金") for level in Level), Column("total", "合计", "wan", 12, total=True, group="计划资金"),
    Column("document_no", "审定文件", width=22), Column("decided_on", "审定日期", "date"), Column("filed_on", "备案日期", "date"),
    Column("reason", "调整理由", width=28),
]  # fmt: skip


def _plans(call: exports.Call):
    return PlanFilter(call.query, AnnualPlan.objects.visible_to(call.by).newest(), user=call.by).qs


def _lines(call: exports.Call) -> Iterator[dict]:
    plans = list(_plans(call).select_related("unit"))
    sums = figures.sums_of(PlanItem.objects.visible_to(call.by).filter(plan__in=[plan.pk for plan in plans]))
    for number, plan in enumerate(plans, 1):
        line = {name: getattr(plan, name) for name in ("year", "version", "document_no", "decided_on", "reason")} | {
            "no": number, "unit": plan.unit.name, "state": plan.get_state_display(), "projects": 0,
            "filed_on": periods.day_of(plan.filed_at) if plan.filed_at else None,
        }  # fmt: skip
        if found := sums.get(plan.pk):
            line |= {"projects": found.projects, "total": found.total_yuan} | dict(zip(Level, found.by_level, strict=True))
        yield line


def build(call: exports.Call) -> list[Sheet]:
    """Sums over the projects in the reader's sight."""
    title = "财政衔接推进乡村振兴补助资金年度实施计划一览表"
    as_of = periods.day_of(call.at)
    return [Sheet(title=title, name="年度计划一览", unit_line="单位：万元", as_of=as_of, columns=COLUMNS, rows=_lines(call), frozen_columns=2)]


exports.register(
    exports.ExportKind(KIND, "年度计划一览表", build=build, count=lambda call: _plans(call).count(), stem=lambda call: "年度计划一览表")
)
