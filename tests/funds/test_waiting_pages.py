"""待支出资金 from the database: the same numbers as the pace, who reads which rows, the steps of a county, the number of queries.

呼玛县: 100 万元 of the centre came on 01-20, 80 arranged to 冷链 (in the plan, one procedure open), 30 paid; 20 not arranged.
漠河市: 50 万元 arranged to 民宿, begun 05-01. Of the document 10,000 万元 everything else is not given to a county.
"""

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from funds.actions.claim import set_claim_route
from funds.actions.spending import post_spending
from funds.actions.voucher import record_voucher
from funds.figures.pacing import pace
from funds.figures.sums import Sight
from funds.figures.waiting.links import Link
from funds.figures.waiting.reading import Asked
from funds.figures.waiting.table import documents_of, waiting
from funds.models import ClaimRoute, CountyAllocation, FundChange, FundEvent
from linkage.access import Denied
from linkage.models import Matter
from projects.models import Procedure, ProcedureKind, Progress

pytestmark = pytest.mark.django_db
AS_OF = date(2026, 11, 15)
HEADLINE = Asked(as_of=AS_OF, since=date(2026, 11, 6), year=2026, levels=("central", "provincial"))


@pytest.fixture
def money(world):
    w = world
    w.cold = w.project(w.huma, "呼玛冷链", amounts={"central": 800_000}, implementer=w.huma_implementer_bureau)
    w.inn = w.project(w.mohe, "漠河民宿", amounts={"central": 500_000}, started_on=date(2026, 5, 1), stage="started")
    CountyAllocation.objects.filter(unit=w.huma).update(amount_yuan=Decimal(1_000_000))
    record_voucher(
        allocation=w.cold.allocations.get(), kind="pay", amount_yuan=Decimal(300_000), paid_on=date(2026, 11, 11), voucher_no="7", by=w.huma_finance, at=w.at(),
    )  # fmt: skip
    matter = Matter.objects.create(code="land", name="用地预审", function="land")
    kind = ProcedureKind.objects.create(code="land", name="用地预审与选址意见书", matter=matter, nature="approval")
    Procedure.objects.create(project=w.cold, kind=kind, handler=w.huma_land_bureau, created_at=w.at(2, month=3))
    return w


def of_links(table):
    return {link.value: table.total.yuan(link) for link in table.links}


def test_now_and_over_ten_days(money):
    table = waiting(HEADLINE)
    assert of_links(table) == {"issue": 98_500_000, "county": 200_000, "procedure": 500_000, "construction": 500_000}
    days = {link.value: table.total.yuan_days(link) for link in table.links}
    # 11-06 … 11-10 five days × 80 万, 11-11 … 11-15 five × 50 万
    assert days["procedure"] == 5 * 800_000 + 5 * 500_000
    assert days["construction"] == 10 * 500_000


def test_below_the_county_it_is_what_the_pace_has_not_paid(money):
    table, line = waiting(HEADLINE), pace(year=2026, as_of=AS_OF, basis="treasury").total
    assert table.total.total_yuan - table.total.yuan(Link.ISSUE) == line.unpaid_yuan
    assert waiting(replace(HEADLINE, levels=("provincial",))).total.total_yuan == 0


def test_the_holder_is_who_has_the_next_step(money):
    names = {(row.link.value, row.kind): (row.holder.name, row.holder.matter) for row in waiting(HEADLINE).rows}
    assert names["procedure", "project"] == ("呼玛县自然资源局", "用地预审")
    assert names["county", "share"] == ("呼玛县专班办公室", "")
    assert names["issue", "batch"][0] == "专班办公室"
    sums = {one.label: one.total_yuan for one in waiting(HEADLINE).by_matter()}
    assert sums["用地预审"] == Decimal("500000.00")


def test_a_signed_claim_is_at_the_bureau_or_at_the_treasury_as_the_county_has_it(money):
    Progress.objects.create(
        project=money.inn, as_of=date(2026, 11, 12), known_at=money.at(13), statement_key="w", claimed_unpaid_yuan=Decimal(200_000),
        started_on=date(2026, 5, 1),
    )  # fmt: skip
    assert of_links(waiting(HEADLINE))["review"] == Decimal("200000.00")
    set_claim_route(unit=money.mohe, effective_from=date(2026, 1, 1), has_claim=True, has_review=False, by=money.office_head, at=money.at())
    found = of_links(waiting(HEADLINE))
    assert found["treasury"] == Decimal("200000.00") and "review" not in found
    assert found["construction"] == Decimal("300000.00")


def test_an_amount_counts_from_the_day_it_was_changed(money):
    """冷链 had 70 万元 until 11-09 and 80 from 11-10 on; what it did not have the county had not arranged."""
    allocation = money.cold.allocations.get()
    share = allocation.county_allocation
    event = FundEvent.objects.create(
        number="HM-ZJ-1", kind="increase", region=money.huma, batch=share.batch, amount_yuan=100_000, effective_on=date(2026, 11, 10), recorded_at=money.at(),
    )  # fmt: skip
    FundChange.objects.create(
        event=event, batch=share.batch, county_allocation=share, allocation=allocation, amount_yuan=100_000, after_yuan=800_000,
        effective_on=date(2026, 11, 10), recorded_at=money.at(),
    )  # fmt: skip
    days = waiting(HEADLINE).total
    assert days.yuan_days(Link.PROCEDURE) == 4 * 700_000 + 1 * 800_000 + 5 * 500_000
    assert days.yuan_days(Link.COUNTY) == 4 * 300_000 + 6 * 200_000
    assert days.yuan(Link.PROCEDURE) == 500_000


