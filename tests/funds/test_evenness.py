"""支出均衡度 on curves made by hand (features 4.6)."""

from datetime import date
from decimal import Decimal

import pytest

from funds.actions.voucher import record_voucher
from funds.figures.evenness import Curve, Silence, even_lines, evenness, longest_silence, money_days
from funds.figures.sums import Sight

D, YEAR = Decimal, date(2026, 12, 31)
EVEN = [D(1)] * 12


def test_the_same_every_month_is_one():
    assert evenness([D(5)] * 12, EVEN) == 1


def test_everything_in_december_is_near_nothing():
    assert round(evenness([D(0)] * 11 + [D(100)], EVEN), 4) == D("0.0833")  # 1 − ½ × (11/12 + 11/12) = 1/12


def test_half_a_year_late_is_a_half():
    assert evenness([D(0)] * 6 + [D(10)] * 6, EVEN) == D("0.5")


def test_money_that_came_late_is_not_asked_for_earlier():
    """Issued on 1 October: three months of equal spending follow the days 31, 30, 31 almost exactly."""
    there = money_days([(date(2026, 10, 1), D(92))], 2026, YEAR)
    assert there == [D(0)] * 9 + [D(92) * 31, D(92) * 30, D(92) * 31]
    assert evenness([D(0)] * 9 + [D(31), D(30), D(31)], there) == 1


def test_days_after_the_day_of_the_page_do_not_count_yet():
    assert money_days([(date(2025, 12, 1), D(10))], 2026, date(2026, 2, 10)) == [D(310), D(100)] + [D(0)] * 10


@pytest.mark.parametrize(("spent", "there"), [([D(0)] * 12, EVEN), (EVEN, [D(0)] * 12), ([D(-5)] + [D(0)] * 11, EVEN)])
def test_nothing_spent_or_nothing_there_is_no_number(spent, there):
    assert evenness(spent, there) is None


def test_the_longest_silence_runs_from_when_money_was_there():
    days = [date(2026, 3, 1), date(2026, 3, 2), date(2026, 6, 1)]
    assert longest_silence(days, date(2026, 1, 20), date(2026, 6, 30)) == Silence(date(2026, 3, 3), date(2026, 5, 31))
    assert longest_silence([date(2026, 3, 1)], date(2026, 3, 1), date(2026, 3, 1)) is None
    assert longest_silence([], date(2026, 1, 1), date(2026, 1, 31)).days == 31


def test_the_silence_ends_when_everything_is_paid():
    curve = Curve(2026, YEAR, None, [(date(2026, 1, 1), D(100))], [(date(2026, 2, 1), D(60)), (date(2026, 3, 1), D(40))])
    assert curve.silence == Silence(date(2026, 1, 1), date(2026, 1, 31))  # ten months of nothing left to pay are none
    assert curve.shares[1] == D("0.6") and curve.december_ratio == 0


@pytest.mark.django_db
def test_the_page_and_sheet_show_only_what_is_in_sight(world):
    for unit, name, amount in ((world.huma, "冷链", 120_000), (world.mohe, "民宿", 987_600)):
        project = world.project(unit, name, amounts={"central": amount})
        record_voucher(
            allocation=project.allocations.get(), kind="pay", amount_yuan=D(amount) / 2, paid_on=date(2026, 6, 1), voucher_no=name, by=world.finance,
            at=world.at(),
        )  # fmt: skip
    lines = even_lines(year=2026, as_of=date(2026, 11, 15), sight=Sight.of(world.huma_clerk))
    assert [line.unit.name if line.unit else "" for line in lines] == ["", "呼玛县"]
    assert lines[1].now.spent_yuan == 60_000
    # money from 01-20: 12 + 28 + 31 + 30 + 31 + 30 + 31 + 31 + 30 + 31 + 15 = 300 days, June has 30 of them: 1 − ½ × (0.9 + 0.9)
    assert round(lines[1].now.value, 9) == D("0.1")
    html = world.client(world.huma_clerk).get("/funds/evenness/?year=2026").content.decode()
    assert "6.00" in html and "49.38" not in html and "漠河" not in html
    assert world.client(world.office).get("/funds/evenness/export/?year=2026").status_code == 200
    assert world.client(world.office).get("/funds/evenness/?year=2030&as_of=x").status_code == 200
