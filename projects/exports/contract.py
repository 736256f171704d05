"""合同台账 as an office prints it (features 2.9, 10.5): one line per contract and project, the contract's own amounts once."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Prefetch

from linkage import exports, periods
from linkage.excel import Column, Sheet
from projects.figures.contracts import BASIS
from projects.filters.contract import ContractFilter
from projects.models import Contract, ContractShare, RoundResult

KIND = "contracts"
COLUMNS = [
    Column("no", "序号", "int", 6), Column("code", "台账编号", width=15), Column("number", "合同编号", width=14), Column("name", "合同名称", width=28),
    Column("unit", "县（市、区）", width=11), Column("project", "项目", width=28), Column("share_yuan", "项目份额", "wan", 11, total=True),
    Column("kind", "采购内容", width=10), Column("method", "采购方式", width=12), Column("rounds", "招标轮次", width=18),
    Column("control_price_yuan", "控制价", "wan", 11, total=True), Column("bid_price_yuan", "中标价", "wan", 11, total=True),
    Column("tender_saving_yuan", "招标结余", "wan", 11, total=True), Column("changed_yuan", "变更", "wan", 10, total=True),
    Column("price_yuan", "合同价", "wan", 11, total=True), Column("contractor", "乙方", width=20), Column("signed_on", "签约日期", "date"),
    Column("finish_on", "合同完工", "date"), Column("terms", "付款条款", width=30), Column("settled_yuan", "结算审定价", "wan", 11, total=True),
    Column("settlement_saving_yuan", "结算结余", "wan", 11, total=True), Column("final_yuan", "竣工决算", "wan", 11, total=True), Column("state", "状态",
    width=9),
]  # fmt: skip


def rows_of(call: exports.Call):
    return ContractFilter(call.query, Contract.objects.visible_to(call.by), user=call.by).qs.order_by("unit__display_order", "-pk")


def _lines(call: exports.Call) -> Iterator[dict]:
    seen = Prefetch("shares", ContractShare.objects.visible_to(call.by).select_related("project"), to_attr="seen_shares")
    rows = rows_of(call).select_related("unit").prefetch_related(seen, "rounds", "terms")
    for number, contract in enumerate(rows.iterator(500), 1):
        shares = contract.seen_shares or [None]
        for place, share in enumerate(shares):
            project = {"project": share.project.name, "share_yuan": share.share_yuan if contract.price_yuan else None} if share else {}
            yield (_whole(number, contract) if place == 0 else {"no": number, "code": contract.code, "name": contract.name}) | project


def _whole(number: int, contract: Contract) -> dict:
    names = (
        "code", "number", "name", "control_price_yuan", "bid_price_yuan", "tender_saving_yuan", "price_yuan", "contractor", "signed_on", "finish_on",
        "settled_yuan", "settlement_saving_yuan", "final_yuan",
    )  # fmt: skip
    rounds = "；".join(
        f"第{one.number}次{one.get_result_display()}" + (f"（{one.result_on:%Y-%m-%d}）" if one.result_on else "") for one in contract.rounds.all()
    )
    terms = "；".join(f"{term.get_kind_display()} {term.ratio * 100:.2f}%：{term.condition}" for term in contract.terms.all())
    return {name: getattr(contract, name) for name in names} | {
        "no": number, "unit": contract.unit.name, "kind": contract.get_kind_display(), "method": contract.get_method_display(), "rounds": rounds,
        "terms": terms, "state": contract.get_state_display(), "changed_yuan": contract.changed_yuan or None,
    }  # fmt: skip


def build(call: exports.Call) -> list[Sheet]:
    as_of = periods.day_of(call.at)
    failed = f"{RoundResult.FAILED.label}、{RoundResult.VOIDED.label}"
    notes = [f"注：{BASIS}。一份合同对应几个项目的，合同金额只列在第一行；招标轮次含{failed}。"]
    return [
        Sheet(
            title="衔接资金项目合同台账", name="合同台账", unit_line="单位：万元", as_of=as_of, columns=COLUMNS, rows=_lines(call), frozen_columns=4,
            footnotes=notes,
        )
    ]  # fmt: skip


def count(call: exports.Call) -> int:
    return rows_of(call).count()


exports.register(exports.ExportKind(KIND, "合同台账", build=build, count=count, permission="export.run", stem=lambda call: "合同台账"))
