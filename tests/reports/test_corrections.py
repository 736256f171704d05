"""A corrected earlier week: later reports are listed to everybody concerned and never altered; 本期 heals itself (features 5.6)."""

import re
from datetime import date
from decimal import Decimal
from io import BytesIO

import openpyxl
import pytest

from funds.models import Voucher
from linkage import periods, ticking
from linkage.models import ExtraPeriod, Notification
from reports.actions import deadlines, filling, opening, signing
from reports.actions.filling import Edit
from reports.actions.rollup import compile_due, compile_rollup
from reports.models import Period, ReportCell, ReportState, ReportVersion, RollUp, WeeklyReport
from tests.access.walking import read
from tests.reports.test_rollup import report_week

pytestmark = pytest.mark.django_db


@pytest.fixture
def two_weeks(world):
    """呼玛县 has reported 30 万元 for week 47 and 45 万元 for week 48."""
    world.project(world.huma, "冷链仓储", amounts={"central": 1_000_000})
    opening.open_due_periods(at=world.at(16))
    report_week(world, world.huma, "2026-W47", "30", world.at(20, 10))
    opening.open_due_periods(at=world.at(23))
    return world


def report_of(world, key):
    return WeeklyReport.objects.select_related("period", "unit__parent").get(period__key=key, unit=world.huma)


def correct(world, amount, at):
    """Week 47 is returned and signed again with another cumulative figure."""
    signing.return_for_correction(report=report_of(world, "2026-W47"), by=world.office, reason="请核对", at=at)
    for remark in report_of(world, "2026-W47").remarks.all():
        signing.resolve_remark(remark=remark, by=world.huma_clerk, at=at)
    return report_week(world, world.huma, "2026-W47", amount, at)


def told(user, words):
    return Notification.objects.filter(user=user, title__contains=words)


def test_a_later_signed_report_is_listed_and_not_altered(two_weeks):
    world = two_weeks
    later = report_week(world, world.huma, "2026-W48", "45", world.at(24, 9))
    correct(world, "50", world.at(24, 14))
    assert ReportVersion.objects.get(pk=later.pk).content == later.content
    assert report_of(world, "2026-W48").state == ReportState.SUBMITTED
    for user in (world.office, world.huma_clerk, world.huma_chief):
        notice = told(user, "更正影响后期报告").get()
        assert "2026-W48" in notice.body and notice.url == "/weekly/2026-W47/huma/"
    with periods.clock(world.at(24, 15)):
        for user in (world.office, world.huma_clerk):
            page = world.client(user).get("/weekly/2026-W47/huma/").content.decode()
            assert "与后期报告不衔接" in page
            assert "上报时的上期为 30.00 万元，本期现为 50.00 万元" in page
            assert "后期累计 45.00 万元，低于本期的 50.00 万元" in page
            assert "与后期报告不衔接" not in world.client(user).get("/weekly/2026-W48/huma/").content.decode()


def test_nothing_is_listed_where_the_correction_touches_no_later_figure(two_weeks):
    world = two_weeks
    report_week(world, world.huma, "2026-W48", "45", world.at(24, 9))
    correct(world, "30", world.at(24, 14))
    assert not told(world.office, "更正影响后期报告").exists()


def test_the_roll_up_measures_the_week_against_the_corrected_one(two_weeks):
    world = two_weeks
    report_week(world, world.huma, "2026-W48", "45", world.at(24, 9))
    correct(world, "40", world.at(24, 14))
    content = compile_rollup(period=Period.objects.get(key="2026-W48"), by=world.office, at=world.at(27, 18)).content
    assert content["totals"]["levels"]["central"]["paid"] == "450000.00"
    assert content["totals"]["levels"]["central"]["delta"] == "50000.00", "45 − 40, not 45 − 30"


def test_the_sheet_of_rows_measures_as_the_summary_does(two_weeks):
    world = two_weeks
    report_week(world, world.huma, "2026-W48", "45", world.at(24, 9))
    correct(world, "40", world.at(24, 14))
    with periods.clock(world.at(24, 15)):
        book = openpyxl.load_workbook(BytesIO(read(world.client(world.office), "/weekly/2026-W48/export/").body))
    cells = [cell.value for row in book["项目明细"].iter_rows() for cell in row if cell.value is not None]
    assert 5 in cells and 15 not in cells, "45 − 40, not 45 − 30"
    assert any("呼玛县更正了以前各期" in str(cell) for cell in cells)


def test_a_roll_up_already_compiled_is_compiled_again_after_the_correction(two_weeks, monkeypatch):
    world = two_weeks
    report_week(world, world.huma, "2026-W48", "45", world.at(24, 9))
    compile_due(at=world.at(27, 17, 30))
    correct(world, "40", world.at(27, 16, 50))
    monkeypatch.setattr(ticking, "last_done", lambda name: world.at(27, 16, 45))
    compile_due(at=world.at(27, 18))
    newest = RollUp.objects.filter(period__key="2026-W48").order_by("-number").first()
    assert (newest.number, newest.content["totals"]["levels"]["central"]["delta"]) == (2, "50000.00")
    monkeypatch.setattr(ticking, "last_done", lambda name: world.at(27, 18))
    assert compile_due(at=world.at(27, 19)) == 0


