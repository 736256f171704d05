"""期初数: what had been paid before this system began to count."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from funds.actions.bulk import open_many
from funds.imports.common import DOCUMENT, LEVEL, LEVELS, SHARE_DOCUMENT, spaceless
from funds.models import Allocation, OpeningBalance, ReportedSpending
from linkage import access, periods
from linkage.excel import Field
from linkage.imports.base import ImportKind, Row, Verdict, register
from linkage.money import wan_text


@dataclass
class Context:
    """Allocations by (project code, document, level), their standing opening balances, and which have a statement."""

    today: object
    allocations: dict[tuple, list[Allocation]]
    openings: dict
    stated: set
    allowed: dict


def fields(by) -> tuple[Field, ...]:
    return (
        Field("code", "项目编号", required=True, max_length=30, width=16), DOCUMENT, LEVEL, SHARE_DOCUMENT,
        Field("paid_to_date_yuan", "期初累计支出", "wan", True, help="截至日为止的累计数，没有支出填 0"),
        Field("as_of", "截至日期", "date", True), Field("basis", "依据", max_length=120, help="如 国库对账单"),
    )  # fmt: skip


def begin(by, at: datetime, rows: list[Row]) -> Context:
    found: dict[tuple, list[Allocation]] = {}
    seen = Allocation.objects.visible_to(by).filter(project__code__in={row.values["code"] for row in rows}).select_related(
        "project__unit", "county_allocation__batch__task", "county_allocation__unit"
    )  # fmt: skip
    for allocation in seen:
        batch = allocation.county_allocation.batch
        found.setdefault((allocation.project.code, spaceless(batch.document_no), batch.level), []).append(allocation)
    every = [allocation.pk for group in found.values() for allocation in group]
    return Context(
        today=periods.day_of(at), allocations=found,
        openings={o.allocation_id: o for o in OpeningBalance.objects.filter(allocation__in=every)},
        stated=set(ReportedSpending.objects.live().filter(allocation__in=every).values_list("allocation_id", flat=True)),
        allowed={a.pk: access.may(by, "funds.opening", a) for group in found.values() for a in group},
    )  # fmt: skip


def check_row(row: Row, context: Context) -> Verdict:
    value, paid = row.values, row.values["paid_to_date_yuan"]
    group = context.allocations.get((value["code"], spaceless(value["document_no"]), LEVELS[value["level"]]), [])
    wanted = spaceless(value["share_document_no"])
    fitting = [a for a in group if not wanted or spaceless(a.county_allocation.document_no) == wanted]
    if len(fitting) != 1 or not context.allowed[fitting[0].pk]:
        return Verdict.error(_not_found(row, fitting))
    allocation = fitting[0]
    label = allocation.project.name
    standing = context.openings.get(allocation.pk)
    if standing is not None:
        if (standing.paid_to_date_yuan, standing.as_of) == (paid, value["as_of"]):
            return Verdict.unchanged(label=label)
        words = f"已登记期初数 {wan_text(standing.paid_to_date_yuan)} 万元（截至 {standing.as_of}），期初数只登记一次。请删去本行。"
        return Verdict.error(row.problem("paid_to_date_yuan", words), label=label)
    if allocation.pk in context.stated:
        return Verdict.error(row.problem("code", "这笔资金已有上报的累计支出，不能再登记期初数。请删去本行，有出入在周调度中更正。"), label=label)
    if paid < 0:
        return Verdict.error(row.problem("paid_to_date_yuan", "期初累计支出不能为负数。请改正。"), label=label)
    if value["as_of"] > context.today:
        return Verdict.error(row.problem("as_of", "截至日期不能晚于今天。请改正。"), label=label)
    return Verdict.new(
        {"allocation": allocation.pk, "paid_to_date_yuan": paid, "as_of": value["as_of"], "document_no": (value["basis"] or "").strip()},
        label=label,
    )


def _not_found(row: Row, fitting: list):
    if len(fitting) > 1:
        return row.problem("share_document_no", "这个项目在该批次有几笔资金，请在“下达文号”一列写明是哪一笔。")
    return row.problem("code", "您可登记的范围内没有这个项目的这笔资金（项目编号、文号、层级都要相符）。请核对，或先安排资金。")


def apply_rows(rows, *, by, at, context: Context) -> None:
    allocations = {a.pk: a for group in context.allocations.values() for a in group}
    made = [
        OpeningBalance(
            allocation=allocations[s.data["allocation"]], as_of=s.data["as_of"], paid_to_date_yuan=s.data["paid_to_date_yuan"],
            document_no=s.data["document_no"],
        )
        for s in rows
    ]  # fmt: skip
    open_many(openings=made, by=by, at=at)


register(
    ImportKind(
        code="opening_balances", title="期初数", permission="funds.opening", fields=fields, begin=begin, check_row=check_row,
        apply_rows=apply_rows, result_url="/funds/", order=40,
        key=lambda v: (v["code"], spaceless(v["document_no"]), v["level"], spaceless(v["share_document_no"])),
        help="启用系统前已经支付的累计数，每笔资金只登记一次，须在第一次上报之前。同一数字同时作为周报口径和财政口径的起点。",
    )
)  # fmt: skip
