"""The end of a year: computed, decided, closed, closed for good, opened again by two; and on into the next one (features 4.10)."""

from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from funds.actions.allocation import adjust, adjust_share, allocate_to_county, arrange_to_project
from funds.actions.batch import amend, record_batch, reduce_by_higher_body
from funds.actions.closing import ask_reopen, begin_closing, close, compute, decide, reopen
from funds.actions.moving import transfer_to_project
from funds.actions.opening import record_opening
from funds.actions.spending import post_spending
from funds.actions.splitting import Part, split
from funds.actions.voucher import record_voucher, take_back
from funds.checks import check_figures
from funds.figures.pacing import pace
from funds.models import Allocation, Batch, CarryDecision, CountyAllocation, FundEvent, TargetNode, YearClosing
from linkage import periods
from linkage.errors import Refusal, SamePerson
from linkage.models import RuleVersion
from projects.models import Project, Stage

pytestmark = pytest.mark.django_db
TEN = Decimal(100_000)
JANUARY = periods.moment(date(2027, 1, 12), 9)
CLOSED = "2026 年度已经结账"


def given(world, name, fund_year=2026, paid=0, stage=Stage.STARTED):
    """10 万元 of a document of its own for one project of 呼玛县, so much paid in 2026."""
    began = date(fund_year, 2, 1)
    batch = record_batch(
        level="central", task=world.tasks["consolidate"], fund_year=fund_year, document_no=f"文〔{fund_year}〕{name}", region=world.prefecture,
        amount_yuan=TEN, issued_on=began, by=world.office, at=world.at(),
    )  # fmt: skip
    share = allocate_to_county(batch=batch, unit=world.huma, amount_yuan=TEN, issued_on=began, by=world.office, at=world.at())
    row = arrange_to_project(
        county_allocation=share, project=world.project(world.huma, name), amount_yuan=TEN, decided_on=began, by=world.huma_clerk, at=world.at()
    )
    if paid:
        record_voucher(
            allocation=row, kind="pay", amount_yuan=Decimal(paid), paid_on=date(2026, 6, 1), voucher_no=name, by=world.huma_finance, at=world.at()
        )
    Project.objects.filter(pk=row.project_id).update(stage=stage)
    return row


@pytest.fixture
def books(world):
    """Half paid and going on; finished with 1 万元 over; of 2025 and still not spent; wholly paid."""
    rows = {
        "going": given(world, "冷链", paid=50_000), "done": given(world, "晒场", paid=90_000, stage=Stage.ACCEPTED),
        "old": given(world, "旧路", fund_year=2025, paid=30_000), "paid": given(world, "民宿", paid=100_000),
    }  # fmt: skip
    with periods.clock(JANUARY):
        yield rows


@pytest.fixture
def closing(world, books):
    return begin_closing(region=world.prefecture, year=2026, by=world.finance, at=JANUARY)


def decide_all(world, closing):
    for row in closing.decisions.filter(round=closing.round, event=None):
        decide(decision=row, kind=row.proposed, by=world.huma_finance, at=JANUARY)


def test_what_is_left_and_what_the_law_makes_of_it(books, closing):
    found = {row.allocation.project.name: (row.left_yuan, row.proposed, row.is_overdue) for row in closing.decisions.all()}
    assert found == {
        "冷链": (Decimal(50_000), "carry", False), "晒场": (Decimal(10_000), "surplus", False), "旧路": (Decimal(70_000), "surplus", True),
    }  # fmt: skip


def test_who_decides_and_what_needs_a_reason_or_a_document(world, books, closing):
    rows = {row.allocation.project.name: row for row in closing.decisions.all()}
    for person in (world.huma_clerk, world.mohe_finance, world.office_head, world.auditor):
        with pytest.raises(PermissionDenied):
            decide(decision=rows["冷链"], kind="carry", by=person, at=JANUARY)
    with pytest.raises(Refusal, match="预算法第42条"):
        decide(decision=rows["旧路"], kind="carry", reason="质保金", by=world.huma_finance, at=JANUARY)
    with pytest.raises(IntegrityError), transaction.atomic():
        CarryDecision.objects.filter(pk=rows["旧路"].pk).update(kind="carry", decided_by=world.finance, decided_at=JANUARY)
    decide(decision=rows["旧路"], kind="carry", reason="质保金", document_no="财政厅批复3号", by=world.huma_finance, at=JANUARY)
    with pytest.raises(Refusal, match="建议处理为“结余”，改为“结转”须写明说明"):
        decide(decision=rows["晒场"], kind="carry", by=world.finance, at=JANUARY)


