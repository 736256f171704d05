"""分县资金: shares of recorded batches."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from funds.actions.allocation import check_share
from funds.actions.bulk import allocate_many
from funds.actions.limits import left
from funds.imports.common import DOCUMENT, LEVEL, LEVELS, SHARE_DOCUMENT, over_limit, spaceless
from funds.models import Batch, CountyAllocation
from linkage import access
from linkage.errors import Refusal
from linkage.excel import Field
from linkage.figures.names import RegionNames, squeeze, words_for
from linkage.imports.base import ImportKind, Row, Verdict, register
from linkage.models import FundTask, Region
from linkage.money import wan_text


@dataclass
class Context:
    """Batches by (document, level, task), units by name, what stands, and what each batch has left while rows pass by."""

    at: datetime
    batches: dict
    units: dict
    standing: dict
    left: dict
    allowed: dict


def fields(by) -> tuple[Field, ...]:
    tasks = FundTask.objects.filter(is_active=True)
    units = list(Region.objects.reporting())
    return (
        DOCUMENT, LEVEL,
        Field("task", "资金任务", "choice", True, choices=tuple(t.short_name for t in tasks), also=tuple((squeeze(t.name), t.short_name) for t in tasks)),
        Field("unit", "县（市、区）", "choice", True, choices=tuple(u.name for u in units), also=words_for(units, RegionNames())),
        Field("amount_yuan", "分配金额", "wan", True), Field("issued_on", "下达日期", "date", True), SHARE_DOCUMENT,
    )  # fmt: skip


def begin(by, at: datetime, rows: list[Row]) -> Context:
    batches = list(Batch.objects.visible_to(by).select_related("task", "region"))
    standing = CountyAllocation.objects.filter(batch__in=batches)
    return Context(
        at=at, batches={(spaceless(b.document_no), b.level, b.task.short_name): b for b in batches},
        units={unit.name: unit for unit in Region.objects.reporting()},
        standing={(s.batch_id, s.unit_id, spaceless(s.document_no)): s for s in standing},
        left={b.pk: left(b) for b in batches}, allowed={b.pk: access.may(by, "funds.allocate", b) for b in batches},
    )  # fmt: skip


def check_row(row: Row, context: Context) -> Verdict:
    value = row.values
    label = f"{value['document_no']} {value['unit']}"
    batch = context.batches.get((spaceless(value["document_no"]), LEVELS[value["level"]], value["task"]))
    if batch is None or not context.allowed[batch.pk]:
        return Verdict.error(row.problem("document_no", "没有您可分配的这个批次（文号、层级、任务三项都要相符）。请核对或先登记批次。"), label=label)
    unit, amount = context.units[value["unit"]], value["amount_yuan"]
    standing = context.standing.get((batch.pk, unit.pk, spaceless(value["share_document_no"])))
    if standing is not None:
        if standing.amount_yuan == amount:
            return Verdict.unchanged(label=label)
        return Verdict.error(
            row.problem("amount_yuan", f"系统中这一笔是 {wan_text(standing.amount_yuan)} 万元。增减须有依据，请在批次页面用“调整”登记。"), label=label
        )
    if amount <= 0:
        return Verdict.error(row.problem("amount_yuan", "分配金额须大于零。请改正。"), label=label)
    try:
        check_share(batch, unit, value["issued_on"], context.at)
    except Refusal as refusal:
        return Verdict.error(row.problem("unit" if refusal.code == "wrong_region" else "issued_on", refusal.message), label=label)
    if amount > context.left[batch.pk]:
        return Verdict.error(row.problem("amount_yuan", over_limit(f"批次 {batch.document_no} ", context.left[batch.pk], amount)), label=label)
    context.left[batch.pk] -= amount
    return Verdict.new(
        {"batch": batch.pk, "unit": unit.pk, "amount_yuan": amount, "issued_on": value["issued_on"],
         "document_no": (value["share_document_no"] or "").strip()}, label=label,
    )  # fmt: skip


def apply_rows(rows, *, by, at, context: Context) -> None:
    batches = {batch.pk: batch for batch in context.batches.values()}
    units = {unit.pk: unit for unit in context.units.values()}
    shares = [
        CountyAllocation(
            batch=batches[s.data["batch"]], unit=units[s.data["unit"]], amount_yuan=s.data["amount_yuan"], issued_on=s.data["issued_on"],
            document_no=s.data["document_no"],
        )
        for s in rows
    ]  # fmt: skip
    allocate_many(shares=shares, by=by, at=at)


register(
    ImportKind(
        code="county_allocations", title="分县资金", permission="funds.allocate", fields=fields, begin=begin, check_row=check_row,
        apply_rows=apply_rows, result_url="/funds/batches/", order=20,
        key=lambda v: (spaceless(v["document_no"]), v["level"], v["task"], v["unit"], spaceless(v["share_document_no"])),
        help="先登记批次，再用本表分配到县。一行是一个批次给一个县的一笔资金；已有的同额行不变，增减请在批次页面调整。",
    )
)  # fmt: skip
