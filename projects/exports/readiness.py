"""成熟度 of projects before their works, as Excel."""

from __future__ import annotations

from linkage import exports, periods
from linkage.excel import Column, Sheet
from projects.figures.amounts import basis_words
from projects.figures.readiness import BASIS
from projects.filters.readiness import ripened

KIND = "project-readiness"
COLUMNS = [
    Column("no", "序号", "int", 6), Column("name", "项目名称", width=28), Column("code", "项目编号", width=14), Column("unit", "县（市、区）", width=11),
    Column("task", "资金任务", width=12), Column("method", "实施方式", width=12), Column("stage", "阶段", width=11), Column("ratio", "成熟度", "percent"),
    Column("next", "还缺什么", width=60), Column("planned_investment_yuan", "计划投资", "wan", 12, total=True),
]  # fmt: skip


def build(call: exports.Call) -> list[Sheet]:
    """Exactly the rows of the page with the same address, in its order."""
    as_of = periods.day_of(call.at)
    _, pairs = ripened(call.query, call.by, as_of)
    rows = [
        {
            "no": number, "name": project.name, "code": project.code, "unit": project.unit.name, "task": project.task.short_name,
            "method": project.get_method_display(), "stage": project.stage_words, "ratio": found.ratio, "next": found.next_words,
            "planned_investment_yuan": project.planned_investment_yuan,
        }
        for number, (project, found) in enumerate(pairs, 1)
    ]  # fmt: skip
    return [
        Sheet(
            title="未开工项目成熟度一览表", name="成熟度", unit_line="单位：万元", as_of=as_of, basis=basis_words(as_of), columns=COLUMNS, rows=rows,
            frozen_columns=2, footnotes=[f"注：{BASIS}。"],
        )
    ]  # fmt: skip


exports.register(exports.ExportKind(KIND, "项目成熟度", build=build, permission="export.run", stem=lambda call: "项目成熟度"))