def test_everything_in_the_way_is_named_at_once(world, books, closing):
    record_voucher(
        allocation=books["going"], kind="pay", amount_yuan=Decimal(1), paid_on=date(2026, 12, 30), voucher_no="晚", by=world.finance, at=JANUARY
    )
    with pytest.raises(Refusal, match=r"1\. 3 笔资金还没有确认.*2\. 计算余额之后又有凭证"):
        close(closing=closing, by=world.finance, at=JANUARY)
    compute(closing=closing, by=world.finance, at=JANUARY)
    decide_all(world, closing)
    record_voucher(  # a 结余 that was spent in the new year cannot go back
        allocation=books["done"], kind="pay", amount_yuan=Decimal(1), paid_on=date(2027, 1, 5), voucher_no="次年", by=world.finance, at=JANUARY
    )
    with pytest.raises(Refusal, match="“晒场”确认为结余 1.00 万元，但次年又有支出或调减，现只剩 0.9999 万元"):
        close(closing=closing, by=world.finance, at=JANUARY)


def test_a_year_cannot_be_closed_before_it_is_over(world, books):
    with pytest.raises(Refusal, match="从当年 12 月 1 日起"):
        begin_closing(region=world.prefecture, year=2026, by=world.finance, at=world.at(30))
    early = periods.moment(date(2026, 12, 20), 9)
    closing = begin_closing(region=world.prefecture, year=2026, by=world.finance, at=early)
    decide_all(world, closing)
    with pytest.raises(Refusal, match="12 月 31 日之后才能结账"):
        close(closing=closing, by=world.finance, at=early)
    for person in (world.huma_finance, world.office, world.agri):
        with pytest.raises(PermissionDenied):
            close(closing=closing, by=person, at=JANUARY)


def test_one_years_end_goes_on_into_the_next(world, books, closing):
    """Played on the pages: decide as proposed, close, see what came of it, spend on in the new year."""
    TargetNode.objects.create(fund_year=2026, due_on=date(2026, 9, 30), target_ratio=Decimal("0.75"), document_no="文", is_verified=True)
    RuleVersion.objects.create(code="pace_red_points", value=6, effective_from=date(2026, 3, 1), document="文", created_at=JANUARY)
    before = pace(year=2026, as_of=date(2026, 12, 31)).everything.amounts
    county, finance = world.client(world.huma_finance), world.client(world.finance)
    page = finance.get(f"/funds/closing/{closing.pk}/").content.decode()
    assert "3 笔资金还没有确认" in page
    county.post(f"/funds/closing/{closing.pk}/decide/")
    answer = finance.post(f"/funds/closing/{closing.pk}/close/", {"revision": "0"}, follow=True).content.decode()
    assert "2026 年度已结账" in answer

    done, old, going = (Allocation.objects.select_related("county_allocation__batch").get(pk=books[name].pk) for name in ("done", "old", "going"))
    assert (done.amount_yuan, done.county_allocation.amount_yuan, done.county_allocation.batch.allocated_yuan) == (90_000, 90_000, 90_000)
    assert (old.amount_yuan, going.amount_yuan) == (30_000, 100_000)
    events = {(event.kind, event.amount_yuan) for event in FundEvent.objects.filter(effective_on=date(2027, 1, 1))}
    assert events == {("surplus", Decimal(10_000)), ("surplus", Decimal(70_000)), ("carry", Decimal(50_000))}
    assert pace(year=2026, as_of=date(2026, 12, 31)).everything.amounts == before
    assert check_figures() == []

    node = TargetNode.objects.get(fund_year=2027)
    assert (node.due_on, node.target_ratio, node.is_verified) == (date(2027, 9, 30), Decimal("0.75"), False)
    draft = RuleVersion.objects.get(code="pace_red_points", effective_from=date(2027, 1, 1))
    assert (draft.value, draft.is_verified) == (6, False)

    record_voucher(
        allocation=going, kind="pay", amount_yuan=Decimal(50_000), paid_on=date(2027, 1, 11), voucher_no="新年", by=world.huma_finance, at=JANUARY
    )
    assert check_figures() == []
    assert "已结账" in county.get("/funds/closing/").content.decode()


