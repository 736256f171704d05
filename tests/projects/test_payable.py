"""本期应付: what the terms of the signed contracts make due by now, less what has been paid (ui.md, features 2.9)."""

from datetime import date
from decimal import Decimal

import pytest

from projects.actions.contract import create_contract
from projects.actions.contract_moves import award, sign
from projects.figures.payable import payable
from projects.models import Contract, PaymentTerm

pytestmark = pytest.mark.django_db
TERMS = (("advance", "0.3", "签约后"), ("progress", "0.5", "按进度"), ("final", "0.17", "审定后"), ("retention", "0.03", "质保期满"))
TODAY = date(2026, 11, 16)


@pytest.fixture
def project(world):
    return world.project(world.huma, "冷链仓储")


def signed(world, project, price="1000000", terms=TERMS):
    contract = create_contract(
        unit=world.huma, name="冷库施工", projects=[project], by=world.huma_clerk, kind="works", method="open_tender", announced_on=date(2026, 3, 9)
    )
    award(contract=contract, bid_price_yuan=Decimal(price), contractor="兴安公司", shares={project.pk: Decimal(price)}, awarded_on=date(2026, 4, 2),
          by=world.huma_clerk, at=world.at(2, month=4))  # fmt: skip
    sign(contract=contract, signed_on=date(2026, 4, 10), number="HT-1", by=world.huma_clerk, at=world.at(10, month=4))
    for number, (kind, ratio, words) in enumerate(terms, 1):
        PaymentTerm.objects.create(contract=contract, number=number, kind=kind, ratio=Decimal(ratio), condition=words)
    return contract


def due(project, today=TODAY):
    return payable(project, today).due_yuan


def test_where_there_is_no_contract_the_page_says_so(world, project):
    found = payable(project, TODAY)
    assert (found.due_yuan, found.now_yuan(Decimal(5)), found.note) == (None, None, "没有已签订的合同，不能按付款条款计算本期应付")
    assert found.note in world.client(world.huma_clerk).get(f"/projects/{project.pk}/").text


@pytest.mark.parametrize("values", [{"method": "grant"}, {"method": "subsidy"}, {"stage": "appraised"}])
def test_no_contract_is_missed_where_none_is_expected(world, values):
    assert payable(world.project(world.huma, "还不签合同的", **values), TODAY).note == ""


def test_a_contract_without_terms_makes_nothing_due(world, project):
    signed(world, project, terms=())
    assert payable(project, TODAY).note == "合同没有登记付款条款，不能计算本期应付"


def test_due_follows_signing_progress_settlement_and_the_end_of_the_guarantee(world, project):
    contract = signed(world, project)
    assert due(project) == Decimal("300000.00")  # 30 % when signed
    project.physical_ratio = Decimal("0.4")
    assert due(project) == Decimal("500000.00")  # and 50 % × 40 %
    project.finished_on = date(2026, 9, 1)
    assert due(project) == Decimal("800000.00")
    Contract.objects.filter(pk=contract.pk).update(state="settled", settled_yuan=Decimal("900000"), settled_on=date(2026, 10, 1))
    assert due(project) == Decimal("873000.00")  # 97 % of 900000
    project.accepted_on = date(2025, 11, 16)
    assert due(project) == Decimal("900000.00")  # 365 days after acceptance
    project.accepted_on = date(2025, 11, 17)
    assert due(project) == Decimal("873000.00")


def test_what_has_been_paid_is_taken_off_and_never_gives_less_than_nothing(world, project):
    signed(world, project)
    found = payable(project, TODAY)
    assert [found.now_yuan(Decimal(paid)) for paid in ("100000", "400000")] == [Decimal("200000.00"), Decimal("0.00")]
    assert found.now_yuan(None) is None


def test_a_terminated_contract_makes_nothing_due(world, project):
    contract = signed(world, project)
    Contract.objects.filter(pk=contract.pk).update(state="terminated")
    assert due(project) is None


def test_a_shared_contract_counts_with_the_project_s_own_share(world, project):
    other = world.project(world.huma, "村内道路")
    contract = create_contract(
        unit=world.huma, name="打捆", projects=[project, other], by=world.huma_clerk, kind="works", method="open_tender", announced_on=date(2026, 3, 9)
    )
    shares = {project.pk: Decimal("333333.33"), other.pk: Decimal("666666.67")}
    award(contract=contract, bid_price_yuan=Decimal("1000000"), contractor="兴安公司", shares=shares,
          awarded_on=date(2026, 4, 2), by=world.huma_clerk, at=world.at(2, month=4))  # fmt: skip
    sign(contract=contract, signed_on=date(2026, 4, 10), number="HT-1", by=world.huma_clerk, at=world.at(10, month=4))
    PaymentTerm.objects.create(contract=contract, number=1, kind="advance", ratio=Decimal("0.3"), condition="签约后")
    assert (due(project), due(other)) == (Decimal("100000.00"), Decimal("200000.00"))
