"""期初数: once, before the first statement, and the start of both series."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied

from funds.actions.opening import record_opening
from funds.actions.spending import post_spending
from funds.actions.voucher import record_voucher
from funds.figures.paid import statements_as_of, treasury_as_of
from funds.models import OpeningBalance
from linkage.errors import Refusal

pytestmark = pytest.mark.django_db


@pytest.fixture
def allocation(world):
    return world.project(world.huma, "呼玛镇冷链仓储", amounts={"central": 100_000}).allocations.get()


@pytest.fixture
def opening(world, allocation):
    return record_opening(
        allocation=allocation, as_of=date(2026, 9, 30), paid_to_date_yuan=Decimal("30000"), by=world.huma_clerk, at=world.at()
    )


def test_it_begins_both_series(world, allocation, opening):
    record_voucher(
        allocation=allocation, kind="pay", amount_yuan=Decimal(10_000), paid_on=date(2026, 9, 30), voucher_no="1", by=world.huma_finance,
        at=world.at(),
    )  # fmt: skip
    record_voucher(
        allocation=allocation, kind="pay", amount_yuan=Decimal(2_000), paid_on=date(2026, 10, 1), voucher_no="2", by=world.huma_finance,
        at=world.at(),
    )  # fmt: skip
    assert treasury_as_of([allocation.pk], date(2026, 9, 29)) == {}
    assert treasury_as_of([allocation.pk], date(2026, 9, 30)) == {allocation.pk: Decimal("30000.00")}
    assert treasury_as_of([allocation.pk], date(2026, 10, 1)) == {allocation.pk: Decimal("32000.00")}
    assert statements_as_of([allocation.pk], date(2026, 10, 1)) == {allocation.pk: Decimal("30000.00")}


def test_it_is_recorded_once(world, allocation, opening):
    with pytest.raises(Refusal, match="已登记期初数 3.00 万元"):
        record_opening(allocation=allocation, as_of=date(2026, 9, 30), paid_to_date_yuan=Decimal(1), by=world.huma_clerk, at=world.at())
    assert OpeningBalance.objects.get().paid_to_date_yuan == Decimal("30000.00")


def test_not_after_the_first_statement(world, allocation):
    post_spending(
        as_of=date(2026, 11, 12), statement="weekly/2026-W46/huma", version=1, amounts={allocation.pk: Decimal(5)}, by=world.huma_chief,
        at=world.at(13),
    )  # fmt: skip
    with pytest.raises(Refusal, match="已有上报的累计支出"):
        record_opening(allocation=allocation, as_of=date(2026, 9, 30), paid_to_date_yuan=Decimal(1), by=world.huma_clerk, at=world.at())


@pytest.mark.parametrize(("as_of", "amount"), [(date(2026, 11, 17), "1"), (date(2026, 9, 30), "-0.01")])
def test_neither_in_the_future_nor_below_zero(world, allocation, as_of, amount):
    with pytest.raises(Refusal):
        record_opening(allocation=allocation, as_of=as_of, paid_to_date_yuan=Decimal(amount), by=world.huma_clerk, at=world.at())
    assert not OpeningBalance.objects.exists()


def test_only_the_county_and_finance(world, allocation):
    for outsider in (world.mohe_clerk, world.office, world.huma_agri):
        with pytest.raises(PermissionDenied):
            record_opening(allocation=allocation, as_of=date(2026, 9, 30), paid_to_date_yuan=Decimal(1), by=outsider, at=world.at())