def test_nothing_dated_in_a_closed_year_is_written_changed_or_taken_back(world, books, closing):
    decide_all(world, closing)
    voucher = books["going"].vouchers.get()
    close(closing=closing, by=world.finance, at=JANUARY)
    row = Allocation.objects.select_related("county_allocation__batch__region", "county_allocation__unit", "project").get(pk=books["going"].pk)
    Batch.objects.filter(pk=row.county_allocation.batch_id).update(amount_yuan=3 * TEN)  # so that nothing else stands in the way
    CountyAllocation.objects.filter(pk=row.county_allocation_id).update(amount_yuan=2 * TEN)
    row = Allocation.objects.select_related("county_allocation__batch__region", "county_allocation__unit", "project").get(pk=row.pk)
    share, december, office = row.county_allocation, date(2026, 12, 1), {"by": world.office, "at": JANUARY}
    other = world.project(world.huma, "另一项目")
    county, clerk = {"by": world.huma_finance, "at": JANUARY}, {"by": world.huma_clerk, "at": JANUARY}
    batch = {"level": "central", "task": world.tasks["consolidate"], "region": world.prefecture, "amount_yuan": TEN}
    acts = [
        lambda: record_batch(**batch, fund_year=2026, document_no="补", issued_on=december, **office),
        lambda: amend(batch=share.batch, changes={"amount_yuan": 2 * TEN}, **office),
        lambda: reduce_by_higher_body(batch=share.batch, amount_yuan=TEN - 1, document_no="减", effective_on=december, **office),
        lambda: allocate_to_county(batch=share.batch, unit=world.mohe, amount_yuan=Decimal(1), issued_on=december, **office),
        lambda: arrange_to_project(county_allocation=share, project=other, amount_yuan=Decimal(1), decided_on=december, **clerk),
        lambda: adjust_share(county_allocation=share, amount_yuan=3 * TEN, document_no="调", effective_on=december, **office),
        lambda: adjust(allocation=row, amount_yuan=TEN - 1, reason="调", document_no="1号", effective_on=december, **clerk),
        lambda: transfer_to_project(allocation=row, project=other, amount_yuan=Decimal(1), reason="剂", document_no="1号", effective_on=december, **clerk),
        lambda: record_voucher(allocation=row, kind="pay", amount_yuan=Decimal(1), paid_on=december, voucher_no="补", **county),
        lambda: take_back(voucher=voucher, reason="录错", **county),
        lambda: split(voucher=voucher, parts=[Part(row, Decimal(1)), Part(None, Decimal(49_999))], **county),
        lambda: record_opening(allocation=row, as_of=december, paid_to_date_yuan=Decimal(1), **county),
        lambda: post_spending(as_of=december, statement="s", version=1, amounts={row.pk: Decimal(1)}, by=world.huma_chief, at=JANUARY),
        lambda: compute(closing=closing, by=world.finance, at=JANUARY),
    ]  # fmt: skip
    codes = []
    for act in acts:
        with pytest.raises(Refusal) as refused, transaction.atomic():
            act()
        codes.append(refused.value.code)
        for kept in (row, share, share.batch):
            kept.refresh_from_db(fields=["amount_yuan"])
    assert codes == ["year_closed"] * (len(acts) - 1) + ["wrong_state"]
    record_batch(**batch, fund_year=2027, document_no="提前下达", issued_on=december, **office)  # money of the next year is not in these books
    late = record_voucher(allocation=row, kind="pay", amount_yuan=Decimal(1), paid_on=december, voucher_no="外", channel="treasury", **county)
    assert late.flags == ["closed_year"]  # what is true is stored, and flagged


def test_opening_again_needs_two_persons_and_a_reason(world, books, closing):
    decide_all(world, closing)
    close(closing=closing, by=world.finance, at=JANUARY)
    with pytest.raises(Refusal, match="理由"):
        ask_reopen(closing=closing, reason=" ", by=world.finance, at=JANUARY)
    ask_reopen(closing=closing, reason="凭证日期录错", by=world.finance, at=JANUARY)
    assert closing.is_locked
    with pytest.raises(SamePerson):
        reopen(closing=closing, by=world.finance, at=JANUARY)
    reopen(closing=closing, by=world.office_head, at=JANUARY)
    assert (closing.state, closing.round) == ("preparing", 2)
    record_voucher(
        allocation=books["going"], kind="pay", amount_yuan=Decimal(1), paid_on=date(2026, 12, 1), voucher_no="补", by=world.huma_finance, at=JANUARY
    )
    compute(closing=closing, by=world.finance, at=JANUARY)
    assert [(d.allocation_id, d.left_yuan) for d in closing.decisions.filter(round=2)] == [(books["going"].pk, Decimal(49_999))]
    decide_all(world, closing)
    close(closing=closing, by=world.office_head, at=JANUARY)
    assert YearClosing.objects.get().state == "closed"
    assert check_figures() == []


def test_the_printed_table_and_the_number_of_queries(world, books, closing):
    client = world.client(world.finance)
    [sheet] = load_workbook(BytesIO(client.get(f"/funds/closing/{closing.pk}/export/").content)).worksheets
    text = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert text[0][0] == "大兴安岭地区2026年衔接资金年终结算表"
    assert [row[11] for row in text if isinstance(row[0], int)] == [5, 1, 7]

    def queries():
        with CaptureQueriesContext(connection) as seen:
            assert client.get(f"/funds/closing/{closing.pk}/").status_code == 200
        return len(seen)

    first = queries()
    for number in range(12):
        given(world, f"项目{number}", paid=1000)
    compute(closing=closing, by=world.finance, at=JANUARY)
    assert queries() == first <= 45
