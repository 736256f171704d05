"""A roll-up in words: page, sheet and brief say of a unit what its own row says, and print no zero where nobody has spoken."""

import pytest

from linkage import periods
from reports.actions import opening, signing
from reports.figures.rollup import brief_text, carried_words, snapshot, standing_words
from reports.models import Period, WeeklyReport
from tests.reports.test_rollup import exported, report_week, week

__all__ = ["week"]
pytestmark = pytest.mark.django_db


def second_week(world, huma=True):
    """Both reported in week 47; of week 48 only 呼玛县, if that."""
    report_week(world, world.huma, "2026-W47", "30", world.at(20, 10))
    report_week(world, world.mohe, "2026-W47", "5", world.at(20, 10))
    opening.open_due_periods(at=world.at(23))
    if huma:
        report_week(world, world.huma, "2026-W48", "45", world.at(27, 10))
    return Period.objects.get(key="2026-W48")


def now(world, period, at):
    return snapshot(period, world.prefecture, at)


def row(content, unit):
    return next(row for row in content["units"] if row["unit"] == unit)


def test_before_the_due_time_nobody_is_said_to_be_missing(world, week):
    period = second_week(world)
    content = now(world, period, world.at(27, 12))
    assert carried_words(content) == "漠河市未到期，还没有上报：累计数沿用上期，本期支出为空，合计的本期支出不含上述单位。"
    assert standing_words(row(content, "mohe")) == "未到期（沿用 2026-W47）"
    assert "未报" not in brief_text(content)
    late = now(world, period, world.at(27, 18))
    assert carried_words(late).startswith("漠河市本期未报：累计数沿用上期")
    assert standing_words(row(late, "mohe")) == "未报（沿用 2026-W47）"


def test_page_and_sheet_use_the_same_words(world, week):
    period = second_week(world)
    with periods.clock(world.at(27, 12)):
        page = world.client(world.office).get("/weekly/2026-W48/rollup/").content.decode()
        sheet = world.client(world.office).get("/weekly/2026-W48/export/")
    said = carried_words(now(world, period, world.at(27, 12)))
    assert said in page
    assert sheet.status_code == 200


def test_a_unit_that_was_given_back_its_report_is_said_so_in_the_sheet_too(world, week):
    report_week(world, world.huma, "2026-W47", "30", world.at(20, 10))
    report = WeeklyReport.objects.get(period=week, unit=world.huma)
    signing.return_for_correction(report=report, reason="数字不符", by=world.office, at=world.at(20, 11))
    content = now(world, week, world.at(20, 18))
    assert standing_words(row(content, "huma")) == "按时（退回待改）"
    assert "按时（退回待改）" in exported(world)


def test_where_nobody_has_stated_anything_no_zero_is_printed(world, week):
    content = now(world, week, world.at(20, 10))
    assert content["totals"]["levels"]["central"] == {"issued": "1500000.00", "arranged": None, "paid": None, "delta": None}
    assert content["totals"]["carryover"] == {"arranged": None, "paid": None, "delta": None}
    assert "中央资金下达 150.00 万元，还没有单位上报支出。" in brief_text(content)
    with periods.clock(world.at(20, 10)):
        page = world.client(world.office).get("/weekly/2026-W47/rollup/").content.decode()
    foot = page[page.index("<tfoot>"):page.index("</tfoot>")]
    assert "0.00</td>" not in foot.replace("150.00</td>", "").replace("20.00</td>", "") and "0.0%" not in foot
    texts = exported(world)
    assert "—" in texts and "0" not in texts[texts.index("合计"):][:6]


def test_a_week_in_which_all_figures_are_last_week_s_has_no_week_of_its_own(world, week):
    content = now(world, second_week(world, huma=False), world.at(27, 10))
    central = content["totals"]["levels"]["central"]
    assert (central["paid"], central["delta"]) == ("350000.00", None)
    assert "本期支出还没有单位上报" in brief_text(content)
    assert carried_words(content).startswith("漠河市、呼玛县未到期，还没有上报：")
