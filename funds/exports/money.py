"""Sheets of the fund lists as an office prints them: exactly the rows the list page shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from funds.checks import VOUCHER_FLAGS
from funds.figures import ledger
from funds.figures.paid import signed_amount
from funds.figures.verdict import Basis
from funds.filters import BatchFilter, LedgerFilter, VoucherFilter, day_asked
from funds.models import Allocation, Batch, CountyAllocation, Voucher
from linkage import exports, periods
from linkage.excel import Column, Sheet
from linkage.money import ratio

SHARE_FILTERS = {
    "year": "batch__fund_year", "unit": "unit__slug", "level": "batch__level", "task": "batch__task", "batch": "batch_id",
}  # fmt: skip


@dataclass(frozen=True)
class Found:
    """The ledger rows of one filter, and the shares that fit it (None when a filter cuts through shares)."""

    filter: LedgerFilter
    shares: QuerySet[CountyAllocation] | None


def ledger_for(user, query, as_of: date) -> Found:
    """What one user sees of the ledger. Totals of shares are given only when no filter picks single projects."""
    rows = ledger.with_doubts(ledger.with_paid(Allocation.objects.visible_to(user), as_of)).select_related(
        "county_allocation__batch__task", "county_allocation__unit", "project"
    ).order_by("county_allocation__unit__display_order", "county_allocation__batch__level", "county_allocation__batch_id", "project__code", "pk")  # fmt: skip
    found = LedgerFilter(query, rows, user=user)
    if not found.form.is_valid():
        return Found(found, None)
    given = {name: value for name, value in found.form.cleaned_data.items() if value not in (None, "", False)}
    if set(given) - set(SHARE_FILTERS):
        return Found(found, None)
    wanted = {SHARE_FILTERS[name]: value for name, value in given.items() if value != "all"}
    return Found(found, ledger.own_shares(user).filter(issued_on__lte=as_of, **wanted))


def vouchers_for(user, query) -> VoucherFilter:
    rows = (
        Voucher.objects.visible_to(user).annotate(signed_yuan=signed_amount())
        .select_related("unit", "project", "allocation__county_allocation__batch", "recorded_by").order_by("-paid_on", "-pk")
    )  # fmt: skip
    return VoucherFilter(query, rows, user=user)


LEDGER_COLUMNS = [
    Column("no", "序号", "int", 6), Column("unit", "县（市、区）", width=11), Column("level", "资金层级", width=9),
    Column("task", "资金任务", width=11), Column("document_no", "文号", width=23), Column("code", "项目编号", width=14),
    Column("project", "项目名称", width=28), Column("decided_on", "安排日期", "date"),
    Column("amount_yuan", "安排金额", "wan", total=True), Column("county_yuan", "周报口径", "wan", total=True, group="累计支出"),
    Column("treasury_yuan", "财政口径", "wan", total=True, group="累计支出"),
    Column("left_yuan", "余额（财政口径）", "wan", total=True), Column("rate", "支出进度（财政口径）", "percent"),
]  # fmt: skip


LEDGER_VALUES = {
    "unit": "county_allocation__unit__name", "level": "county_allocation__batch__level", "task": "county_allocation__batch__task__short_name",
    "document_no": "county_allocation__batch__document_no", "code": "project__code", "project": "project__name", "decided_on": "decided_on",
    "amount_yuan": "amount_yuan", "county_yuan": "county_yuan", "treasury_yuan": "treasury_yuan", "left_yuan": "left_yuan",
}  # fmt: skip


def _ledger_rows(rows):
    levels = exports.labels_of(Batch, "level")
    for number, row in enumerate(exports.plain_rows(rows, LEDGER_VALUES), 1):
        yield row | {"no": number, "level": levels[row["level"]], "rate": ratio(row["treasury_yuan"], row["amount_yuan"])}


def build_ledger(call: exports.Call) -> list[Sheet]:
    as_of = periods.day_of(call.at)
    found = ledger_for(call.by, call.query, as_of)
    return [
        Sheet(
            title="衔接资金台账", columns=LEDGER_COLUMNS, rows=_ledger_rows(found.filter.qs), unit_line="单位：万元", as_of=as_of,
            basis="周报口径、财政口径分列，不相加", frozen_columns=7,
            totals=lambda sums: {"rate": ratio(sums["treasury_yuan"], sums["amount_yuan"])},
            footnotes=["周报口径空白表示该笔资金尚无上报；余额＝安排金额－财政口径累计支出。"],
        )
    ]  # fmt: skip


def count_ledger(call: exports.Call) -> int:
    return ledger_for(call.by, call.query, periods.day_of(call.at)).filter.qs.count()


VOUCHER_COLUMNS = [
    Column("no", "序号", "int", 6), Column("paid_on", "支付日期", "date"), Column("unit", "县（市、区）", width=11),
    Column("number", "支付凭证号", width=18), Column("line", "行", "int", 5), Column("kind", "种类", width=10),
    Column("nature", "款项性质", width=11), Column("level", "资金层级", width=9), Column("project", "项目名称", width=28),
    Column("amount_yuan", "凭证金额", "wan"), Column("signed_yuan", "计入支出", "wan", total=True),
    Column("payee", "收款方", width=20), Column("budget_project", "预算项目", width=20), Column("quota_no", "指标文号", width=20),
    Column("channel", "来源", width=11), Column("doubts", "疑点", width=18),
]  # fmt: skip


VOUCHER_VALUES = {
    "paid_on": "paid_on", "unit": "unit__name", "voucher_no": "voucher_no", "application_no": "application_no", "key": "key", "line": "key_line",
    "kind": "kind", "nature": "nature", "level": "allocation__county_allocation__batch__level", "project": "project__name",
    "amount_yuan": "amount_yuan", "signed_yuan": "signed_yuan", "payee": "payee_masked", "channel": "channel", "flags": "flags", "gone_at": "gone_at",
    "is_split": "is_split", "quota_no": "quota_no", "budget_project": "budget_project",
}  # fmt: skip


def _voucher_rows(rows):
    kinds, natures, channels = (exports.labels_of(Voucher, name) for name in ("kind", "nature", "channel"))
    levels = exports.labels_of(Batch, "level")
    for number, row in enumerate(exports.plain_rows(rows, VOUCHER_VALUES), 1):
        is_gone = row["gone_at"] is not None
        doubts = [*(["已撤回"] if is_gone else ["已拆分，按各笔计入"] if row["is_split"] else []), *(VOUCHER_FLAGS.get(flag, flag) for flag in row["flags"])]
        row |= {
            "no": number, "number": row["voucher_no"] or row["application_no"] or row["key"], "kind": kinds[row["kind"]],
            "nature": natures[row["nature"]], "level": levels[row["level"]], "channel": channels[row["channel"]], "doubts": "；".join(doubts),
        }  # fmt: skip
        if is_gone or row["is_split"]:
            row["signed_yuan"] = None
        yield row


def build_vouchers(call: exports.Call) -> list[Sheet]:
    return [
        Sheet(
            title="支付凭证明细表", columns=VOUCHER_COLUMNS, rows=_voucher_rows(vouchers_for(call.by, call.query).qs), unit_line="单位：万元",
            as_of=periods.day_of(call.at), basis=Basis.TREASURY.label, frozen_columns=4,
            footnotes=["支付计正数，退款、更正计负数；核拨不计入支出。"],
        )
    ]  # fmt: skip


def count_vouchers(call: exports.Call) -> int:
    return vouchers_for(call.by, call.query).qs.count()


BATCH_COLUMNS = [
    Column("no", "序号", "int", 6), Column("fund_year", "资金年度", "text", 9), Column("level", "资金层级", width=9),
    Column("task", "资金任务", width=24), Column("document_no", "文号", width=24), Column("title", "文件名称", width=28),
    Column("issued_on", "发文日期", "date"), Column("amount_yuan", "下达金额", "wan", total=True),
    Column("allocated_yuan", "已分配", "wan", total=True), Column("share_yuan", "本人范围内下达到县", "wan", total=True),
    Column("rest_yuan", "尚未安排到项目", "wan", total=True), Column("young_rest_yuan", "其中新到", "wan", total=True),
]  # fmt: skip


def batches_for(user, query, *, today: date) -> BatchFilter:
    """The list as one user sees it: `is_whole`, `share_yuan` = what of it came into his own scope, `rest_yuan` = not yet arranged,
    `young_rest_yuan` = what of that is 新到 on the day asked for (`.on`)."""
    unit, on = query.get("unit", ""), day_asked(query, today)
    rows = ledger.with_own_share(Batch.objects.visible_to(user).with_whole(user), user, unit)
    return BatchFilter(query, ledger.with_young_rest(rows, user, unit, on=on), user=user, on=on)


def _batch_rows(rows):
    for number, row in enumerate(rows, 1):
        yield {
            "no": number, "fund_year": row.fund_year, "level": row.get_level_display(), "task": row.task.name,
            "document_no": row.document_no, "title": row.title, "issued_on": row.issued_on,
            "amount_yuan": row.amount_yuan if row.is_whole else None, "allocated_yuan": row.allocated_yuan if row.is_whole else None,
            "share_yuan": row.share_yuan, "rest_yuan": row.rest_yuan, "young_rest_yuan": row.young_rest_yuan,
        }  # fmt: skip


def build_batches(call: exports.Call) -> list[Sheet]:
    today = periods.day_of(call.at)
    found = batches_for(call.by, call.query, today=today)
    return [
        Sheet(
            title="衔接资金批次一览表", columns=BATCH_COLUMNS, rows=_batch_rows(found.qs), unit_line="单位：万元", as_of=today,
            footnotes=[f"其中新到：截至 {periods.day_words(found.on)} 下达未满 {ledger.young_days(found.on)} 天、尚未安排到项目的金额。"],
        )
    ]  # fmt: skip


exports.register(exports.ExportKind("fund-ledger", "资金台账", build=build_ledger, count=count_ledger, permission="export.run", stem=lambda call: "资金台账"))
exports.register(exports.ExportKind("vouchers", "支付明细", build=build_vouchers, count=count_vouchers, permission="export.run", stem=lambda call: "支付明细"))
exports.register(exports.ExportKind("batches", "资金批次", build=build_batches, permission="export.run", stem=lambda call: "资金批次"))
