"""待支出资金 as Excel: the sums of the page (元 now, 元·日 over the period), and every row behind them."""

from __future__ import annotations

from collections.abc import Iterator

from funds.figures.sums import Sight
from funds.figures.waiting.links import MEANING, Link
from funds.figures.waiting.names import Named, name_rows
from funds.figures.waiting.table import Sum, WaitingTable, documents_of, waiting
from funds.forms.waiting import AXES, WaitingForm, basis_words
from linkage import exports, periods
from linkage.excel import Column, Sheet

WAITING = "fund-waiting"
ROW_COLUMNS = [
    Column("no", "序号", "int", 6), Column("unit", "县（市、区）", width=11), Column("name", "项目（或批次）", width=34),
    Column("code", "编号（文号）", width=20),
    Column("task", "资金任务", width=11), Column("link", "所处环节", width=18), Column("matter", "事项", width=16), Column("holder", "承办单位", width=22),
    Column("yuan", "待支出", "wan", total=True), Column("yuan_days", "时段内万元·日", "wan", 14, total=True),
]  # fmt: skip


def sums_of(table: WaitingTable, axis: str) -> list[Sum]:
    """The lines of the page for one way of looking."""
    return {"unit": table.by_unit, "task": table.by_task, "matter": table.by_matter, "holder": table.by_holder}[axis]()


def _sum_rows(sums: list[Sum], links: list[Link], days: bool) -> Iterator[dict]:
    for one in sums:
        amount = one.yuan_days if days else one.yuan
        yield {"label": one.label, "total": one.total_yuan_days if days else one.total_yuan} | {link.value: amount(link) for link in links}


def _rows(rows: list[Named]) -> Iterator[dict]:
    for number, named in enumerate(rows, 1):
        row = named.row
        yield {
            "no": number, "unit": named.unit, "name": named.name, "code": named.code, "task": named.task, "link": row.link.label,
            "matter": row.holder.matter, "holder": row.holder.name, "yuan": row.yuan, "yuan_days": row.yuan_days,
        }  # fmt: skip


def build(call: exports.Call) -> list[Sheet]:
    form = WaitingForm(call.query, user=call.by)
    asked = form.question()
    table = waiting(asked, sight=Sight.of(call.by), batches=documents_of(call.by))
    label = dict(AXES)[form.axis].removeprefix("按")
    columns = [Column("label", label, width=24), Column("total", "合计", "wan", total=True), *(
        Column(link.value, link.label, "wan", total=True) for link in table.links
    )]  # fmt: skip
    span = f"{periods.day_words(asked.since)}至{periods.day_words(asked.as_of)}"
    common = {"as_of": asked.as_of, "basis": basis_words(asked)}
    sums, chosen = sums_of(table, form.axis), table.of_link(form.link_chosen, form.holder_chosen)
    return [
        Sheet(
            title="待支出资金所处环节表", name="所处环节", columns=columns, rows=_sum_rows(sums, table.links, False), unit_line="单位：万元", frozen_columns=1,
            footnotes=[f"{link.label}：{MEANING[link]}。" for link in table.links], **common,
        ),
        Sheet(
            title=f"待支出资金停留情况表（{span}）", name="停留时间", columns=columns, rows=_sum_rows(sums, table.links, True), unit_line="单位：万元·日",
            frozen_columns=1, footnotes=["万元·日＝每日在该环节的金额逐日相加；各环节之和等于每日待支出金额之和。"], **common,
        ),
        Sheet(
            title="待支出资金明细表", name="明细", columns=ROW_COLUMNS, rows=_rows(name_rows(chosen, table)), unit_line="单位：万元",
            frozen_columns=3, footnotes=["同一项目的资金分处几个环节的，分行列出。"], **common,
        ),
    ]  # fmt: skip


exports.register(exports.ExportKind(WAITING, "待支出资金", build=build, permission="export.run", stem=lambda call: "待支出资金"))