def test_a_copy_that_waits_for_its_signer_gets_the_new_comparison_only(two_weeks):
    world = two_weeks
    report, at = report_of(world, "2026-W48"), world.at(24, 9)
    line = report.lines.get()
    cell = line.cells.get()
    filling.save_cells(report=report, edits=[Edit(line.pk, f"cell:{cell.allocation_id}", "45")], by=world.huma_clerk, at=at)
    report.refresh_from_db()
    signing.hand_in(report=report, by=world.huma_clerk, at=at)
    seen = report_of(world, "2026-W48").revision
    correct(world, "40", world.at(24, 14))
    cell.refresh_from_db()
    assert (cell.previous_yuan, cell.paid_to_date_yuan) == (Decimal(400_000), Decimal(450_000))
    assert "2026-W48正在审签" in told(world.huma_chief, "更正影响后期报告").get().body
    with pytest.raises(Exception, match="已有改动"):
        signing.sign(report=report_of(world, "2026-W48"), by=world.huma_chief, revision=seen, early=True, at=world.at(24, 15))


def test_a_row_said_to_be_unchanged_follows_the_correction(two_weeks):
    world = two_weeks
    report = report_of(world, "2026-W48")
    filling.mark_rest_unchanged(report=report, by=world.huma_clerk, at=world.at(23, 10))
    correct(world, "40", world.at(24, 14))
    cell = report.lines.get().cells.get()
    assert (cell.previous_yuan, cell.paid_to_date_yuan) == (Decimal(400_000), Decimal(400_000))


def test_the_copy_of_an_exempt_week_follows_too_for_the_exemption_may_end(two_weeks):
    world = two_weeks
    deadlines.exempt(report=report_of(world, "2026-W48"), by=world.office_head, reason="森林防火紧急期", at=world.at(23, 9))
    correct(world, "50", world.at(24, 14))
    deadlines.end_exemption(report=report_of(world, "2026-W48"), by=world.office_head, reason="火险解除", at=world.at(24, 15))
    cell = ReportCell.objects.get(line__report=report_of(world, "2026-W48"))
    assert (cell.previous_yuan, cell.paid_to_date_yuan) == (500_000, 500_000)


def test_a_reader_of_other_rows_learns_nothing_of_them(two_weeks):
    world = two_weeks
    report_week(world, world.huma, "2026-W48", "45", world.at(24, 9))
    correct(world, "50", world.at(24, 14))
    with periods.clock(world.at(24, 15)):
        page = world.client(world.ethnic).get("/weekly/2026-W47/huma/").content.decode()
    assert "与后期报告不衔接" not in page and "冷链仓储" not in page


def test_what_the_data_say_after_signing_is_a_hint_and_nothing_to_press(two_weeks):
    """A voucher that came after signing: the signed report asks for no sentence any more."""
    world = two_weeks
    allocation = report_of(world, "2026-W47").lines.get().cells.get().allocation
    Voucher.objects.create(
        allocation=allocation, project=allocation.project, unit=world.huma, kind="pay", amount_yuan=Decimal(900_000), paid_on=date(2026, 11, 18),
        known_at=world.at(21), voucher_no="9", channel="hand", key="huma/V9", recorded_by=world.finance,
    )  # fmt: skip
    with periods.clock(world.at(21, 9)):
        page = world.client(world.huma_clerk).get("/weekly/2026-W47/huma/").content.decode()
    assert re.findall(r'"severity":"(\w+)"', page) and set(re.findall(r'"severity":"(\w+)"', page)) == {"hint"}
    assert "上报以后的新情况：中央累计支出与财政口径 90.00 万元相差 60.00 万元" in page
    assert '"open":0' in page


def test_a_signed_report_shows_what_was_explained_then(world):
    world.project(world.huma, "冷链仓储", amounts={"central": 1_000_000})
    opening.open_due_periods(at=world.at(16))
    report_week(world, world.huma, "2026-W47", "130", world.at(20, 10))
    with periods.clock(world.at(21, 9)):
        page = world.client(world.huma_clerk).get("/weekly/2026-W47/huma/").content.decode()
    assert "累计支出超过安排（上报时已说明）" in page and '"said":"属实"' in page
    assert '"open":0' in page


def test_an_extra_period_on_the_day_of_a_week_is_not_opened_and_the_week_can_be_signed(world):
    """Set while the week was cut off on another day; without the rule signing both would end in an error page."""
    world.project(world.huma, "冷链仓储", amounts={"central": 1_000_000})
    ExtraPeriod.objects.create(key="2026-NM", title="月末", cutoff_on=date(2026, 11, 19), due_on=date(2026, 11, 23), document="通知")
    opening.open_due_periods(at=world.at(16))
    opening.open_due_periods(at=world.at(20))
    opening.open_due_periods(at=world.at(20, 1))
    assert not Period.objects.filter(key="2026-NM").exists()
    notice = told(world.office_head, "加期 2026-NM 没有另开期").get()
    assert "2026-W47" in notice.body
    assert report_week(world, world.huma, "2026-W47", "30", world.at(20, 10)).number == 1


def test_the_number_of_a_version_comes_from_the_row_not_from_an_object_read_before(two_weeks):
    world = two_weeks
    report = report_of(world, "2026-W48")
    filling.save_cells(report=report, edits=[Edit(report.lines.get().pk, "no_change", "1")], by=world.huma_clerk, at=world.at(24, 9))
    signing.hand_in(report=report, by=world.huma_clerk, at=world.at(24, 9))
    read_before = report_of(world, "2026-W48")
    signing.sign(report=report_of(world, "2026-W48"), by=world.huma_chief, early=True, at=world.at(24, 10))
    returned = report_of(world, "2026-W48")
    signing.return_for_correction(report=returned, by=world.office, reason="请核对", at=world.at(24, 11))
    signing.resolve_remark(remark=returned.remarks.get(), by=world.huma_clerk, at=world.at(24, 11))
    signing.hand_in(report=report_of(world, "2026-W48"), by=world.huma_clerk, at=world.at(24, 12))
    assert signing.sign(report=read_before, by=world.huma_chief, early=True, at=world.at(24, 13)).number == 2
    assert report_of(world, "2026-W48").first_submitted_at == world.at(24, 10)
