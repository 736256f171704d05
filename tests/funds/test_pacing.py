"""支出进度 by hand-computed numbers: both bases, node and 序时, young money, faults, scope.

呼玛县 has 60 万 central (40 万 issued 01-20, 20 万 issued 11-02) and 40 万 provincial money; 漠河市 has 100 万 central;
加格达奇区 and 地区本级 have none.
"""

from datetime import date
from decimal import Decimal

import pytest
from django.test.utils import CaptureQueriesContext

from funds.actions.spending import post_spending
from funds.actions.voucher import record_voucher
from funds.figures.ledger import largest_unpaid
from funds.figures.pacing import pace
from funds.figures.series import series
from funds.figures.sums import Sight
from funds.figures.target import linear_ratio
from funds.figures.verdict import Pace, pace_of
from funds.models import Allocation, Batch, CountyAllocation, TargetNode
from linkage import rules
from linkage.models import RuleVersion
from linkage.money import percent

pytestmark = pytest.mark.django_db
AS_OF = date(2026, 11, 12)
PROBE = {"yellow_points": 0, "red_points": 8}


@pytest.fixture
def money(world):
    """The three projects and their allocations, by a short name."""
    a = world.project(world.huma, "冷链", amounts={"central": 400_000, "provincial": 400_000})
    b = world.project(world.huma, "晒场")
    c = world.project(world.mohe, "北极村民宿", amounts={"central": 1_000_000})
    late = CountyAllocation.objects.create(
        batch=world.batch("central", world.tasks["consolidate"]), unit=world.huma, document_no="第二批", amount_yuan=Decimal(200_000),
        allocated_yuan=Decimal(200_000), issued_on=date(2026, 11, 2),
    )  # fmt: skip
    young = Allocation.objects.create(county_allocation=late, project=b, amount_yuan=Decimal(200_000), decided_on=date(2026, 11, 5))
    Batch.objects.filter(pk=late.batch_id).update(allocated_yuan=Decimal(1_600_000))
    by_level = {x.county_allocation.batch.level: x for x in a.allocations.select_related("county_allocation__batch")}
    return {"central": by_level["central"], "provincial": by_level["provincial"], "young": young, "mohe": c.allocations.get()}


@pytest.fixture
def pay(world, money):
    numbers = iter(range(1, 1000))

    def act(name, amount, on, kind="pay", **more):
        return record_voucher(
            allocation=money[name], kind=kind, amount_yuan=Decimal(amount), paid_on=on, voucher_no=str(next(numbers)), by=world.finance,
            at=more.get("at", world.at()),
        )  # fmt: skip

    return act


@pytest.fixture
def state(world, money):
    def act(amounts, on, version=1):
        post_spending(
            as_of=on, statement=f"weekly/{on}", version=version, amounts={money[k].pk: Decimal(v) for k, v in amounts.items()},
            by=world.huma_chief, at=world.at(),
        )  # fmt: skip

    return act


@pytest.fixture
def played(pay, state):
    """Treasury: central 300 000 − 20 000 − 5 000, provincial 100 000, young 10 000. County: 290 000, 150 000."""
    pay("central", 300_000, date(2026, 6, 1))
    pay("central", 20_000, date(2026, 7, 1), "refund")
    pay("central", 5_000, date(2026, 7, 2), "correction")
    pay("central", 350_000, date(2026, 5, 1), "issue")
    pay("provincial", 100_000, date(2026, 11, 10))
    pay("young", 10_000, date(2026, 11, 12))
    pay("mohe", 999_999, date(2026, 11, 13))  # a day too late for AS_OF
    state({"central": 250_000, "provincial": 150_000}, date(2026, 11, 5))
    state({"central": 290_000}, date(2026, 11, 12))


def node(**values):
    return TargetNode.objects.create(
        **{
            "fund_year": 2026, "due_on": date(2026, 9, 30), "target_ratio": Decimal("0.40"), "document_no": "黑农〔2026〕8号",
            "is_verified": True,
        }
        | values
    )  # fmt: skip


