"""The three fund sheets: every wrong row with its cell and repair, limits over the whole sheet, the same file twice changes nothing."""

from datetime import date
from decimal import Decimal
from io import BytesIO

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from funds.actions.spending import post_spending
from funds.checks import check_figures
from funds.models import Allocation, Batch, CountyAllocation, OpeningBalance
from linkage.excel import MIME, build_template
from linkage.excel.templates import FIRST_ROW
from linkage.imports import engine
from linkage.imports.base import kind_of
from linkage.models import JobState, RegionAlias

pytestmark = pytest.mark.django_db


def submit(user, code, *rows):
    kind = kind_of(code)
    book = openpyxl.load_workbook(BytesIO(build_template(kind.template(user))))
    for offset, row in enumerate(rows):
        for column, value in enumerate(row, 1):
            book.worksheets[0].cell(FIRST_ROW + offset, column).value = value
    target = BytesIO()
    book.save(target)
    return engine.submit(by=user, kind=kind, file=SimpleUploadedFile("表.xlsx", target.getvalue(), content_type=MIME))


def verdicts(job):
    return list(job.rows.order_by("number").values_list("verdict", flat=True))


def findings(job):
    return {(p["cell"], p["message"]) for row in job.rows.all() for p in row.problems}


def only(job):
    (found,) = findings(job)
    return found


@pytest.fixture
def batch(world):
    return Batch.objects.create(
        level="central", task=world.tasks["consolidate"], fund_year=2026, document_no="黑财指（农）〔2026〕1号", region=world.prefecture,
        amount_yuan=Decimal(1_000_000), issued_on=date(2026, 1, 5),
    )  # fmt: skip


SHARES = [
    ("黑财指(农)[2026] 1号", "中央", "巩固衔接", "呼玛县", 60, date(2026, 1, 20), None),
    ("黑财指（农）〔2026〕1号", "中央", "巩固衔接", "漠河市", 40, date(2026, 1, 20), "大财农〔2026〕3号"),
]


def test_shares_come_in_and_the_same_sheet_again_changes_nothing(world, batch):
    job = submit(world.office, "county_allocations", *SHARES)
    assert verdicts(job) == ["new", "new"]
    engine.confirm(job, by=world.office)
    batch.refresh_from_db()
    assert (job.state, batch.allocated_yuan) == (JobState.DONE, Decimal(1_000_000))
    assert check_figures() == []
    assert verdicts(submit(world.office, "county_allocations", *SHARES)) == ["unchanged", "unchanged"]


def test_units_and_tasks_are_known_by_their_other_words(world, batch):
    RegionAlias.objects.create(region=world.huma, name="呼玛")
    job = submit(world.office, "county_allocations", (*SHARES[0][:2], world.tasks["consolidate"].name, "呼玛", *SHARES[0][4:]))
    assert verdicts(job) == ["new"], findings(job)
    RegionAlias.objects.create(region=world.mohe, name="呼玛", code_system="旧称")
    for nobody in ("呼马", "呼玛"):
        found = only(submit(world.office, "county_allocations", (*SHARES[0][:3], nobody, *SHARES[0][4:])))
        assert "不在可选项中" in found[1], "unknown, or a word that means two places"


def test_the_limit_holds_over_the_rows_of_a_sheet(world, batch):
    rows = [SHARES[0], (*SHARES[1][:4], 40.000001, *SHARES[1][5:])]
    job = submit(world.office, "county_allocations", *rows)
    assert verdicts(job) == ["new", "error"]
    cell, message = only(job)
    assert cell == "E5" and "只剩 40.00 万元" in message
    assert not CountyAllocation.objects.exists()


@pytest.mark.parametrize(
    ("column", "value", "cell", "words"),
    [(0, "无此文", "A4", "没有您可分配的这个批次"), (5, date(2026, 1, 4), "F4", "不能早于批次发文日期"), (4, 0, "E4", "须大于零")],
)
def test_a_wrong_share_is_named_by_its_cell(world, batch, column, value, cell, words):
    row = list(SHARES[0])
    row[column] = value
    found = only(submit(world.office, "county_allocations", tuple(row)))
    assert found[0] == cell and words in found[1]


def test_a_changed_amount_is_no_import_but_an_adjustment(world, batch):
    engine.confirm(submit(world.office, "county_allocations", SHARES[0]), by=world.office)
    _, message = only(submit(world.office, "county_allocations", (*SHARES[0][:4], 61, *SHARES[0][5:])))
    assert "请在批次页面用“调整”登记" in message


def test_county_finance_cannot_give_away_prefecture_money(world, batch):
    assert "没有您可分配的这个批次" in only(submit(world.huma_finance, "county_allocations", SHARES[0]))[1]


@pytest.fixture
def share(world, batch):
    batch.allocated_yuan = Decimal(600_000)
    batch.save()
    return CountyAllocation.objects.create(batch=batch, unit=world.huma, amount_yuan=Decimal(600_000), issued_on=date(2026, 1, 20))


