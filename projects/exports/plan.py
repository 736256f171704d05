"""An annual implementation plan as an office prints it (features 2.4, 10.5)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from linkage import exports
from linkage.excel import Column, Marked, Sheet
from linkage.models import Level
from projects.figures import plan as figures
from projects.models import AnnualPlan, PlanItem

KIND = "plan"
COLUMNS = [
    Column("no", "序号", "int", 6), Column("name", "项目名称", width=28), Column("code", "项目编号", width=14), Column("method", "实施方式", width=12),
    Column("implementer", "实施单位", width=20), Column("site", "建设地点", width=16), Column("content", "建设内容", width=36),
    Column("planned_start_on", "计划开工", "date"), Column("planned_finish_on", "计划完工", "date"),
    Column("investment", "计划投资", "wan", 11, total=True),
    *(Column(level, level.label, "wan", 11, total=True, group="计划资金") for level in Level), Column("total", "合计", "wan", 11, total=True, group="计划资金"),
    Column("note", "备注", width=12),
]  # fmt: skip


def _plan(call: exports.Call) -> AnnualPlan:
    return AnnualPlan.objects.visible_to(call.by).select_related("unit", "based_on").get(pk=call.params["pk"])


def _items(call: exports.Call):
    rows = PlanItem.objects.visible_to(call.by).filter(plan__in=AnnualPlan.objects.visible_to(call.by), plan=call.params["pk"])
    joined = rows.select_related("project__task", "project__category", "project__implementer", "task").prefetch_related("money")
    return joined.order_by("task__display_order", "project__code")


def _lines(plan: AnnualPlan, items: list[PlanItem], table: list[figures.TaskRow]) -> Iterator:
    changes = {one.project.pk: one.words for one in figures.differences(plan.based_on, {item.project_id: item.amounts for item in items})}
    for row in table[:-1]:
        mine = [item for item in items if row.task and item.task_id == row.task.pk]
        if mine:
            yield Marked({"no": f"{row.task.name}（{len(mine)} 个）"}, "group")
        for number, item in enumerate(mine, 1):
            yield _line(number, item, changes.get(item.project_id, ""))
        if mine:
            yield Marked({"name": "小计", "total": row.planned_yuan} | dict(zip(Level, row.planned, strict=True)))


def _line(number: int, item: PlanItem, change: str) -> dict:
    facts, amounts = item.facts or figures.facts_of(item.project), item.amounts
    return facts | {
        "no": number, "investment": Decimal(facts["planned_investment_yuan"]), "total": sum(amounts.values(), Decimal(0)), "note": change,
        "planned_start_on": _day(facts["planned_start_on"]), "planned_finish_on": _day(facts["planned_finish_on"]),
    } | {level: amounts.get(level) for level in Level}  # fmt: skip


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def build(call: exports.Call) -> list[Sheet]:
    """Rows in the reader's sight, grouped by task with subtotals; the document it rests on below."""
    plan, items = _plan(call), list(_items(call))
    table = figures.summary([(item.task_id, item.amounts) for item in items], figures.issued(plan, call.by))
    return [
        Sheet(
            title=f"{plan.unit.name}{plan.year}年度财政衔接推进乡村振兴补助资金项目实施计划", name=f"{plan.year}年度计划", unit_line="单位：万元",
            columns=COLUMNS, rows=_lines(plan, items, table), frozen_columns=2, footnotes=_footnotes(plan),
        )
    ]  # fmt: skip


def _footnotes(plan: AnnualPlan) -> list[str]:
    if not plan.is_decided:
        return [f"注：第 {plan.version} 版，{plan.get_state_display()}，未经县级领导小组审定。"]
    filed = f"{plan.filed_at:%Y-%m-%d} 报地区备案。" if plan.filed_at else f"{plan.get_state_display()}。"
    words = f"注：第 {plan.version} 版，{plan.decided_on:%Y-%m-%d} 经县级领导小组审定（{plan.document_no}），{filed}"
    return [words, *([f"调整理由：{plan.reason}"] if plan.reason else []), f"内容散列 SHA-256：{plan.sha256}"]


def _stem(call: exports.Call) -> str:
    return str(_plan(call))


exports.register(
    exports.ExportKind(KIND, "年度实施计划", build=build, count=lambda call: _items(call).count(), permission="export.run", stem=_stem)
)