def test_both_bases_stand_side_by_side_and_are_never_summed(world, played):
    line = pace(year=2026, as_of=AS_OF, basis="treasury").line(unit=world.huma)
    assert line.amounts.issued_yuan == Decimal("1000000.00")
    assert line.amounts.treasury_yuan == Decimal("385000.00")  # 275 000 + 100 000 + 10 000
    assert line.amounts.county_yuan == Decimal("440000.00")  # newest: 290 000, and 150 000 of the week before
    assert line.paid_yuan == Decimal("385000.00")
    assert pace(year=2026, as_of=AS_OF, basis="county").line(unit=world.huma).paid_yuan == Decimal("440000.00")
    assert f"{line.treasury_ratio:.4f} {line.county_ratio:.4f}" == "0.3850 0.4400"


def test_issue_is_its_own_rate(world, played):
    line = pace(year=2026, as_of=AS_OF, basis="treasury").line(unit=world.huma)
    assert line.amounts.granted_yuan == Decimal("350000.00")
    assert line.granted_ratio == Decimal("0.35")


def test_levels_apart_and_together(world, played):
    table = pace(year=2026, as_of=AS_OF, basis="treasury")
    central, provincial = table.levels_of(world.huma)
    assert (central.level, central.amounts.issued_yuan, central.amounts.treasury_yuan) == ("central", Decimal(600_000), Decimal(285_000))
    assert (provincial.level, provincial.amounts.issued_yuan, provincial.amounts.treasury_yuan) == (
        "provincial", Decimal(400_000), Decimal(100_000),
    )  # fmt: skip
    assert table.total.amounts.issued_yuan == Decimal(2_000_000)


def test_county_money_is_outside_the_headline(world, money):
    own = world.project(world.huma, "县级项目", amounts={"county": 70_000})
    table = pace(year=2026, as_of=AS_OF)
    assert table.line(unit=world.huma).amounts.issued_yuan == Decimal(1_000_000)
    assert table.everything.amounts.issued_yuan == Decimal(2_070_000)
    assert own.allocations.count() == 1


def test_young_money_leaves_numerator_and_denominator_alike(world, played):
    line = pace(year=2026, as_of=AS_OF, basis="treasury").line(unit=world.huma)
    assert line.young_yuan == Decimal(200_000)
    assert line.settled_ratio == Decimal(375_000) / Decimal(800_000)


def test_money_is_young_for_less_than_thirty_days(world, money):
    assert pace(year=2026, as_of=date(2026, 12, 1)).line(unit=world.huma).young_yuan == Decimal(200_000)  # 29 days
    assert pace(year=2026, as_of=date(2026, 12, 2)).line(unit=world.huma).young_yuan == 0  # 30 days


def test_money_issued_later_does_not_count_yet(world, money):
    assert pace(year=2026, as_of=date(2026, 11, 1)).line(unit=world.huma).amounts.issued_yuan == Decimal(800_000)


def test_a_unit_without_money_shows_no_rate_and_no_colour(world, played):
    line = pace(year=2026, as_of=AS_OF).line(unit=world.jiagedaqi)
    assert (line.ratio, line.deviation, line.pace) == (None, None, Pace.NONE)


def test_a_unit_that_never_stated_is_unknown_by_the_county_basis_and_zero_by_the_treasury(world, played):
    assert pace(year=2026, as_of=AS_OF, basis="county").line(unit=world.mohe).ratio is None
    assert pace(year=2026, as_of=AS_OF, basis="treasury").line(unit=world.mohe).ratio == 0


def test_the_target_is_linear_until_a_confirmed_node_is_due(world, played):
    target = pace(year=2026, as_of=AS_OF).line(unit=world.huma).target
    assert (target.ratio, target.words) == (Decimal("0.917"), "序时（月份÷12）")
    node(is_verified=False)
    node(due_on=date(2026, 12, 31), target_ratio=Decimal("0.95"))
    target = pace(year=2026, as_of=AS_OF).line(unit=world.huma).target
    assert (target.ratio, target.node) == (Decimal("0.917"), None)
    assert target.next_node.target_ratio == Decimal("0.95")


def test_a_node_is_a_step_and_序时_stays_beside_it(world, played):
    node(due_on=date(2026, 6, 30), target_ratio=Decimal("0.20"))
    node()
    line = pace(year=2026, as_of=AS_OF, basis="treasury").line(unit=world.huma)
    assert (line.target.ratio, line.target.words) == (Decimal("0.4000"), "节点 2026年9月30日（黑农〔2026〕8号）")
    assert line.deviation == Decimal("-1.5")  # 38.5 − 40.0
    assert percent(line.target.linear_ratio) == Decimal("91.7")  # 11 ÷ 12
    assert line.pace == Pace.LAG


