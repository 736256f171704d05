"""One voucher split over projects by a person: the row stays as it came, its parts count and make it up to the 分."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from funds.actions.splitting import Part, gone_with, split, undo_split
from funds.actions.voucher import record_voucher, take_back
from funds.figures.paid import treasury_as_of
from funds.figures.splits import proposed_split
from funds.models import Voucher
from linkage.errors import Refusal

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 16)


@pytest.fixture
def three(world):
    """Central money of three projects of 呼玛县, 10 万元 each."""
    names = ("冷链仓储", "晒场硬化", "机耕路")
    return [world.project(world.huma, name, amounts={"central": 100_000}).allocations.get() for name in names]


@pytest.fixture
def voucher(world):
    return recorded(world, "90000.01", "1")


def recorded(world, amount, number, **more):
    values = {"unit": world.huma, "kind": "pay", "paid_on": date(2026, 6, 1), "budget_project": "乡村振兴打捆", "payee": "兴安建筑工程有限公司"}
    return record_voucher(**values | more, amount_yuan=Decimal(amount), voucher_no=number, by=world.huma_finance, at=world.at())


def parts_of(allocations, *amounts):
    return [Part(allocation, Decimal(amount)) for allocation, amount in zip(allocations, amounts, strict=True)]


def paid(allocations):
    found = treasury_as_of([a.pk for a in allocations], TODAY)
    return [found.get(a.pk, Decimal(0)) for a in allocations]


def test_the_parts_count_the_row_itself_does_not(world, three, voucher):
    made = split(voucher=voucher, parts=parts_of(three, "50000", "30000", "10000.01"), by=world.huma_finance, at=world.at())
    assert paid(three) == [Decimal("50000.00"), Decimal("30000.00"), Decimal("10000.01")]
    assert (voucher.is_split, voucher.amount_yuan, voucher.allocation) == (True, Decimal("90000.01"), None)
    assert set(Voucher.objects.standing()) == set(made)
    assert [part.project.name for part in made] == ["冷链仓储", "晒场硬化", "机耕路"]
    assert {(part.split_from_id, part.voucher_no, part.paid_on) for part in made} == {(voucher.pk, "1", date(2026, 6, 1))}


@pytest.mark.parametrize(
    ("amounts", "code"), [(("50000", "30000", "10000"), "sum"), (("50000", "40000.02", "-0.01"), "not_positive"), (("90000.01", "0", "0"), "not_positive")]
)
def test_not_one_fen_may_be_missing_or_made_up(world, three, voucher, amounts, code):
    with pytest.raises(Refusal) as refused:
        split(voucher=voucher, parts=parts_of(three, *amounts), by=world.huma_finance, at=world.at())
    assert refused.value.code == code
    assert not Voucher.objects.filter(split_from=voucher).exists()


def test_what_is_missing_is_said(world, three, voucher):
    with pytest.raises(Refusal, match="各笔之和 8.00 万元，凭证金额 9.000001 万元，还差 1.000001 万元"):
        split(voucher=voucher, parts=parts_of(three[:2], "50000", "30000"), by=world.huma_finance, at=world.at())


def test_two_parts_at_least_each_of_its_own_allocation_of_the_unit(world, three, voucher):
    mohe = world.project(world.mohe, "漠河项目", amounts={"central": 100_000}).allocations.get()
    for parts, code in (
        (parts_of(three[:1], "90000.01"), "too_few"),
        (parts_of([three[0], three[0]], "90000", "0.01"), "twice"),
        (parts_of([three[0], mohe], "90000", "0.01"), "wrong_unit"),
    ):
        with pytest.raises(Refusal) as refused:
            split(voucher=voucher, parts=parts, by=world.huma_finance, at=world.at())
        assert refused.value.code == code


def test_part_of_the_money_may_belong_to_no_project_here(world, three, voucher):
    made = split(voucher=voucher, parts=[Part(three[0], Decimal("90000")), Part(None, Decimal("0.01"))], by=world.huma_finance, at=world.at())
    assert [part.flags for part in made] == [[], ["unmatched"]]
    assert paid(three) == [Decimal("90000.00"), 0, 0]


def test_a_new_split_replaces_the_old_one_and_undoing_gives_the_row_back(world, three, voucher):
    first = split(voucher=voucher, parts=parts_of(three[:2], "90000", "0.01"), by=world.huma_finance, at=world.at())
    with pytest.raises(Refusal, match="请写明"):
        split(voucher=voucher, parts=parts_of(three[:2], "0.01", "90000"), by=world.huma_finance, at=world.at())
    split(voucher=voucher, parts=parts_of(three[1:], "0.01", "90000"), reason="原来分错项目", by=world.huma_finance, at=world.at())
    assert paid(three) == [0, Decimal("0.01"), Decimal("90000.00")]
    assert Voucher.objects.get(pk=first[0].pk).gone_at is not None
    undo_split(voucher=voucher, reason="整笔属于一个项目", by=world.huma_finance, at=world.at())
    assert not voucher.is_split
    assert list(Voucher.objects.standing()) == [voucher]
    with pytest.raises(Refusal, match="没有拆分"):
        undo_split(voucher=voucher, reason="再来一次", by=world.huma_finance, at=world.at())


def test_parts_go_with_the_row_they_come_from(world, three, voucher):
    made = split(voucher=voucher, parts=parts_of(three[:2], "90000", "0.01"), by=world.huma_finance, at=world.at())
    with pytest.raises(Refusal, match="请到原凭证页面"):
        take_back(voucher=made[0], reason="录错", by=world.huma_finance, at=world.at())
    take_back(voucher=voucher, reason="录错", by=world.huma_finance, at=world.at())
    assert not Voucher.objects.standing().exists()
    other = recorded(world, "5", "2")
    split(voucher=other, parts=parts_of(three[:2], "3", "2"), by=world.huma_finance, at=world.at())
    assert gone_with(Voucher.objects.filter(pk=other.pk), world.at()) == 1
    assert not Voucher.objects.standing().exists()


def test_the_database_holds_the_sum(world, three, voucher):
    split(voucher=voucher, parts=parts_of(three[:2], "90000", "0.01"), by=world.huma_finance, at=world.at())
    for change in ({"split_yuan": Decimal("90000")}, {"amount_yuan": Decimal("90000")}, {"is_split": False}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Voucher.objects.filter(pk=voucher.pk).update(**change)


def test_only_finance_of_the_unit_splits(world, three, voucher):
    for person in (world.huma_clerk, world.mohe_finance, world.office):
        with pytest.raises(PermissionDenied):
            split(voucher=voucher, parts=parts_of(three[:2], "90000", "0.01"), by=person, at=world.at())


def test_the_next_voucher_of_the_kind_is_proposed_in_the_same_proportions(world, three, voucher):
    split(voucher=voucher, parts=parts_of(three, "30000", "30000", "30000.01"), by=world.huma_finance, at=world.at())
    proposal = proposed_split(recorded(world, "100.00", "2"))
    assert proposal.like == voucher
    assert proposal.parts == [(three[0], Decimal("33.33")), (three[1], Decimal("33.33")), (three[2], Decimal("33.34"))]
    assert proposed_split(recorded(world, "100.00", "3", payee="别的公司有限公司")) is None
    assert proposed_split(recorded(world, "100.00", "4", budget_project="别的预算项目")) is None
    undo_split(voucher=voucher, reason="分错", by=world.huma_finance, at=world.at())
    assert proposed_split(recorded(world, "100.00", "5")) is None
