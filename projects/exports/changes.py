"""绩效目标一览 and 项目调整一览 as an office prints them (features 2.3, 2.8, 10.5)."""

from __future__ import annotations

from collections.abc import Iterator

from linkage import exports, periods
from linkage.excel import Column, Sheet
from projects.checks import revision_differences
from projects.exports.records import ORDER
from projects.filters.records import AdjustmentFilter, TargetFilter
from projects.models import PerformanceTarget, ProjectRevision

TARGETS, ADJUSTMENTS = "performance", "adjustments"
NEWEST = ("-at", "-pk")
TARGET_COLUMNS = [
    Column("no", "序号", "int", 6), Column("unit", "县（市、区）", width=11), Column("project", "项目", width=28), Column("level", "一级指标", width=11),
    Column("name", "指标", width=24), Column("operator", "符号", width=6), Column("target", "目标值", "number", 12),
    Column("actual", "实际值", "number", 12), Column("unit_name", "计量单位", width=9), Column("ratio", "完成率", "percent", 9),
    Column("result", "结果", width=12), Column("actual_on", "实际值日期", "date"),
]  # fmt: skip
ADJUSTMENT_COLUMNS = [
    Column("no", "序号", "int", 6), Column("unit", "县（市、区）", width=11), Column("code", "项目编号", width=16), Column("project", "项目", width=28),
    Column("kind", "调整类型", width=11), Column("before", "调整前", width=34), Column("after", "调整后", width=34), Column("reason", "理由", width=24),
    Column("document", "批准文件", width=20), Column("on", "日期", "date"), Column("by_name", "办理人", width=9), Column("withdrawn", "撤回", width=16),
]  # fmt: skip
RESULT_WORDS = {None: "还没有实际值", True: "达到目标", False: "未达到"}


def _targets(call: exports.Call):
    return TargetFilter(call.query, PerformanceTarget.objects.visible_to(call.by), user=call.by).qs.order_by(*ORDER)


def _target_lines(call: exports.Call) -> Iterator[dict]:
    for number, row in enumerate(_targets(call).select_related("project__unit").iterator(500), 1):
        yield {name: getattr(row, name) for name in ("name", "target", "actual", "unit_name", "actual_on")} | {
            "no": number, "unit": row.project.unit.name, "project": row.project.name, "level": row.get_level_display(),
            "operator": row.get_operator_display(), "ratio": row.completion_ratio, "result": RESULT_WORDS[row.is_reached],
        }  # fmt: skip


def build_targets(call: exports.Call) -> list[Sheet]:
    as_of, words = periods.day_of(call.at), "注：完成率：≥ 为实际÷目标，≤ 为目标÷实际，＝ 为 1−|实际−目标|÷目标。"
    return [
        Sheet(
            title="衔接资金项目绩效目标一览表", name="绩效目标", as_of=as_of, columns=TARGET_COLUMNS, rows=_target_lines(call), frozen_columns=3,
            footnotes=[words],
        )
    ]  # fmt: skip


def _adjustments(call: exports.Call):
    return AdjustmentFilter(call.query, ProjectRevision.objects.visible_to(call.by), user=call.by).qs.order_by(*NEWEST)


def _adjustment_lines(call: exports.Call) -> Iterator[dict]:
    for number, row in enumerate(_adjustments(call).select_related("project__unit").iterator(500), 1):
        differences = revision_differences(row)
        yield {
            "no": number, "unit": row.project.unit.name, "code": row.project.code, "project": row.project.name, "kind": row.get_kind_display(),
            "before": "；".join(f"{label}：{before}" for _, label, before, _ in differences),
            "after": "；".join(f"{label}：{after}" for _, label, _, after in differences),
            "reason": row.reason, "document": row.document, "on": periods.day_of(row.at), "by_name": row.by_name, "withdrawn": row.withdrawn_reason,
        }  # fmt: skip


def build_adjustments(call: exports.Call) -> list[Sheet]:
    as_of = periods.day_of(call.at)
    return [
        Sheet(
            title="衔接资金项目调整一览表", name="项目调整", as_of=as_of, columns=ADJUSTMENT_COLUMNS, rows=_adjustment_lines(call), frozen_columns=4,
            footnotes=["注：列入年度计划以后批准的调整，新的在前。"],
        )
    ]  # fmt: skip


exports.register(
    exports.ExportKind(
        TARGETS, "绩效目标一览表", build=build_targets, count=lambda call: _targets(call).count(), permission="export.run",
        stem=lambda call: "绩效目标一览表",
    )
)  # fmt: skip
exports.register(
    exports.ExportKind(
        ADJUSTMENTS, "项目调整一览表", build=build_adjustments, count=lambda call: _adjustments(call).count(), permission="export.run",
        stem=lambda call: "项目调整一览表",
    )
)  # fmt: skip