def test_the_most_special_node_judges_and_never_a_wider_sum(world, played):
    node()
    node(level="central", region=world.huma, target_ratio=Decimal("0.80"))
    table = pace(year=2026, as_of=AS_OF, basis="treasury")
    assert table.line(unit=world.huma, level="central").target.ratio == Decimal("0.8000")
    assert table.line(unit=world.huma).target.ratio == Decimal("0.4000")
    assert table.line(unit=world.mohe, level="central").target.ratio == Decimal("0.4000")
    assert table.total.target.ratio == Decimal("0.4000")
    assert table.line(level="county").target.node is None


@pytest.mark.parametrize(
    ("day", "by_month", "by_day"),
    [
        (date(2026, 1, 1), "0.083", "0.0027"),
        (date(2026, 1, 31), "0.083", "0.0849"),
        (date(2026, 2, 1), "0.167", "0.0877"),
        (date(2024, 2, 29), "0.167", "0.1639"),
        (date(2026, 4, 30), "0.333", "0.3288"),
        (date(2026, 12, 31), "1.000", "1.0000"),
    ],
)
def test_序时_at_month_ends(day, by_month, by_day):
    assert linear_ratio(day.year, day, "month") == Decimal(by_month)
    assert linear_ratio(day.year, day, "day") == Decimal(by_day)


def test_序时_before_and_after_the_fund_year():
    assert linear_ratio(2027, date(2026, 12, 31), "month") == 0
    assert linear_ratio(2025, date(2026, 1, 1), "month") == 1


@pytest.mark.parametrize(
    ("paid", "verdict"),
    [("500", Pace.OK), ("499.50", Pace.OK), ("499.49", Pace.LAG), ("419.50", Pace.LAG), ("419.49", Pace.SEVERE), ("0", Pace.SEVERE),
     ("1000", Pace.OK), ("1000.01", Pace.FAULT), ("-0.01", Pace.FAULT)],
)  # fmt: skip
def test_the_verdict_goes_by_the_displayed_values(paid, verdict):
    """Target 50.0 % of 1000 元; 499.50 ÷ 1000 shows 50.0 %, 419.49 ÷ 1000 shows 41.9 %."""
    assert pace_of(Decimal(paid), Decimal(1000), Decimal("0.5"), **PROBE) == verdict


def test_nothing_issued_is_no_task_but_paid_without_money_is_a_fault():
    assert pace_of(Decimal(0), Decimal(0), Decimal("0.5"), **PROBE) == Pace.NONE
    assert pace_of(Decimal("0.01"), Decimal(0), Decimal("0.5"), **PROBE) == Pace.FAULT
    assert pace_of(None, Decimal(10), Decimal("0.5"), **PROBE) == Pace.NONE


def test_a_bad_row_is_shown_and_breaks_nothing(world, money, pay):
    pay("mohe", 1_500_000, date(2026, 3, 1))
    line = pace(year=2026, as_of=AS_OF, basis="treasury").line(unit=world.mohe)
    assert (line.pace, line.excess_yuan) == (Pace.FAULT, Decimal("500000.00"))


def test_future_vouchers_count_from_their_day(world, money, pay):
    pay("mohe", 1, date(2026, 12, 24))
    assert pace(year=2026, as_of=AS_OF, basis="treasury").line(unit=world.mohe).paid_yuan == 0
    assert pace(year=2026, as_of=date(2026, 12, 24), basis="treasury").line(unit=world.mohe).paid_yuan == 1


def test_what_was_learnt_later_is_left_out_by_known_by(world, money, pay):
    pay("mohe", 100, date(2026, 6, 1), at=world.at(10))
    pay("mohe", 50, date(2026, 6, 2), at=world.at(14))
    assert pace(year=2026, as_of=AS_OF, basis="treasury", known_by=world.at(13)).line(unit=world.mohe).paid_yuan == 100


