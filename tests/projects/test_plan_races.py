"""Two people at once at one plan: one goes on, the other is told (PostgreSQL, real connections)."""

from datetime import date
from decimal import Decimal

import pytest

from projects.actions import plan as plans
from projects.models import AnnualPlan, Stage
from tests.races import together

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
DAY = date(2026, 11, 16)


@pytest.fixture
def road(world):
    return world.project(world.huma, "村内道路", stage=Stage.ADMITTED)


def begin(world):
    return plans.open_plan(unit=world.huma, year=2026, by=world.huma_clerk, at=world.at())


def fresh(plan):
    return AnnualPlan.objects.select_related("unit__parent", "based_on").get(pk=plan.pk)


def save(world, plan, road, amount, revision):
    mine = fresh(plan)
    return lambda: plans.save_items(
        plan=mine, rows={road.pk: {"central": Decimal(amount)}}, note="在途", by=world.huma_clerk, revision=revision, at=world.at()
    )


def test_two_begin_at_once_and_one_plan_stands(world):
    assert together(lambda: begin(world), lambda: begin(world)) == ["done", "wrong_state"]
    assert AnnualPlan.objects.count() == 1


def test_two_save_at_once_and_one_is_told(world, road):
    plan = begin(world)
    assert together(save(world, plan, road, 1, 0), save(world, plan, road, 2, 0)) == ["done", "stale_revision"]
    plan.refresh_from_db()
    assert (plan.revision, plan.items.count()) == (1, 1)


def test_saving_and_handing_in_at_once_leave_a_checked_plan(world, road):
    plan = begin(world)
    save(world, plan, road, 1, 0)()
    mine = fresh(plan)
    found = together(save(world, plan, road, 3_000_000, 1), lambda: plans.hand_in(plan=mine, by=world.huma_clerk, revision=1, at=world.at()))
    plan.refresh_from_db()
    if plan.state == "deciding":
        assert plan.items.get().amounts == {"central": 1}
    else:
        assert found in (["done", "stale_revision"], ["done", "problems"])


def test_a_decision_entered_twice_at_once_is_carried_out_once(world, road):
    plan = begin(world)
    save(world, plan, road, 1, 0)()
    plans.hand_in(plan=fresh(plan), by=world.huma_clerk, at=world.at())

    def act():
        mine = fresh(plan)
        return lambda: plans.decide(plan=mine, document="呼农组发〔2026〕3号", decided_on=DAY, by=world.huma_chief, at=world.at())

    assert together(act(), act()) == ["done", "wrong_state"]
    road.refresh_from_db()
    assert (road.stage, road.revision, road.transitions.count()) == (Stage.PLANNED, 1, 1)
