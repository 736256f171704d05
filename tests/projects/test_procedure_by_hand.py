"""Three projects as counties have them, reckoned by hand on Monday 16 November 2026: the way to the first payment, the money behind.

Working days to come: 17 to 20 November are 1–4, 23–27 5–9, 30 November to 4 December 10–14, 7–11 15–19, 14–18 20–24, 21–23 25–27.
"""

from datetime import date
from decimal import Decimal

import pytest

from funds.models import Voucher
from linkage.periods import WorkCalendar
from projects.actions.checklist import answer_traits, sync_checklists
from projects.actions.procedure import mark_green
from projects.figures.procedures import legs, of_project, waiting_money
from projects.models import Procedure
from tests.projects.procedures import catalogue, procedure
from tests.projects.test_procedures import step

TODAY = date(2026, 11, 16)


@pytest.fixture
def three(world):
    """A cold store at its first step, a yard before the review of its budget, a road with a body beyond its promise."""
    w = world
    w.catalogue = catalogue(w)
    w.store = w.project(w.huma, "冷链仓储", amounts={"central": 800_000, "provincial": 440_000}, planned_investment_yuan=Decimal(1_240_000))
    w.yard = w.project(w.huma, "晒场", amounts={"central": 600_000}, planned_investment_yuan=Decimal(600_000))
    w.road = w.project(w.huma, "产业路硬化", amounts={"central": 300_000}, planned_investment_yuan=Decimal(300_000))
    sync_checklists([w.store, w.yard, w.road], at=w.at(1))
    no_land = {"land": False, "forest": False}
    answer_traits(project=w.yard, answers=no_land | {"soil": False}, by=w.huma_clerk, at=w.at(1))
    answer_traits(project=w.road, answers=no_land | {"soil": True}, by=w.huma_clerk, at=w.at(1))
    Voucher.objects.create(
        unit=w.huma, project=w.yard, allocation=w.yard.allocations.get(), amount_yuan=Decimal(100_000), paid_on=date(2026, 6, 1), known_at=w.at(1), key="凭1"
    )

    def steps(project, code, body, *days):
        row = procedure(project, code)
        for name, day in zip(("apply", "accept", "grant"), days, strict=False):
            step(w, row, name, day, by=w.huma_clerk if name == "apply" else body, document="1号" if name == "grant" else "")

    steps(w.store, "land-preview", w.huma_land, 2, 4)
    steps(w.yard, "proposal", w.ndrc, 2, 4, 9)
    steps(w.road, "water", w.water, 2, 2)
    review = procedure(w.road, "budget-review")
    mark_green(procedure=review, is_green=True, reason="县委专题会议", by=w.office, revision=review.revision, at=w.at())
    return w


def way(project):
    found = of_project(project, as_of=TODAY).path
    return found.days, found.words, found.ready_on


def test_the_longest_chain_and_the_earliest_first_payment(three):
    """Store: 用地 15 promised, 8 used since the 4th (5 6 9 10 11 12 13 16), 7 left; 立项 5; then 林地 15, or 评审 12 and 许可 3: 27 either
    way. Yard: 立项 granted, 评审 12 alone. Road: 评审 is green and waits for nothing, 12; without that 5 + 12 = 17."""
    days, _, ready_on = way(three.store)
    assert (days, ready_on) == (27, date(2026, 12, 23))
    assert way(three.yard) == (12, "概算与财政评审 12 日", date(2026, 12, 2))
    assert way(three.road) == (12, "概算与财政评审 12 日", date(2026, 12, 2))
    review = procedure(three.road, "budget-review")
    mark_green(procedure=review, is_green=False, reason="撤销", by=three.office, revision=review.revision, at=three.at())
    assert way(three.road) == (17, "立项（可研批复） 5 日 → 概算与财政评审 12 日", date(2026, 12, 9))


def test_money_stands_behind_each_matter_and_each_project_once_in_the_sum(three):
    """Not yet paid: store 124 万, yard 60 − 10 = 50 万, road 30 万."""
    found = waiting_money(Procedure.objects.all(), user=three.office, as_of=TODAY)
    assert (found.projects, found.unpaid_yuan) == (3, Decimal("2040000.00"))
    rows = {row.matter: row for row in found.rows}
    kinds, early, late = three.catalogue.kinds, date(2026, 12, 2), date(2026, 12, 23)

    def of(code):
        row = rows[kinds[code].matter.name]
        return row.projects, row.unpaid_yuan, row.overdue, row.longest_days, row.earliest_on, row.latest_on

    assert of("budget-review") == (3, Decimal("2040000.00"), 0, 0, early, late)
    assert of("proposal") == (2, Decimal("1540000.00"), 0, 0, early, late)  # the yard has it
    assert of("water") == (2, Decimal("1540000.00"), 1, 10, early, late)  # 2 → 16 November, promised within 5 days
    assert of("land-preview") == (1, Decimal("1240000.00"), 0, 10, late, late)
    assert of("road") == (1, Decimal("300000.00"), 0, 0, early, early)
    assert rows[kinds["road"].matter.name].handler == "本地无此机构"
    assert found.rows[0].unpaid_yuan == Decimal("2040000.00")
    assert kinds["acceptance"].matter.name not in rows  # asked for after the works, holds back no first payment


def test_an_application_made_again_takes_the_promise_of_its_day(three):
    """Refused on the 16th under a promise of 5 days; since the 10th the body promises 3: the second time counts those."""
    row = procedure(three.road, "water")
    since = date(2026, 11, 10)
    three.catalogue.terms.create(kind=row.kind, effective_from=since, legal_days=10, legal_basis="水土保持法", promised_days=3, created_at=three.at())
    step(three, row, "refuse", 16, by=three.water, reason="图件不全")
    [leg] = [leg for leg in of_legs(three.road) if leg.label == row.kind.name]
    assert leg.days == 3


def of_legs(project):
    return legs(list(project.procedures.waiting().select_related("kind", "handler")), as_of=TODAY, calendar=WorkCalendar.load())
