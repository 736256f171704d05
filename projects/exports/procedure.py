"""Desk, waiting money and times taken as Excel."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.db.models import Q

from linkage import access, exports, periods
from linkage.access import Breadth
from linkage.excel import Column, Sheet
from linkage.permissions import COMPARING
from projects.figures import amounts
from projects.figures.procedures import SMALL, lines_of, ranked, times, waiting_money
from projects.filters.procedure import ProcedureFilter
from projects.models import Procedure

DESK, MONEY, TIMES = "procedures", "procedure-money", "procedure-times"
AT_ONCE = 500

DESK_COLUMNS = [
    Column("no", "序号", "int", 6), Column("project", "项目名称", width=28), Column("code", "项目编号", width=14), Column("unit", "县（市、区）", width=11),
    Column("kind", "手续", width=18), Column("nature", "类型", width=9), Column("handler", "承办单位", width=18), Column("state", "状态", width=12),
    Column("applied_on", "申请日期", "date"), Column("accepted_on", "受理日期", "date"), Column("ended_on", "办结日期", "date"),
    Column("document_no", "文号", width=20), Column("promised_due_on", "承诺到期", "date"), Column("legal_due_on", "法定到期", "date"),
    Column("department", "部门用时", "int", 9), Column("applicant", "申请方用时", "int", 10), Column("outside", "系统外单位用时", "int", 12),
    Column("overdue", "超时限", "int", 8), Column("green", "绿色通道", width=9), Column("confirmation", "代录确认", width=11),
    Column("words", "办理情况", width=34), Column("unpaid_yuan", "涉及资金", "wan", 12),
]  # fmt: skip
MONEY_COLUMNS = [
    Column("no", "序号", "int", 6), Column("matter", "事项", width=20), Column("handler", "承办单位", width=24), Column("procedures", "未办结手续", "int", 11),
    Column("projects", "涉及项目", "int", 10), Column("unpaid_yuan", "待支出资金", "wan", 14), Column("overdue", "超时限", "int", 8),
    Column("longest_days", "最长已申请（工作日）", "int", 14), Column("earliest_on", "最早可付款", "date"), Column("latest_on", "最晚可付款", "date"),
]  # fmt: skip
TIMES_COLUMNS = [
    Column("no", "序号", "int", 6), Column("kind", "手续", width=20), Column("handler", "承办单位", width=22), Column("done", "办结", "int", 8),
    Column("department_median", "部门用时中位数", "number", 12), Column("applicant_median", "申请方用时中位数", "number", 12),
    Column("outside_median", "系统外用时中位数", "number", 12), Column("overdue", "超时限", "int", 8), Column("overdue_ratio", "超时限占比", "percent"),
    Column("corrected", "补正", "int", 8), Column("corrected_ratio", "补正占比", "percent"), Column("green", "绿色通道", "int", 9),
    Column("green_median", "绿色通道中位数", "number", 12), Column("other_median", "其余中位数", "number", 11),
    Column("saved_against_others", "较其余节省（工作日）", "number", 12), Column("taken_over", "其中转入", "int", 9),
    Column("saved_legal_days", "绿色通道较法定节省（工作日）", "int", 14), Column("note", "备注", width=14),
]  # fmt: skip


def _desk_rows(call: exports.Call):
    today = periods.day_of(call.at)
    return ProcedureFilter(call.query, Procedure.objects.visible_to(call.by), user=call.by, on=today).qs


def _desk_lines(call: exports.Call, as_of: date) -> Iterator[dict]:
    order, _, beside = ranked(_desk_rows(call), user=call.by, as_of=as_of)
    number = 0
    for start in range(0, len(order), AT_ONCE):
        for found in lines_of([one.pk for one in order[start : start + AT_ONCE]], as_of=as_of, beside=beside):
            number, row = number + 1, found.procedure
            begun = row.applied_on is not None
            yield {
                "no": number, "project": row.project.name, "code": row.project.code, "unit": row.project.unit.name, "kind": row.kind.name,
                "nature": row.kind.get_nature_display(), "handler": row.handler_words, "state": row.state_words, "applied_on": row.applied_on,
                "accepted_on": row.accepted_on, "ended_on": row.ended_on, "document_no": row.document_no, "promised_due_on": row.promised_due_on,
                "legal_due_on": row.legal_due_on, "department": found.clock.department if begun else None,
                "applicant": found.clock.applicant if begun else None, "outside": found.clock.outside if begun else None,
                "overdue": found.overdue or None, "green": "是" if row.is_green else "",
                "confirmation": row.get_confirmation_display() if row.confirmation else "", "words": found.words, "unpaid_yuan": found.unpaid_yuan,
            }  # fmt: skip


def build_desk(call: exports.Call) -> list[Sheet]:
    """Exactly the rows of the desk with the same address, in its order."""
    as_of = periods.day_of(call.at)
    notes = [
        "注：用时为工作日；部门、申请方、系统外单位用时分开计算，合计为申请至办结（或今日）的工作日。",
        "涉及资金为项目安排未支出资金，同一项目有几项手续的不能相加。",
    ]
    return [
        Sheet(
            title="衔接资金项目前期手续办理情况表", name="手续办理", unit_line="单位：万元", as_of=as_of, basis=amounts.basis_words(as_of),
            columns=DESK_COLUMNS, rows=_desk_lines(call, as_of), frozen_columns=2, footnotes=notes,
        )
    ]  # fmt: skip


def build_money(call: exports.Call) -> list[Sheet]:
    as_of = periods.day_of(call.at)
    found = waiting_money(Procedure.objects.visible_to(call.by), user=call.by, as_of=as_of)
    rows = [{"no": number} | {column.key: getattr(row, column.key) for column in MONEY_COLUMNS[1:]} for number, row in enumerate(found.rows, 1)]
    notes = ["注：同一项目有几项手续未办结的，资金列在每一项之后，各行不能相加。可付款日期按各单位承诺时限和前置关系推算。"]
    return [
        Sheet(
            title="前期手续涉及待支出资金表", name="涉及资金", unit_line="单位：万元", as_of=as_of, basis=amounts.basis_words(as_of), columns=MONEY_COLUMNS,
            rows=rows, frozen_columns=2, footnotes=notes,
        )
    ]  # fmt: skip


def span_of(wanted: str, today: date) -> tuple[int, date, date]:
    """A year from the address, and its first and last counted day; anything else gives the present year."""
    year = int(wanted) if wanted.isascii() and wanted.isdigit() and 2000 <= int(wanted[:5]) <= today.year else today.year
    return year, date(year, 1, 1), min(date(year, 12, 31), today)


def in_sight_for_times(user):
    """Times are read by the office (leaders and auditors where they read) and by the body itself, of what it handled."""
    condition = Q(pk__in=[])
    for grant in access.grants_of(user):
        if grant.role in COMPARING:
            condition |= Q(project__unit__path__startswith=grant.region_path)
        elif grant.organisation_id and Breadth.ACTING in grant.breadths:
            condition |= Q(project__unit__path__startswith=grant.region_path, handler=grant.organisation_id)
    return Procedure.objects.visible_to(user).filter(condition)


def build_times(call: exports.Call) -> list[Sheet]:
    _, since, until = span_of(call.query.get("year", ""), periods.day_of(call.at))
    rows = [
        {"no": number, "note": f"不足{SMALL}件，仅供参考" if row.small else "系统外单位" if row.is_outside else ""}
        | {column.key: getattr(row, column.key) for column in TIMES_COLUMNS[1:-1]}
        for number, row in enumerate(times(in_sight_for_times(call.by), since=since, until=until), 1)
    ]
    notes = [f"注：办结日期在 {since:%Y-%m-%d} 至 {until:%Y-%m-%d} 之间；单位为工作日。超时限以受理时的承诺时限为准，没有承诺的以法定时限为准。"]
    return [Sheet(title="前期手续办理时效统计表", name="时效统计", as_of=until, columns=TIMES_COLUMNS, rows=rows, frozen_columns=3, footnotes=notes)]


exports.register(
    exports.ExportKind(
        DESK, "手续办理情况", build=build_desk, count=lambda call: _desk_rows(call).count(), permission="export.run", stem=lambda call: "手续办理情况"
    )
)
exports.register(exports.ExportKind(MONEY, "手续涉及资金", build=build_money, permission="export.run", stem=lambda call: "手续涉及资金"))
exports.register(exports.ExportKind(TIMES, "手续时效统计", build=build_times, permission="export.run", stem=lambda call: "手续时效统计"))
