"""资金明细账 of one project, one sheet per allocation as an auditor asks for it."""

from __future__ import annotations

from collections.abc import Iterator

from django.shortcuts import get_object_or_404

from funds.figures.account import Account, accounts_of
from linkage import exports, periods
from linkage.excel import Column, Marked, Sheet
from linkage.money import wan_text
from projects.models import Project

COLUMNS = [
    Column("day", "日期", "date"), Column("words", "摘要", width=22), Column("number", "文号或凭证号", width=26),
    Column("detail", "收款方或说明", width=30), Column("arranged_yuan", "安排（增＋减－）", "wan", 14, total=True),
    Column("paid_yuan", "支出（冲减为负）", "wan", 14, total=True), Column("left_yuan", "余额", "wan", 13),
]  # fmt: skip


def _rows(account: Account) -> Iterator[dict]:
    for item in account.items:
        yield {
            "day": item.day, "words": item.words, "number": item.number, "detail": item.detail, "arranged_yuan": item.arranged_yuan or None,
            "paid_yuan": item.paid_yuan or None, "left_yuan": item.left_yuan,
        }  # fmt: skip


def build(call: exports.Call) -> list[Sheet]:
    as_of = periods.day_of(call.at)
    project = get_object_or_404(Project.objects.visible_to(call.by), pk=call.params["project"])
    sheets = []
    for account in accounts_of(project, call.by, as_of):
        batch = account.allocation.county_allocation.batch
        county = account.allocation.county_yuan
        stated = "尚无周报" if county is None else f"周报口径累计支出 {wan_text(county)} 万元"
        sheets.append(Sheet(
            title=f"{project.name}资金明细账", name=f"{batch.get_level_display()} {batch.document_no}", columns=COLUMNS, rows=_rows(account),
            unit_line=f"{batch.fund_year} 年{batch.get_level_display()}资金　{batch.document_no}　单位：万元", as_of=as_of, basis="财政口径",
            totals={"left_yuan": account.allocation.left_yuan}, footnotes=[f"项目编号 {project.code}；{stated}，不计入本表。"],
        ))  # fmt: skip
    return sheets or [Sheet(title=f"{project.name}资金明细账", columns=COLUMNS, rows=[Marked({"words": "还没有安排资金"})], as_of=as_of)]


exports.register(exports.ExportKind(
    "project-ledger", "资金明细账", build=build, permission="export.run", stem=lambda call: "资金明细账"
))  # fmt: skip
