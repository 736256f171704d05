"""本年, 以前年度结转 and 提前下达 are told apart by one rule and never added up (features 5.3, 5.7; domain: 提前下达, 结转)."""

from datetime import date
from decimal import Decimal
from io import BytesIO

import openpyxl
import pytest

from funds.models import Allocation, Batch, CountyAllocation
from linkage import periods
from reports.actions import filling, opening, signing
from reports.actions.filling import Edit
from reports.actions.rollup import compile_rollup
from reports.figures.rollup import brief_text
from reports.models import Period, Section, WeeklyReport
from tests.access.walking import read

pytestmark = pytest.mark.django_db


def money_of(world, project, fund_year, amount):
    """Central money of another fund year for the project, issued before the week."""
    batch = Batch.objects.create(
        level="central", task=project.task, fund_year=fund_year, region=world.prefecture, document_no=f"黑财指（农）〔{fund_year}〕999号",
        amount_yuan=Decimal(amount), allocated_yuan=Decimal(amount), issued_on=date(2026, 1, 5), received_on=date(2026, 1, 6),
    )  # fmt: skip
    share = CountyAllocation.objects.create(
        batch=batch, unit=project.unit, amount_yuan=Decimal(amount), allocated_yuan=Decimal(amount), issued_on=date(2026, 1, 7)
    )
    return Allocation.objects.create(county_allocation=share, project=project, amount_yuan=Decimal(amount), decided_on=date(2026, 2, 10))


@pytest.fixture
def signed(world):
    """呼玛县 states 30 of this year's 100, 5 of last year's 20, 1 of next year's 40 (万元)."""
    project = world.project(world.huma, "冷链仓储", amounts={"central": 1_000_000})
    world.carried = money_of(world, project, 2025, 200_000)
    world.advanced = money_of(world, project, 2027, 400_000)
    opening.open_due_periods(at=world.at(16))
    report = WeeklyReport.objects.select_related("period", "unit__parent").get(period__key="2026-W47", unit=world.huma)
    line, at = report.lines.get(), world.at(20, 10)
    own = line.cells.get(allocation__county_allocation__batch__fund_year=2026).allocation_id
    typed = {own: "30", world.carried.pk: "5", world.advanced.pk: "1"}
    edits = [Edit(line.pk, "started_on", "2026-05-10"), *(Edit(line.pk, f"cell:{pk}", text) for pk, text in typed.items())]
    filling.save_cells(report=report, edits=edits, by=world.huma_clerk, at=at)
    report.refresh_from_db()
    signing.hand_in(report=report, by=world.huma_clerk, at=at)
    return signing.sign(report=report, by=world.huma_chief, at=at)


@pytest.mark.parametrize(("year", "section"), [(2026, Section.CURRENT), (2025, Section.CARRYOVER), (2020, Section.CARRYOVER), (2027, Section.ADVANCE)])
def test_a_fund_year_belongs_to_one_part(year, section):
    assert Section.of(year, 2026) is section


def test_a_statement_adds_up_the_three_parts_apart(signed):
    assert signed.totals["levels"] == {"central": {"arranged": "1000000.00", "paid": "300000.00", "delta": "300000.00"}}
    assert signed.totals["carryover"] == {"arranged": "200000.00", "paid": "50000.00", "delta": "50000.00"}
    assert signed.totals["advance"] == {"arranged": "400000.00", "paid": "10000.00", "delta": "10000.00"}


def test_the_roll_up_divides_this_years_paid_by_this_years_issued(world, signed):
    content = compile_rollup(period=signed.report.period, by=world.office, at=world.at(20, 18)).content
    assert content["totals"]["levels"] == {"central": {"issued": "1000000.00", "arranged": "1000000.00", "paid": "300000.00", "delta": "300000.00"}}
    assert content["totals"]["advance"]["paid"] == "10000.00"
    text = brief_text(content)
    assert "累计支出 30.00 万元（30.00%）" in text
    assert "提前下达资金 40.00 万元，累计支出 1.00 万元" in text and "以前年度结转资金 20.00 万元，累计支出 5.00 万元" in text


def test_next_year_the_money_in_advance_is_this_years(world, signed):
    later = Period.objects.create(
        key="2027-W01", title="2027年第1期", starts_on=date(2026, 12, 31), ends_on=date(2027, 1, 7), rules=signed.report.period.rules,
        cutoff_at=periods.moment(date(2027, 1, 8)), due_at=periods.moment(date(2027, 1, 8), 17), opened_at=periods.moment(date(2027, 1, 4)),
    )  # fmt: skip
    opening.open_reports(period=later, units=[world.huma], at=later.opened_at)
    row = next(r for r in compile_rollup(period=later, by=world.office, at=later.due_at).content["units"] if r["unit"] == "huma")
    assert row["levels"] == {"central": {"issued": "400000.00", "arranged": "400000.00", "paid": "10000.00", "delta": None}}
    assert row["carryover"] == {"arranged": "1200000.00", "paid": "350000.00", "delta": None}


def test_every_page_and_paper_names_the_totals_apart(world, signed):
    with periods.clock(world.at(20, 18)):
        office = world.client(world.office)
        pages = {
            "review": office.get("/weekly/2026-W47/huma/").content.decode(), "version": office.get("/weekly/2026-W47/huma/v1/").content.decode(),
            "print": office.get("/weekly/2026-W47/huma/v1/print/").content.decode(), "rollup": office.get("/weekly/2026-W47/rollup/").content.decode(),
        }  # fmt: skip
    for name in ("review", "version", "print"):
        assert all(words in pages[name] for words in ("本年合计", "结转合计", "提前下达合计")), name
    assert "本年合计累计支出 30.00 万元" in pages["review"]
    assert "以前年度结转" in pages["rollup"] and "提前下达</th>" in pages["rollup"]


def test_the_workbook_keeps_the_parts_in_columns_of_their_own(world, signed):
    with periods.clock(world.at(20, 18)):
        book = openpyxl.load_workbook(BytesIO(read(world.client(world.office), "/weekly/2026-W47/export/").body))
    rows = list(book["项目明细"].iter_rows(values_only=True))
    total = next(row for row in rows if "合计" in row)
    numbers = [value for value in total if isinstance(value, (int, float))]
    assert numbers == [100, 30, 0, 0, 0, 30, 20, 5, 5, 40, 1, 1], "安排、四级支出、本期 of this year; 安排、累计、本期 of carry-over; of advance"


def test_the_word_report_says_them_in_sentences_of_their_own(signed):
    from docx import Document
    from docx.enum.text import WD_ALIGN_PARAGRAPH

    from reports.documents.weekly import county_report

    document = Document(BytesIO(county_report(signed)))
    text = "\n".join(p.text for p in document.paragraphs)
    assert "本年资金累计安排到项目 100.00 万元，累计支出 30.00 万元" in text
    assert "提前下达资金 40.00 万元" in text
    assert [row.cells[0].text for row in document.tables[0].rows[1:]] == ["中央", "本年合计", "结转合计", "提前下达合计"]
    assert [cell.text for cell in document.tables[0].rows[0].cells] == ["资金层级", "安排", "累计支出", "本期支出", "支出进度"]
    assert "单位：万元" in text
    assert document.paragraphs[-1].alignment == WD_ALIGN_PARAGRAPH.LEFT, "a justified line of codes would be stretched"
