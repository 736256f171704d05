"""Two people at once at one contract: one goes on, the other is told, and no half of either is written (PostgreSQL)."""

from datetime import date
from decimal import Decimal

import pytest

from projects.actions import contract as contracts
from projects.actions import contract_moves as moves
from projects.figures.contracts import broken_totals
from projects.models import Contract, ContractChange
from tests.races import together

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def tendered(world):
    projects = [world.project(world.huma, name) for name in ("东山村晒场", "西山村晒场")]
    contract = contracts.create_contract(
        unit=world.huma, name="晒场", kind="works", method="open_tender", projects=projects, announced_on=date(2026, 3, 9), by=world.huma_clerk
    )
    return contract, [project.pk for project in projects]


def mine(contract):
    return Contract.objects.select_related("unit").get(pk=contract.pk)


def test_an_award_and_a_failed_round_at_once(world):
    contract, (one, other) = tendered(world)
    award = {"bid_price_yuan": Decimal(900), "contractor": "兴安建筑公司", "shares": {one: Decimal(500), other: Decimal(400)}}
    a, b = mine(contract), mine(contract)
    found = together(
        lambda: moves.award(contract=a, awarded_on=date(2026, 4, 2), revision=0, by=world.huma_clerk, at=world.at(), **award),
        lambda: moves.fail(contract=b, reason="不足三家", result_on=date(2026, 4, 2), revision=0, by=world.huma_clerk, at=world.at()),
    )
    assert found in (["done", "stale_revision"], ["done", "wrong_state"])
    now = mine(contract)
    assert now.rounds.get().result == ("awarded" if now.state == "awarded" else "failed")
    assert now.transitions.count() == 2 and broken_totals() == []


def test_two_changes_of_the_price_at_once(world):
    contract, (one, other) = tendered(world)
    shares = {one: Decimal(500), other: Decimal(400)}
    moves.award(contract=contract, bid_price_yuan=Decimal(900), contractor="公司", awarded_on=date(2026, 4, 2), shares=shares, by=world.huma_clerk)
    moves.sign(contract=contract, signed_on=date(2026, 4, 20), by=world.huma_clerk)

    def act(more):
        grown = {one: Decimal(500) + more, other: Decimal(400)}
        return lambda: contracts.record_change(
            contract=contract, amount_yuan=Decimal(more), reason="增项", document="呼农〔2026〕9号", decided_on=date(2026, 7, 1), shares=grown, revision=2,
            by=world.huma_clerk, at=world.at(),
        )  # fmt: skip

    assert together(act(10), act(25)) == ["done", "stale_revision"]
    assert mine(contract).price_yuan - 900 == ContractChange.objects.get().amount_yuan
    assert broken_totals() == []


def test_four_contracts_at_once_get_four_numbers(world):
    projects = [world.project(world.huma, f"晒场{number}") for number in range(4)]

    def act(project):
        return lambda: contracts.create_contract(
            unit=world.huma, name=project.name, kind="works", method="inquiry", projects=[project], announced_on=date(2026, 3, 9), by=world.huma_clerk,
            at=world.at(),
        )  # fmt: skip

    assert together(*(act(project) for project in projects)) == ["done"] * 4
    assert sorted(Contract.objects.values_list("code", flat=True)) == [f"HM-HT-2026-000{number}" for number in range(1, 5)]
