"""The compiled week: submitted statements only, missing units as rows, versions that stay (features 5.7)."""

from datetime import date
from decimal import Decimal
from io import BytesIO

import openpyxl
import pytest
from docx import Document

from linkage import audit, periods, rounding
from reports.actions import filling, opening, sentences, signing
from reports.actions.filling import Edit
from reports.actions.rollup import compile_due, compile_rollup
from reports.models import Period, RollUp, WeeklyReport

pytestmark = pytest.mark.django_db


@pytest.fixture
def week(world):
    world.project(world.huma, "冷链仓储", amounts={"central": 1_000_000, "provincial": 200_000})
    world.project(world.mohe, "道路硬化", amounts={"central": 500_000})
    opening.open_due_periods(at=world.at(16))
    return Period.objects.get(key="2026-W47")


def report_week(world, unit, key, central, at, **facts):
    """Fill, hand in and sign one unit's report with a central cumulative in 万元."""
    report = WeeklyReport.objects.select_related("period", "unit__parent").get(period__key=key, unit=unit)
    line = report.lines.get()
    cell = line.cells.get(allocation__county_allocation__batch__level="central")
    edits = [Edit(line.pk, f"cell:{cell.allocation_id}", central), Edit(line.pk, "started_on", "2026-05-10")]
    edits += [Edit(line.pk, place, text) for place, text in facts.items()]
    clerk, chief = getattr(world, f"{unit.slug}_clerk"), getattr(world, f"{unit.slug}_chief")
    filling.save_cells(report=report, edits=edits, by=clerk, at=at)
    report.refresh_from_db()
    try:
        signing.hand_in(report=report, by=clerk, at=at)
    except signing.ProblemsFound as found:
        for problem in found.problems:
            sentences.explain(report=report, key=problem.key, text="属实", by=clerk, at=at)
        signing.hand_in(report=report, by=clerk, at=at)
    return signing.sign(report=report, by=chief, early=at < report.period.cutoff_at, at=at)


def rows(rollup):
    return {row["unit"]: row for row in rollup.content["units"]}


def test_a_missing_county_is_a_row_and_the_total_says_who_reported(world, week):
    report_week(world, world.huma, "2026-W47", "30", world.at(20, 10))
    rollup = compile_rollup(period=week, by=world.office, at=world.at(20, 18))
    assert list(rows(rollup)) == ["mohe", "huma", "jiagedaqi", "diqu"]
    assert (rows(rollup)["mohe"]["timeliness"], rows(rollup)["mohe"]["levels"]["central"]["paid"]) == ("missing", None)
    assert rows(rollup)["jiagedaqi"]["exempt_reason"] == "尚无任务"
    totals = rollup.content["totals"]
    assert (totals["reported"], totals["expected"]) == (1, 2)
    assert totals["levels"]["central"] == {"issued": "1500000.00", "arranged": "1000000.00", "paid": "300000.00", "delta": "300000.00"}


def test_an_unreported_county_keeps_last_weeks_cumulative_with_a_blank_week(world, week):
    report_week(world, world.huma, "2026-W47", "30", world.at(20, 10))
    report_week(world, world.mohe, "2026-W47", "5", world.at(20, 10))
    opening.open_due_periods(at=world.at(23))
    report_week(world, world.huma, "2026-W48", "45", world.at(27, 10))
    rollup = compile_rollup(period=Period.objects.get(key="2026-W48"), by=world.office, at=world.at(27, 18))
    mohe = rows(rollup)["mohe"]
    assert (mohe["carried"], mohe["carried_from"]) == (True, "2026-W47")
    assert (mohe["levels"]["central"]["paid"], mohe["levels"]["central"]["delta"]) == ("50000.00", None)
    assert rollup.content["totals"]["levels"]["central"]["paid"] == "500000.00"
    assert rollup.content["totals"]["levels"]["central"]["delta"] == "150000.00"
    assert rollup.content["carried"] == ["漠河市"]


def test_a_late_statement_makes_version_two_and_version_one_stays(world, week):
    report_week(world, world.huma, "2026-W47", "30", world.at(20, 10))
    assert compile_due(at=world.at(20, 17, 5)) == 1
    assert compile_due(at=world.at(20, 17, 6)) == 0, "nothing new, nothing done"
    report_week(world, world.mohe, "2026-W47", "5", world.at(21, 10))
    assert compile_due(at=world.at(21, 10, 5)) == 1
    first, second = RollUp.objects.order_by("number")
    assert first.content["totals"]["reported"] == 1
    assert (second.content["totals"]["reported"], rows(second)["mohe"]["timeliness"]) == (2, "late")


def test_compiling_again_without_news_gives_the_same_version(world, week):
    first = compile_rollup(period=week, by=world.office, at=world.at(20, 18))
    assert compile_rollup(period=week, by=world.office, at=world.at(20, 19)) == first


def test_a_county_may_not_compile_nor_read(world, week):
    with pytest.raises(Exception, match="汇总"):
        compile_rollup(period=week, by=world.huma_clerk)
    compile_rollup(period=week, by=world.office, at=world.at(20, 18))
    for user in (world.huma_clerk, world.agri, world.huma_finance):
        assert world.client(user).get("/weekly/2026-W47/rollup/").status_code == 404
    assert world.client(world.finance).get("/weekly/2026-W47/rollup/").status_code == 200


def test_the_page_offers_texts_to_paste(world, week):
    report_week(world, world.huma, "2026-W47", "30", world.at(20, 10), problem="用地手续未办结", measures="加快办理")
    compile_rollup(period=week, by=world.office, at=world.at(20, 18))
    with periods.clock(world.at(20, 18)):
        page = world.client(world.office).get("/weekly/2026-W47/rollup/").content.decode()
    assert "呼玛县" in page and "漠河市" in page
    assert "应报 2 个单位，已报 1 个" in page and "用地手续未办结" in page


