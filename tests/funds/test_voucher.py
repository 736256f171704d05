"""Vouchers by hand: what is true is stored and flagged, the same line never twice."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied

from funds.actions.voucher import AlreadyRecorded, mask_digits, mask_payee, record_voucher, take_back
from funds.figures.paid import treasury_as_of
from funds.models import Voucher
from linkage.errors import Refusal
from linkage.models import AuditEvent

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 16)


@pytest.fixture
def allocation(world):
    """10 万元 central money of a project of 呼玛县, decided on 2026-02-10."""
    return world.project(world.huma, "呼玛镇冷链仓储", amounts={"central": 100_000}).allocations.get()


@pytest.fixture
def record(world, allocation):
    def act(amount, kind="pay", number="1", **more):
        values = {"allocation": allocation, "paid_on": date(2026, 6, 1), "by": world.huma_finance, "at": world.at()} | more
        return record_voucher(kind=kind, amount_yuan=Decimal(amount), voucher_no=number, **values)

    return act


def paid(allocation, on=TODAY):
    return treasury_as_of([allocation.pk], on).get(allocation.pk)


def test_a_plain_payment_carries_no_flag_and_its_place(world, allocation, record):
    voucher = record("1000.50", payee="王小明", purpose="付 6222021234567890123 户")
    assert voucher.flags == []
    assert (voucher.unit, voucher.project) == (world.huma, allocation.project)
    assert (voucher.payee_masked, voucher.purpose) == ("王**", "付 62****23 户")
    assert paid(allocation) == Decimal("1000.50")


def test_above_the_allocated_amount_is_stored_and_flagged_from_the_first_fen(allocation, record):
    assert record("100000", number="1").flags == []
    assert record("0.01", number="2").flags == ["above_allocated"]
    assert paid(allocation) == Decimal("100000.01")


def test_before_the_money_was_decided_and_in_the_future(allocation, record):
    assert record("1", number="1", paid_on=date(2026, 2, 9)).flags == ["before_decided"]
    assert record("1", number="2", paid_on=date(2026, 2, 10)).flags == []
    assert record("5", number="3", paid_on=date(2026, 11, 17)).flags == ["future"]
    assert paid(allocation) == Decimal("2.00")
    assert paid(allocation, date(2026, 11, 17)) == Decimal("7.00")


def test_refunds_and_corrections_count_down_and_issue_does_not_count(allocation, record):
    record("1000", number="1")
    record("200", kind="refund", number="2")
    record("50", kind="correction", number="3")
    record("9999", kind="issue", number="4")
    assert paid(allocation) == Decimal("750.00")
    assert record("750.01", kind="refund", number="5").flags == ["refund_above_paid"]


def test_the_same_number_and_line_is_refused_with_the_row_that_stands(record):
    first = record("1000", number="0015")
    with pytest.raises(AlreadyRecorded, match="凭证 0015 第 1 行已经登记过") as refused:
        record("2000", number=" 0015 ")
    assert refused.value.voucher_id == first.pk
    assert record("2000", number="0015", line=2).key_line == 2


def test_two_counties_may_use_the_same_number(world, record):
    record("1000", number="0015")
    mohe = world.project(world.mohe, "漠河项目", amounts={"central": 5000}).allocations.get()
    record_voucher(
        allocation=mohe, kind="pay", amount_yuan=Decimal(1), paid_on=date(2026, 6, 1), voucher_no="0015", by=world.mohe_finance, at=world.at()
    )
    assert Voucher.objects.count() == 2


def test_without_allocation_it_waits_to_be_matched(world, allocation, record):
    voucher = record("1000", allocation=None, unit=world.huma)
    assert (voucher.project, voucher.flags) == (None, ["unmatched"])
    assert record("1000", number="2", allocation=None, project=allocation.project).unit == world.huma


@pytest.mark.parametrize("change", [{"amount": "0"}, {"amount": "-1"}, {"number": "  "}, {"allocation": None}])
def test_what_says_nothing_is_refused(record, change):
    with pytest.raises(Refusal):
        record(**({"amount": "1"} | change))
    assert not Voucher.objects.exists()


def test_contradicting_places_are_refused(world, record):
    other = world.project(world.mohe, "漠河项目")
    with pytest.raises(Refusal, match="所选资金不属于所选项目"):
        record("1", project=other)
    with pytest.raises(Refusal, match="不属于漠河市"):
        record("1", unit=world.mohe)


def test_only_finance_of_the_place_records(world, record):
    for outsider in (world.mohe_finance, world.huma_clerk, world.office, world.leader, world.huma_implementer):
        with pytest.raises(PermissionDenied):
            record("1", by=outsider)
    assert record("1", by=world.finance).recorded_by == world.finance


def test_a_typing_mistake_is_taken_back_once_and_frees_its_number(world, allocation, record):
    wrong = record("1000", number="7")
    with pytest.raises(Refusal, match="撤回理由"):
        take_back(voucher=wrong, reason=" ", by=world.huma_finance, at=world.at())
    take_back(voucher=wrong, reason="金额录错", by=world.huma_finance, at=world.at())
    with pytest.raises(Refusal, match="已经撤回"):
        take_back(voucher=wrong, reason="再撤", by=world.huma_finance, at=world.at())
    record("100", number="7")
    assert paid(allocation) == Decimal("100.00")
    assert AuditEvent.objects.get(verb="撤回支付凭证").after == {"reason": "金额录错"}


@pytest.mark.parametrize(
    ("name", "masked"),
    [("张三", "张*"), ("欧阳小明", "欧***"), ("呼玛县兴业农业开发公司", "呼玛县兴业农业开发公司"), ("县财政局", "县财政局"),
     ("阿依古丽·买买提", "阿*******"), ("", "")],
)  # fmt: skip
def test_persons_are_masked_and_organisations_are_not(name, masked):
    assert mask_payee(name) == masked


def test_account_and_identity_numbers_lose_their_middle():
    assert mask_digits("身份证 23270119800101123X 电话 13812345678 文号〔2026〕15号") == "身份证 23****3X 电话 13****78 文号〔2026〕15号"


def test_by_hand_no_more_is_given_back_than_the_payment_was(world, record):
    payment = record("1000", number="1")
    refund = record("600", kind="refund", number="2", paid_on=date(2026, 7, 1), refers_to=payment)
    assert refund.flags == []
    with pytest.raises(Refusal, match="尚可冲减 0.04 万元"):
        record("400.01", kind="correction", number="3", paid_on=date(2026, 7, 2), refers_to=payment)
    record("400", kind="correction", number="3", paid_on=date(2026, 7, 2), refers_to=payment)
    with pytest.raises(Refusal, match="请先撤回那些行"):
        take_back(voucher=payment, reason="录错", by=world.huma_finance, at=world.at())


def test_what_a_return_refers_to_is_a_payment_of_its_own_money_not_later(world, record):
    payment, granted = record("1000", number="1"), record("1000", kind="issue", number="2")
    other = world.project(world.huma, "另一个项目", amounts={"central": 1}).allocations.get()
    for values, words in (
        ({"kind": "pay", "refers_to": payment}, "只有退款、更正"),
        ({"kind": "refund", "refers_to": granted}, "有效的一笔支付"),
        ({"kind": "refund", "refers_to": payment, "paid_on": date(2026, 5, 31)}, "不能早于原支付日期"),
        ({"kind": "refund", "refers_to": payment, "allocation": other}, "同一笔项目资金"),
    ):
        with pytest.raises(Refusal, match=words):
            record("1", number="9", **values)


def test_from_outside_it_is_stored_and_flagged(record):
    payment = record("1000", number="1")
    too_much = record("1000.01", kind="refund", number="2", refers_to=payment, channel="treasury")
    assert sorted(too_much.flags) == ["refund_above_paid", "return_above_payment"]
