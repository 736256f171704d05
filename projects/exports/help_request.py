"""提请协调 and how bodies answer, as Excel."""

from __future__ import annotations

from collections.abc import Iterator

from linkage import exports, periods, rules
from linkage.excel import Column, Sheet
from projects.exports.procedure import span_of
from projects.figures.help_requests import JOINS, SMALL, clock_words, in_order, is_overdue, times_in_sight
from projects.filters.help_request import HelpRequestFilter
from projects.models import HelpRequest
from projects.states import help_requests as states

LIST, TIMES = "help-requests", "help-request-times"

COLUMNS = [
    Column("no", "序号", "int", 6), Column("code", "编号", width=17), Column("unit", "县（市、区）", width=11), Column("project", "项目", width=26),
    Column("matter", "事项", width=16), Column("text", "需要协调解决的问题", width=40), Column("asker", "提请人", width=22),
    Column("raised_at", "提出时间", width=17), Column("holder", "承办单位", width=20), Column("contact", "对接人", width=12),
    Column("signed_by", "承办人", width=9), Column("signed_at", "签收时间", width=17), Column("answered_by", "办复人", width=9),
    Column("answered_at", "办复时间", width=17), Column("reply", "最近答复", width=40), Column("state", "状态", width=14),
    Column("clock", "时限", width=30), Column("rounds", "轮次", "int", 7), Column("transfers", "转办", "int", 7), Column("escalations", "升级", "int", 7),
    Column("hours", "历时（工作小时）", "number", 11),
]  # fmt: skip
TIMES_COLUMNS = [
    Column("no", "序号", "int", 6), Column("region", "地区", width=12), Column("words", "单位", width=24), Column("received", "收到", "int", 8),
    Column("sign_hours", "签收用时中位数（工作小时）", "number", 13), Column("answer_hours", "办复用时中位数（工作小时）", "number", 13),
    Column("late", "超时", "int", 8), Column("late_ratio", "超时占比", "percent"), Column("passed_on", "转出", "int", 8),
    Column("rejected", "退回再办", "int", 9), Column("note", "备注", width=16),
]  # fmt: skip


def _rows(call: exports.Call):
    return HelpRequestFilter(call.query, HelpRequest.objects.visible_to(call.by), user=call.by, at=call.at).qs


def _moment(at) -> str:
    return f"{periods.local(at):%Y-%m-%d %H:%M}" if at else ""


def _lines(call: exports.Call) -> Iterator[dict]:
    work = rules.work_hours(on=periods.day_of(call.at))
    rows = in_order(_rows(call), call.at).select_related(*JOINS).prefetch_related("transitions")
    for number, row in enumerate(rows.iterator(500), 1):
        replies = [move for move in row.transitions.all() if move.name == states.REPLY.name]
        yield {
            "no": number, "code": row.code, "unit": row.unit.name, "project": str(row.project or ""), "matter": str(row.matter or ""), "text": row.text,
            "asker": row.asker_words, "raised_at": _moment(row.raised_at), "holder": row.holder_words, "contact": row.contact_name,
            "signed_by": str(row.signed_by or ""), "signed_at": _moment(row.signed_at), "answered_by": str(row.answered_by or ""),
            "answered_at": _moment(row.answered_at), "reply": replies[-1].reason if replies else "",
            "state": f"{row.get_state_display()}{'（超时）' if is_overdue(row, call.at) else ''}", "clock": clock_words(row, call.at, work),
            "rounds": row.rounds, "transfers": row.transfers, "escalations": row.escalations,
            "hours": round(work.minutes_between(row.raised_at, row.closed_at or call.at) / 60, 1),
        }  # fmt: skip


def build_list(call: exports.Call) -> list[Sheet]:
    notes = ["注：工作小时按办公时间和国务院工作日历计算；历时从提出到办结，未办结的到制表时。"]
    return [
        Sheet(
            title="项目提请协调台账", name="提请协调", as_of=periods.day_of(call.at), columns=COLUMNS, rows=_lines(call), frozen_columns=4, footnotes=notes
        )
    ]  # fmt: skip


def build_times(call: exports.Call) -> list[Sheet]:
    _, since, until = span_of(call.query.get("year", ""), periods.day_of(call.at))
    found = times_in_sight(call.by, since=since, until=until, at=call.at)
    rows = [
        {"no": number, "note": f"不足{SMALL}件，仅供参考" if row.small else ""} | {column.key: getattr(row, column.key) for column in TIMES_COLUMNS[1:-1]}
        for number, row in enumerate(found, 1)
    ]
    notes = [f"注：{since:%Y-%m-%d} 至 {until:%Y-%m-%d} 提出的。超时占比＝签收或办复超过时限的件数÷收到的件数，同一件转办后在每个单位各计一次。"]
    return [Sheet(title="提请协调办理时效统计表", name="办理时效", as_of=until, columns=TIMES_COLUMNS, rows=rows, frozen_columns=3, footnotes=notes)]


exports.register(
    exports.ExportKind(LIST, "提请协调", build=build_list, count=lambda call: _rows(call).count(), permission="export.run", stem=lambda call: "提请协调台账")
)
exports.register(exports.ExportKind(TIMES, "提请协调时效", build=build_times, permission="export.run", stem=lambda call: "提请协调办理时效"))