def arrangement(project, amount=10, day=date(2026, 2, 10), document="黑财指（农）〔2026〕1号"):
    return (project.code, document, "中央", None, amount, day, "呼农领〔2026〕1号")


def test_a_county_arranges_its_share_by_sheet(world, share):
    projects = [world.project(world.huma, name) for name in ("一", "二")]
    rows = [arrangement(projects[0], 20), arrangement(projects[1], 40)]
    job = submit(world.huma_clerk, "allocations", *rows)
    assert verdicts(job) == ["new", "new"]
    engine.confirm(job, by=world.huma_clerk)
    share.refresh_from_db()
    assert share.allocated_yuan == Decimal(600_000)
    assert check_figures() == []
    assert verdicts(submit(world.huma_clerk, "allocations", *rows)) == ["unchanged", "unchanged"]


def test_wrong_arrangements_are_all_named_at_once(world, share):
    own, ethnic = world.project(world.huma, "一"), world.project(world.huma, "二", task=world.tasks["ethnic"])
    foreign = world.project(world.mohe, "漠河项目")
    job = submit(
        world.huma_clerk, "allocations", arrangement(own, 61), arrangement(ethnic), arrangement(foreign), arrangement(own, document="别的"),
        arrangement(own, day=date(2026, 1, 19), document=" 黑财指（农）〔2026〕1号"),
    )  # fmt: skip
    assert verdicts(job) == ["error"] * 5
    words = "".join(message for _, message in findings(job))
    for expected in ("只剩 60.00 万元", "任务为“少数民族”", "没有这个项目编号", "没有下达到呼玛县", "与第 4 行是同一条"):
        assert expected in words
    assert "漠河项目" not in words
    assert not Allocation.objects.exists()


def test_several_shares_of_one_document_must_be_told_apart(world, share):
    Batch.objects.update(allocated_yuan=Decimal(700_000))
    CountyAllocation.objects.create(
        batch=share.batch, unit=world.huma, amount_yuan=Decimal(100_000), issued_on=date(2026, 1, 20), document_no="第二次"
    )
    second = CountyAllocation.objects.create(
        batch=share.batch, unit=world.huma, amount_yuan=Decimal(0), issued_on=date(2026, 1, 20), document_no="第三次"
    )
    CountyAllocation.objects.filter(pk=share.pk).update(document_no="第一次")
    project = world.project(world.huma, "一")
    assert "写明是哪一笔" in only(submit(world.huma_clerk, "allocations", arrangement(project)))[1]
    row = list(arrangement(project))
    row[3] = "第二次"
    assert verdicts(submit(world.huma_clerk, "allocations", tuple(row))) == ["new"]
    assert second.allocated_yuan == 0


def opening(project, amount=3, day=date(2026, 10, 31)):
    return (project.code, project.document, "中央", None, amount, day, "国库对账单")


@pytest.fixture
def project(world):
    project = world.project(world.huma, "冷链", amounts={"central": 100_000})
    project.document = world.batch("central", project.task).document_no
    return project


def test_opening_balances_come_in_once(world, project):
    job = submit(world.huma_clerk, "opening_balances", opening(project))
    engine.confirm(job, by=world.huma_clerk)
    assert OpeningBalance.objects.get().paid_to_date_yuan == Decimal(30_000)
    assert verdicts(submit(world.huma_clerk, "opening_balances", opening(project))) == ["unchanged"]
    assert "期初数只登记一次" in only(submit(world.huma_clerk, "opening_balances", opening(project, 4)))[1]


def test_no_opening_balance_after_a_statement_nor_ahead_of_today_nor_for_others(world, project):
    assert "不能晚于今天" in only(submit(world.huma_clerk, "opening_balances", opening(project, day=date(2026, 11, 17))))[1]
    assert "没有这个项目的这笔资金" in only(submit(world.mohe_clerk, "opening_balances", opening(project)))[1]
    post_spending(
        as_of=date(2026, 11, 12), statement="w", version=1, amounts={project.allocations.get().pk: Decimal(1)}, by=world.huma_chief,
        at=world.at(13),
    )  # fmt: skip
    assert "已有上报的累计支出" in only(submit(world.huma_clerk, "opening_balances", opening(project)))[1]


def test_a_statement_posted_between_preview_and_confirmation_stops_the_sheet(world, project):
    job = submit(world.huma_clerk, "opening_balances", opening(project))
    post_spending(
        as_of=date(2026, 11, 12), statement="w", version=1, amounts={project.allocations.get().pk: Decimal(1)}, by=world.huma_chief,
        at=world.at(13),
    )  # fmt: skip
    engine.confirm(job, by=world.huma_clerk)
    job.refresh_from_db()
    assert job.state != JobState.DONE
    assert not OpeningBalance.objects.exists()
