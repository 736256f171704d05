"""项目库 as an office prints it (features 10.5)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from linkage import exports, periods
from linkage.excel import Column, Sheet
from projects.figures import amounts
from projects.filters import ProjectFilter, sorted_by
from projects.models import Project
from projects.states import stage_word

KIND = "projects"
COLUMNS = [
    Column("no", "序号", "int", 6), Column("name", "项目名称", width=28), Column("code", "项目编号", width=14), Column("unit", "县（市、区）", width=11),
    Column("task", "资金任务", width=12), Column("category", "项目类别", width=12), Column("method", "实施方式", width=12),
    Column("implementer", "实施单位", width=20), Column("site", "建设地点", width=16), Column("content", "建设内容", width=34),
    Column("project_year", "年度", "text", 7),
    Column("planned_investment_yuan", "计划投资", "wan", 10, total=True),
    Column("allocated_yuan", "安排资金", "wan", 10, total=True), Column("paid_yuan", "累计支出", "wan", 10, total=True),
    Column("stage", "阶段", width=10), Column("construction", "施工状态", width=10), Column("physical_ratio", "形象进度", "percent"),
    Column("planned_start_on", "计划开工", "date"), Column("planned_finish_on", "计划完工", "date"), Column("started_on", "开工", "date"),
    Column("finished_on", "完工", "date"), Column("accepted_on", "验收", "date"),
]  # fmt: skip
AT_ONCE = 500
_AS_THEY_ARE = (
    "pk", "name", "code", "method", "site", "content", "project_year", "planned_investment_yuan", "stage", "physical_ratio",
    "planned_start_on", "planned_finish_on", "started_on", "finished_on", "accepted_on",
)  # fmt: skip
VALUES = {name: name for name in _AS_THEY_ARE} | {
    "unit": "unit__name", "task": "task__short_name", "category": "category__name", "construction": "construction_state",
    "short_name": "implementer__short_name", "full_name": "implementer__name",
}  # fmt: skip
_WORDS = {name: exports.labels_of(Project, name) for name in ("method", "stage", "construction_state")}


def _rows(call: exports.Call):
    rows = ProjectFilter(call.query, Project.objects.visible_to(call.by), user=call.by).qs
    return sorted_by(rows, call.query.get("sort", ""), user=call.by, as_of=periods.day_of(call.at))


def _lines(call: exports.Call, as_of) -> Iterator[dict]:
    number = 0
    for some in _by(AT_ONCE, exports.plain_rows(_rows(call), VALUES)):
        money = amounts.amounts([row["pk"] for row in some], call.by, as_of)
        for row in some:
            number += 1
            yield _line(number, row, money.get(row["pk"]))


def _by(size: int, rows: Iterable[dict]) -> Iterator[list[dict]]:
    """Lists of at most `size`, so that money is fetched with few queries and memory stays flat."""
    source = iter(rows)
    while some := list(islice(source, size)):
        yield some


def _line(number: int, row: dict, money: amounts.Amounts | None) -> dict:
    return row | {
        "no": number, "category": row["category"] or "", "implementer": row["short_name"] or row["full_name"] or "",
        "project_year": str(row["project_year"]), "method": _WORDS["method"][row["method"]],
        "stage": stage_word(row["method"], row["stage"], _WORDS["stage"][row["stage"]]),
        "construction": _WORDS["construction_state"][row["construction"]],
        "allocated_yuan": money and money.allocated_yuan, "paid_yuan": money and money.paid_yuan,
    }  # fmt: skip


def build(call: exports.Call) -> list[Sheet]:
    """Exactly the rows of the list page with the same address, in its order."""
    as_of = periods.day_of(call.at)
    basis = amounts.basis_words(as_of)
    return [
        Sheet(
            title="衔接资金项目库", name="项目库", unit_line="单位：万元", as_of=as_of, basis=basis, columns=COLUMNS, rows=_lines(call, as_of),
            frozen_columns=2, footnotes=["注：安排资金为已安排到项目的资金，含各级；" + (f"累计支出为{basis}。" if basis else "累计支出尚无数据。")],
        )
    ]  # fmt: skip


def count(call: exports.Call) -> int:
    return _rows(call).count()


exports.register(
    exports.ExportKind(KIND, "项目库", build=build, count=count, permission="export.run", stem=lambda call: "项目库")
)
