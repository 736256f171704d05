"""Identities of the dated changes: they lead without a gap from the first amount of every row to what stands now (features 4.1)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Sum, Window
from django.db.models.functions import Coalesce, Lag

from funds.models import Allocation, Batch, CountyAllocation, EventKind, FundChange, FundEvent
from linkage.checks import Problem, Severity
from linkage.money import MoneyField, money_value, yuan_text

ZERO = Decimal("0.00")
ASK = "程序之外有人改过数据，请查审计记录后更正。"
SIGN: dict[str, int] = {  # what the changes of an event add up to, in its own amount
    EventKind.REDUCTION: -1, EventKind.WITHDRAWAL: -1, EventKind.RECLAIM: -1, EventKind.INCREASE: 1, EventKind.REISSUE: 1,
    EventKind.TRANSFER: 0, EventKind.CARRY: 0, EventKind.SURPLUS: -2,  # off the project and off its county's share
}  # fmt: skip


def find() -> Iterator[Problem]:
    """Every difference, each with the number of its row. Nine queries."""
    for model, owner, changes in _rows():
        yield from _ends_in_the_present_amount(model, owner, changes)
        yield from _has_no_gap(owner, changes)
    yield from _events_are_their_changes()
    yield from _no_more_reissued_than_reclaimed()


def _rows() -> tuple[tuple[type, str, QuerySet[FundChange]], ...]:
    every = FundChange.objects.all()
    return (
        (Batch, "batch", every.filter(county_allocation__isnull=True)), (CountyAllocation, "county_allocation", every.of_shares()),
        (Allocation, "allocation", every.of_allocations()),
    )  # fmt: skip


def _ends_in_the_present_amount(model, owner: str, changes: QuerySet[FundChange]) -> Iterator[Problem]:
    newest = changes.filter(**{owner: OuterRef("pk")}).order_by("-pk").values("after_yuan")[:1]
    rows = model.objects.annotate(left_at=Subquery(newest, output_field=MoneyField())).filter(left_at__isnull=False)
    for row in rows.exclude(amount_yuan=F("left_at")):
        yield _problem(
            "change_total", row, f"现金额 {yuan_text(row.amount_yuan)} 元，逐次变动后应为 {yuan_text(row.left_at)} 元，"
            f"相差 {yuan_text(row.amount_yuan - row.left_at)} 元。",
        )  # fmt: skip


def _has_no_gap(owner: str, changes: QuerySet[FundChange]) -> Iterator[Problem]:
    """Each change begins where the one recorded before it ended."""
    before = Window(Lag("after_yuan"), partition_by=F(owner), order_by=F("pk").asc())
    rows = changes.annotate(began_at=F("after_yuan") - F("amount_yuan"), ended_at=before).order_by("pk")
    for row in rows.select_related("event"):
        if row.ended_at is not None and row.began_at != row.ended_at:
            yield _problem("change_gap", row, f"变动前金额 {yuan_text(row.began_at)} 元，上一次变动后是 {yuan_text(row.ended_at)} 元，中间有缺。")


def _events_are_their_changes() -> Iterator[Problem]:
    """指标调剂 takes as much as it gives; the other kinds change by exactly their amount; 更正 by it in either direction."""
    sums = FundEvent.objects.annotate(
        total=Coalesce(Sum("changes__amount_yuan"), money_value(0)),
        given=Coalesce(Sum("changes__amount_yuan", filter=Q(changes__amount_yuan__gt=money_value(0))), money_value(0)),
    )
    for event in sums.order_by("pk"):
        if event.kind == EventKind.CORRECTION:
            is_right = abs(event.total) == event.amount_yuan
        else:
            is_right = event.total == SIGN[event.kind] * event.amount_yuan and (event.kind != EventKind.TRANSFER or event.given == event.amount_yuan)
        if not is_right:
            yield _problem(
                "event_total", event, f"{event.get_kind_display()} {yuan_text(event.amount_yuan)} 元，各笔变动相加 {yuan_text(event.total)} 元。"
            )


def _no_more_reissued_than_reclaimed() -> Iterator[Problem]:
    given = FundEvent.objects.filter(reissues__isnull=False).annotate(again=Sum("reissues__amount_yuan")).filter(again__gt=F("amount_yuan"))
    for event in given:
        yield _problem("reissued", event, f"收回 {yuan_text(event.amount_yuan)} 元，再分配合计 {yuan_text(event.again)} 元。")


def _problem(code: str, row, message: str) -> Problem:
    return Problem(
        code=code, severity=Severity.MUST, row=row.pk, row_label=f"{row._meta.verbose_name} {row.pk}（{row}）", place="amount_yuan",
        message=message, repair=ASK,
    )  # fmt: skip