def test_by_the_weekly_basis_the_signed_statement_counts(money):
    post_spending(
        as_of=date(2026, 11, 12), statement="w", version=1, amounts={money.cold.allocations.get().pk: Decimal(450_000)}, by=money.huma_chief, at=money.at(13),
    )  # fmt: skip
    table = waiting(replace(HEADLINE, basis="county"))
    assert table.total.yuan(Link.PROCEDURE) == Decimal("350000.00")
    assert table.total.yuan_days(Link.PROCEDURE) == 6 * 800_000 + 4 * 350_000


def test_a_county_reads_its_own_rows_and_no_total_of_others(money):
    table = waiting(HEADLINE, sight=Sight.of(money.huma_clerk), batches=documents_of(money.huma_clerk))
    assert {row.unit for row in table.rows} == {money.huma.pk}
    html = money.client(money.huma_clerk).get("/funds/waiting/?year=2026").content.decode()
    assert "呼玛冷链" in html and "70.00" in html  # 50 + 20
    for foreign in ("漠河民宿", "9,850.00", "9,970.00", "120.00"):
        assert foreign not in html
    assert money.client(money.mohe_clerk).get(f"/funds/waiting/projects/{money.cold.pk}/").status_code == 404


def test_the_page_says_it_first_and_lists_the_largest_first(money):
    html = money.client(money.office).get("/funds/waiting/?year=2026&link=procedure&as_of=2026-11-15&span=7").content.decode()
    text = re.sub(r"<[^>]+>", "", html)
    assert "待支出 9,970.00 万元（财政口径）；最多在下达（未分配到县），9,850.00 万元（98.8%）" in text
    row = re.search(r"呼玛冷链.*?</tr>", html, re.S)[0]
    assert "前期手续（用地预审）／呼玛县自然资源局" in row and "2026-02-10" in row and ">279<" in row  # since arranged, days up to 11-15
    assert "漠河民宿" not in html
    assert "滞留" not in html and "卡在" not in html


def test_odd_addresses_take_the_defaults(money):
    client = money.client(money.office)
    for query in ("year=x&level=y&unit=z&task=q&span=w&by=v&link=u&holder=t&as_of=s&basis=r&page=99", "year=all&level=all", "as_of=2020-01-01"):
        assert client.get(f"/funds/waiting/?{query}").status_code == 200


def test_the_story_of_one_project(money):
    html = money.client(money.huma_clerk).get(f"/funds/waiting/projects/{money.cold.pk}/").content.decode()
    assert "中央 2026 年资金支付 30.00 万元" in html and "前期手续 50.00" in html


def test_the_sheet_holds_sums_days_and_rows(money):
    response = money.client(money.office).get("/funds/waiting/export/?year=2026&as_of=2026-11-15")
    book = load_workbook(BytesIO(response.content))
    assert book.sheetnames == ["所处环节", "停留时间", "明细"]
    rows = {row[0]: row[1:] for row in book["所处环节"].iter_rows(values_only=True)}
    assert rows["县（市、区）"] == ("合计", "下达（未分配到县）", "县级分配（未安排到项目）", "前期手续", "施工未到付款节点")
    assert rows["呼玛县"] == (70, 0, 20, 50, 0)
    assert rows["合计"] == (9970, 9850, 20, 50, 50)
    stay = {row[0]: row[1:] for row in book["停留时间"].iter_rows(values_only=True)}
    assert stay["漠河市"] == (1500, 0, 0, 0, 1500)  # 30 days × 50 万元


def test_only_the_head_of_the_office_sets_the_steps_of_a_county(money):
    with pytest.raises(Denied):
        set_claim_route(unit=money.huma, effective_from=AS_OF, has_claim=False, has_review=True, by=money.office, at=money.at())
    client = money.client(money.office_head)
    data = {"unit": "huma", "effective_from": "2026-11-01", "has_review": "on", "document_no": "呼财〔2026〕3号"}
    assert client.post("/funds/waiting/steps/new/", data).status_code == 302
    assert client.post("/funds/waiting/steps/new/", data | {"document_no": "呼财〔2026〕4号"}).status_code == 302  # the same day again
    row = ClaimRoute.objects.get()
    assert (row.has_claim, row.has_review, row.document_no) == (False, True, "呼财〔2026〕4号")
    assert client.post("/funds/waiting/steps/new/", data | {"unit": "dxal"}).status_code == 422
    assert "呼财〔2026〕4号" in money.client(money.huma_clerk).get("/funds/waiting/steps/").content.decode()


def test_queries_do_not_grow_with_projects(money):
    client = money.client(money.office)

    def queries():
        with CaptureQueriesContext(connection) as found:
            client.get("/funds/waiting/?year=2026")
        return len(found)

    few = queries()
    for number in range(20):
        project = money.project(money.huma, f"项目{number}", amounts={"central": 10_000, "provincial": 5_000})
        Procedure.objects.create(project=project, kind=ProcedureKind.objects.get(), handler=money.huma_land_bureau, created_at=money.at())
    assert queries() == few < 62
