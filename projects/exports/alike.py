"""相似项目对照表: the pairs the page shows, both projects side by side, with what a person said (features 2.6, 10.5)."""

from __future__ import annotations

from collections.abc import Iterator

from linkage import exports, periods
from linkage.excel import Column, Sheet
from projects.figures import alike
from projects.filters.alike import AlikeFilter
from projects.models import AlikePair, Project

KIND = "alike"


def _side(name: str, title: str) -> list[Column]:
    return [
        Column(f"{name}_code", "项目编号", width=16, group=title), Column(f"{name}_name", "项目名称", width=28, group=title),
        Column(f"{name}_unit", "县（市、区）", width=11, group=title), Column(f"{name}_site", "建设地点", width=14, group=title),
        Column(f"{name}_method", "实施方式", width=10, group=title), Column(f"{name}_year", "年度", "int", 7, group=title),
        Column(f"{name}_planned", "计划投资", "wan", 11, group=title), Column(f"{name}_stage", "阶段", width=10, group=title),
    ]  # fmt: skip


COLUMNS = [
    Column("no", "序号", "int", 6), Column("kind", "疑似", width=10), *_side("first", "项目一"), *_side("second", "项目二"),
    Column("reasons", "依据", width=34), Column("verdict", "认定", width=12), Column("why", "理由", width=26), Column("by", "认定人", width=9),
    Column("on", "认定日期", "date"),
]  # fmt: skip


def _rows(call: exports.Call):
    return AlikeFilter(call.query, AlikePair.objects.visible_to(call.by), user=call.by).qs


def _project(name: str, project: Project) -> dict:
    return {
        f"{name}_code": project.code, f"{name}_name": project.name, f"{name}_unit": project.unit.name, f"{name}_site": project.site,
        f"{name}_method": project.get_method_display(), f"{name}_year": project.project_year, f"{name}_planned": project.planned_investment_yuan,
        f"{name}_stage": project.stage_words,
    }  # fmt: skip


def _lines(call: exports.Call) -> Iterator[dict]:
    decisions = alike.decided(call.by)
    for number, row in enumerate(_rows(call).select_related("first__unit", "second__unit").iterator(500), 1):
        line = {"no": number, "kind": row.get_kind_display(), "reasons": "，".join(row.reasons)}
        line |= _project("first", row.first) | _project("second", row.second)
        if decision := decisions.get((row.first_id, row.second_id)):
            line |= {"verdict": decision.get_verdict_display(), "why": decision.reason, "by": str(decision.by or ""), "on": periods.day_of(decision.at)}
        yield line


def build(call: exports.Call) -> list[Sheet]:
    """As of the last comparison; what stands of the projects and the decisions is of the moment."""
    title = "疑似重复、疑似拆分项目对照表"
    head = {"unit_line": "单位：万元", "as_of": alike.compared_at(), "basis": "相似项目对比"}
    return [Sheet(title=title, name="相似项目", columns=COLUMNS, rows=_lines(call), frozen_columns=2, **head)]


exports.register(
    exports.ExportKind(KIND, "相似项目对照表", build=build, count=lambda call: _rows(call).count(), stem=lambda call: "疑似重复与拆分项目对照表")
)