def test_change_against_last_week(world, played):
    line = pace(year=2026, as_of=AS_OF, basis="treasury").line(unit=world.huma)
    assert line.amounts.treasury_before_yuan == Decimal("275000.00")
    assert line.ratio_before == Decimal("0.275")
    assert pace(year=2026, as_of=AS_OF, basis="county").line(unit=world.huma).ratio_before == Decimal("0.4")


def test_the_rule_of_the_day_names_basis_method_and_limits(world, played):
    RuleVersion.objects.create(code="pace_basis", value="county", effective_from=date(2026, 11, 1), created_at=world.at())
    RuleVersion.objects.create(code="pace_method", value="day", effective_from=date(2026, 11, 1), created_at=world.at())
    rules.forget()
    table = pace(year=2026, as_of=AS_OF)
    assert (table.settings.basis, table.settings.method) == ("county", "day")
    assert table.total.target.ratio == Decimal("0.8658")  # day 316 of 365
    earlier = pace(year=2026, as_of=date(2026, 10, 31))
    assert (earlier.settings.basis, earlier.settings.method) == ("treasury", "month")


def test_by_task_and_the_largest_unpaid_projects(world, played):
    forest = world.project(world.mohe, "林场管护站", task=world.tasks["forest"], amounts={"central": 30_000})
    table = pace(year=2026, as_of=AS_OF, basis="treasury")
    assert [(line.task.code, line.amounts.issued_yuan) for line in table.by_task] == [
        ("consolidate", Decimal(2_000_000)), ("forest", Decimal(30_000)),
    ]  # fmt: skip
    projects = largest_unpaid(Allocation.objects.all(), year=2026, as_of=AS_OF, basis="treasury")
    assert [(p.name, p.unpaid_yuan) for p in projects] == [
        ("北极村民宿", Decimal(1_000_000)), ("冷链", Decimal(425_000)), ("晒场", Decimal(190_000)), (forest.name, Decimal(30_000)),
    ]  # fmt: skip


def test_everyone_gets_the_sums_of_his_own_sight(world, played):
    def issued(user):
        table = pace(year=2026, as_of=AS_OF, sight=Sight.of(user))
        return [unit.slug for unit in table.units], table.total.amounts.issued_yuan

    world.project(world.huma, "民族村寨", task=world.tasks["ethnic"], amounts={"central": 11_111})
    assert issued(world.office) == (["mohe", "huma", "jiagedaqi", "diqu"], Decimal("2011111.00"))
    assert issued(world.huma_clerk) == (["huma"], Decimal("1011111.00"))
    assert issued(world.ethnic)[1] == Decimal("11111.00")
    assert issued(world.huma_implementer) == ([], Decimal("0"))
    assert issued(world.admin) == ([], Decimal("0"))


def test_the_series_ends_where_the_pace_stands(world, money, played):
    days = [date(2026, 5, 31), date(2026, 6, 30), date(2026, 11, 5), AS_OF]
    treasury = series(year=2026, cutoffs=days, basis="treasury")
    assert [p.paid_yuan for p in treasury] == [Decimal(0), Decimal(300_000), Decimal(275_000), Decimal(385_000)]
    assert [p.issued_yuan for p in treasury] == [Decimal(1_800_000), Decimal(1_800_000), Decimal(2_000_000), Decimal(2_000_000)]
    county = series(year=2026, cutoffs=days, basis="county")
    assert [p.paid_yuan for p in county] == [None, None, Decimal(400_000), Decimal(440_000)]
    assert [p.paid_yuan for p in series(year=2026, cutoffs=days, basis="treasury", unit=world.mohe)] == [0, 0, 0, 0]


def test_the_number_of_queries_does_not_grow_with_the_units(world, django_assert_max_num_queries):
    from django.db import connection

    world.project(world.huma, "一", amounts={"central": 1000})
    with CaptureQueriesContext(connection) as few:
        pace(year=2026, as_of=AS_OF)
    for number in range(20):
        world.project(world.mohe, f"项目{number}", amounts={"central": 1000, "provincial": 5, "county": 7})
    with CaptureQueriesContext(connection) as many:
        table = pace(year=2026, as_of=AS_OF)
        table.total, table.units_headline, table.by_task, [table.levels_of(unit) for unit in table.units]
    assert len(few) == len(many) <= 10  # the issued targets of the counties count as nodes