def test_the_workbook_has_numbers_as_numbers_and_the_right_sheets(world, week):
    report_week(world, world.huma, "2026-W47", "30", world.at(20, 10), problem="=1+1", measures="加快办理")
    compile_rollup(period=week, by=world.office, at=world.at(20, 18))
    with periods.clock(world.at(20, 18)):
        response = world.client(world.office).get("/weekly/2026-W47/export/")
    book = openpyxl.load_workbook(BytesIO(b"".join(response.streaming_content) if response.streaming else response.content))
    assert book.sheetnames == ["汇总", "项目明细", "问题清单"]
    numbers = [cell.value for row in book["汇总"].iter_rows() for cell in row if isinstance(cell.value, (int, float))]
    assert 30 in numbers and 150 in numbers, "累计支出 30 万元, 下达 150 万元"
    texts = [cell for row in book["问题清单"].iter_rows() for cell in row if cell.value == "=1+1"]
    assert texts and all(cell.data_type == "s" for cell in texts), "a text that looks like a formula stays text"


def exported(world, user="office"):
    """All texts of the summary sheet."""
    with periods.clock(world.at(20, 18)):
        response = world.client(getattr(world, user)).get("/weekly/2026-W47/export/")
    book = openpyxl.load_workbook(BytesIO(b"".join(response.streaming_content) if response.streaming else response.content))
    return [str(cell.value) for row in book["汇总"].iter_rows() for cell in row if cell.value is not None]


def test_the_workbook_prints_version_hash_and_head_of_the_audit_chain(world, week):
    """Features 12.2: the head hash printed in roll-ups. It is the head when the roll-up was compiled, not when it is printed."""
    report_week(world, world.huma, "2026-W47", "30", world.at(20, 10))
    assert any("尚未形成汇总版本" in text for text in exported(world))
    audit.seal(at=world.at(20, 17))
    rollup = compile_rollup(period=week, by=world.office, at=world.at(20, 18))
    assert len(rollup.audit_head) == 64 and rollup.audit_head == audit.head_hash()
    audit.seal(at=world.at(20, 18))
    assert audit.head_hash() != rollup.audit_head
    note = next(text for text in exported(world) if text.startswith("周汇总第 1 版"))
    assert rollup.sha256 in note and f"审计链头 {rollup.audit_head}" in note
    with periods.clock(world.at(20, 18)):
        assert rollup.audit_head in world.client(world.office).get("/weekly/2026-W47/rollup/").content.decode()


def test_the_county_s_word_report_prints_the_head_too(world, week):
    report_week(world, world.huma, "2026-W47", "30", world.at(20, 10))
    audit.seal(at=world.at(20, 17))
    response = world.client(world.huma_clerk).get("/weekly/2026-W47/huma/v1/report.docx")
    document = Document(BytesIO(b"".join(response.streaming_content)))
    assert f"审计链头 {audit.head_hash()}" in [paragraph.text for paragraph in document.paragraphs]


@pytest.mark.parametrize(("huma", "mohe", "tail"), [("30.004", "10.004", True), ("30.004", "10", False)])
def test_a_total_that_differs_by_rounding_is_explained_on_page_and_sheet(world, week, huma, mohe, tail):
    """30.00 + 10.00, but 40.008 is 40.01."""
    report_week(world, world.huma, "2026-W47", huma, world.at(20, 10))
    report_week(world, world.mohe, "2026-W47", mohe, world.at(20, 10))
    compile_rollup(period=week, by=world.office, at=world.at(20, 18))
    with periods.clock(world.at(20, 18)):
        page = world.client(world.office).get("/weekly/2026-W47/rollup/").content.decode()
    assert ("40.01" in page, rounding.NOTE in page, rounding.NOTE in exported(world)) == (tail, tail, tail)


def test_a_lead_department_exports_rows_of_its_tasks_only(world, week):
    from reports.exports import readable_versions

    report_week(world, world.huma, "2026-W47", "30", world.at(20, 10))
    names = {user.username: [line["name"] for version in readable_versions(user, week) for line in version.content["lines"]]
             for user in (world.agri, world.ethnic, world.finance, world.mohe_clerk)}  # fmt: skip
    assert names == {"agri": ["冷链仓储"], "ethnic": [], "finance": ["冷链仓储"], "mohe_clerk": []}


def test_amounts_of_the_snapshot_are_exact(world, week):
    version = report_week(world, world.huma, "2026-W47", "30.123456", world.at(20, 10))
    assert Decimal(version.totals["levels"]["central"]["paid"]) == Decimal("301234.56")


def test_last_years_figures_do_not_pass_for_this_years(world, week):
    """Week 1 of 2027, nobody reported yet: what was said in 2026 about 2026's money is carry-over now, not this year's pace."""
    report_week(world, world.huma, "2026-W47", "30", world.at(20, 10))
    later = Period.objects.create(
        key="2027-W01", title="2027年第1期", starts_on=date(2026, 12, 31), ends_on=date(2027, 1, 7), rules=week.rules,
        cutoff_at=periods.moment(date(2027, 1, 8)), due_at=periods.moment(date(2027, 1, 8), 17), opened_at=periods.moment(date(2027, 1, 4)),
    )  # fmt: skip
    opening.open_reports(period=later, units=[world.huma], at=later.opened_at)
    row = rows(compile_rollup(period=later, by=world.office, at=later.due_at))["huma"]
    assert row["carried"]
    assert row["levels"] == {}
    assert row["carryover"] == {"arranged": "1200000.00", "paid": "300000.00", "delta": None}
