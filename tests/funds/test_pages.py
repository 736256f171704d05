"""The fund pages: who sees which amounts, what a form does and refuses, how many queries a list takes."""

import re
from datetime import date
from decimal import Decimal
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from funds.actions.spending import post_spending
from funds.actions.voucher import record_voucher
from funds.models import Allocation, Batch, CountyAllocation, TargetNode, Voucher
from linkage import periods

pytestmark = pytest.mark.django_db


@pytest.fixture
def money(world):
    """呼玛: 12.34 万元 central and 5 万元 provincial; 漠河: 98.76 万元 central, in the same document."""
    world.cold = world.project(world.huma, "呼玛冷链", amounts={"central": 123_400, "provincial": 50_000})
    world.inn = world.project(world.mohe, "漠河民宿", amounts={"central": 987_600})
    world.cold_central = world.cold.allocations.get(county_allocation__batch__level="central")
    world.inn_central = world.inn.allocations.get()
    for allocation, amount, who in ((world.cold_central, 23_400, world.huma_finance), (world.inn_central, 77_700, world.mohe_finance)):
        record_voucher(
            allocation=allocation, kind="pay", amount_yuan=Decimal(amount), paid_on=date(2026, 6, 1), voucher_no="15", by=who, at=world.at()
        )
    return world


def get(world, user, address, status=200):
    response = world.client(user).get(address)
    assert response.status_code == status, response.content.decode()[:500]
    return response.content.decode()


PAGES = ["/funds/", "/funds/pace/", "/funds/batches/", "/funds/vouchers/"]


READERS = ["office", "finance", "leader", "auditor", "agri", "huma_clerk", "huma_finance", "huma_implementer", "huma_land"]


@pytest.mark.parametrize("address", PAGES)
def test_every_reader_gets_every_list_and_三员_none(money, address):
    for who in READERS:
        assert "<h1" in get(money, getattr(money, who), address)
    for who in ("admin", "secadmin", "secaudit"):
        get(money, getattr(money, who), address, 403)


@pytest.mark.parametrize("address", PAGES)
def test_a_county_never_reads_another_county_nor_the_total(money, address):
    """漠河 98.76 and 7.77, together 111.10 and 116.10, the document 10000."""
    html = get(money, money.huma_clerk, address + "?year=2026")
    for foreign in ("漠河民宿", "98.76", "7.77", "111.10", "116.10", "10,000.00", "10.11"):
        assert foreign not in html


def test_the_office_reads_both_and_the_totals(money):
    html = get(money, money.office, "/funds/?year=2026")
    assert "呼玛冷链" in html and "漠河民宿" in html
    assert "116.10" in html  # 12.34 + 5.00 + 98.76
    assert "10.11" in html  # 2.34 + 7.77 paid


def test_the_ledger_row_shows_both_bases_apart(money):
    post_spending(
        as_of=date(2026, 11, 12), statement="w", version=1, amounts={money.cold_central.pk: Decimal(30_000)}, by=money.huma_chief,
        at=money.at(13),
    )  # fmt: skip
    html = get(money, money.huma_clerk, "/funds/?year=2026&level=central")
    assert "3.00" in html and "2.34" in html and "5.34" not in html
    assert "10.00" in html  # 12.34 − 2.34 left


def test_filters_narrow_the_totals_too(money):
    html = get(money, money.office, "/funds/?year=2026&unit=huma&level=provincial")
    assert "共 1 笔项目资金" in html and "漠河民宿" not in html
    assert "共 0 笔项目资金" in get(money, money.office, "/funds/?year=2025")


def test_an_implementer_reads_only_its_own_projects_and_no_share(money):
    money.cold.implementer = money.huma_implementer_bureau
    money.cold.save()
    other = money.project(money.huma, "别家项目", amounts={"central": 4_400})
    html = get(money, money.huma_implementer, "/funds/?year=2026")
    assert "呼玛冷链" in html and other.name not in html
    share = CountyAllocation.objects.get(pk=money.cold_central.county_allocation_id)
    assert share.amount_yuan == Decimal(127_800)
    assert "12.78" not in html
    get(money, money.huma_implementer, f"/funds/shares/{share.pk}/", 404)
    assert "12.78" not in get(money, money.huma_implementer, f"/funds/batches/{share.batch_id}/")


def test_a_batch_shows_a_county_its_own_share_only(money):
    batch = money.cold_central.county_allocation.batch
    html = get(money, money.huma_clerk, f"/funds/batches/{batch.pk}/")
    assert "12.34" in html and "98.76" not in html and "10,000" not in html
    whole = get(money, money.office, f"/funds/batches/{batch.pk}/")
    assert "10,000.00" in whole and "98.76" in whole
    other = money.inn_central.county_allocation
    get(money, money.huma_clerk, f"/funds/shares/{other.pk}/", 404)


def test_a_document_of_another_county_is_out_of_sight(money):
    own = Batch.objects.create(
        level="county", task=money.tasks["consolidate"], fund_year=2026, document_no="漠财指1号", region=money.mohe, amount_yuan=Decimal(1),
        issued_on=date(2026, 1, 1),
    )  # fmt: skip
    get(money, money.huma_clerk, f"/funds/batches/{own.pk}/", 404)


def test_the_pace_page_says_it_in_a_sentence_and_names_what_is_judged(money):
    html = get(money, money.huma_clerk, "/funds/pace/?year=2026&as_of=2026-11-12")
    assert "截至 11 月 12 日，呼玛县中央和省级资金支出进度" in html
    assert "13.5%" in html  # 2.34 ÷ 17.34
    assert "与序时（月份÷12）目标 91.7% 相比低 78.2 个百分点" in html
    assert "严重滞后" in html and "财政口径" in html and "周报口径" in html
    assert "未上报" in get(money, money.huma_clerk, "/funds/pace/?year=2026&as_of=2026-11-12&basis=county")


def test_a_county_without_money_shows_a_dash_never_zero_percent(money):
    html = get(money, money.jiagedaqi_clerk, "/funds/pace/?year=2026&as_of=2026-11-12")
    assert "不计算进度" in html and "无任务" in html
    assert "0.0%" not in html


@pytest.mark.parametrize("query", ["?as_of=x&year=abc&basis=both", "?as_of=2026-02-30", "?year=99999"])
def test_an_unreadable_question_takes_its_defaults(money, query):
    assert "截至 11 月 15 日" in get(money, money.office, "/funds/pace/" + query)


def post(world, user, address, data, status=302):
    response = world.client(user).post(address, data)
    assert response.status_code == status, response.content.decode()[:800]
    return response


BATCH = {
    "level": "central", "fund_year": "2026", "document_no": "黑财指〔2026〕77号", "amount_yuan": "1,234.5", "issued_on": "2026-03-01",
}  # fmt: skip


def test_the_office_records_gives_on_and_the_county_arranges(money):
    data = BATCH | {"task": money.tasks["consolidate"].pk, "region": money.prefecture.pk}
    post(money, money.office, "/funds/batches/new/", data)
    batch = Batch.objects.get(document_no="黑财指〔2026〕77号")
    assert batch.amount_yuan == Decimal(12_345_000)
    share = {"unit": money.huma.pk, "amount_yuan": "1234.500001", "issued_on": "2026-03-02"}
    refused = post(money, money.office, f"/funds/batches/{batch.pk}/allocate/", share, 422)
    assert "只剩 1,234.50 万元" in refused.content.decode() and "1234.500001" in refused.content.decode()
    post(money, money.office, f"/funds/batches/{batch.pk}/allocate/", share | {"amount_yuan": "100"})
    given = batch.county_allocations.get()
    new = money.project(money.huma, "晒场")
    arrange = {"project": new.pk, "amount_yuan": "40", "decided_on": "2026-03-05"}
    post(money, money.office, f"/funds/shares/{given.pk}/arrange/", arrange, 403)
    post(money, money.mohe_clerk, f"/funds/shares/{given.pk}/arrange/", arrange, 404)
    post(money, money.huma_clerk, f"/funds/shares/{given.pk}/arrange/", arrange)
    allocation = new.allocations.get()
    post(money, money.huma_clerk, f"/funds/allocations/{allocation.pk}/adjust/", {"amount_yuan": "30", "reason": "结余"}, 422)
    adjusted = {"amount_yuan": "30", "reason": "结余", "document_no": "呼农领〔2026〕9号"}  # planned: an approved change
    post(money, money.huma_clerk, f"/funds/allocations/{allocation.pk}/adjust/", adjusted)
    post(money, money.office, f"/funds/shares/{given.pk}/adjust/", {"amount_yuan": "35", "document_no": "x"})
    post(money, money.office, f"/funds/batches/{batch.pk}/reduce/", {"amount_yuan": "20", "document_no": "减1号"})
    assert "超分配" in get(money, money.office, f"/funds/batches/{batch.pk}/")


def test_foreign_ids_inside_a_form_are_no_choice(money):
    given = money.cold_central.county_allocation
    foreign = money.project(money.mohe, "漠河新项目")
    body = post(
        money, money.huma_clerk, f"/funds/shares/{given.pk}/arrange/",
        {"project": foreign.pk, "amount_yuan": "1", "decided_on": "2026-03-05"}, 422,
    ).content.decode()  # fmt: skip
    assert "选择一个有效的选项" in body
    assert "漠河新项目" not in body


def voucher_data(allocation, **more):
    return {"allocation": allocation.pk, "kind": "pay", "amount_yuan": "1.5", "paid_on": "2026-07-01", "voucher_no": "88", "line": "1"} | more


def test_finance_records_a_voucher_and_learns_that_it_stands_already(money):
    assert "呼玛冷链" in get(money, money.huma_finance, f"/funds/vouchers/new/?allocation={money.cold_central.pk}")
    post(money, money.huma_finance, "/funds/vouchers/new/", voucher_data(money.cold_central))
    voucher = Voucher.objects.get(voucher_no="88")
    assert voucher.amount_yuan == Decimal(15_000)
    again = post(money, money.huma_finance, "/funds/vouchers/new/", voucher_data(money.cold_central), 422).content.decode()
    assert "已经登记过" in again and f'href="/funds/vouchers/{voucher.pk}/"' in again
    foreign = post(money, money.huma_finance, "/funds/vouchers/new/", voucher_data(money.inn_central, voucher_no="89"), 422)
    assert "漠河民宿" not in foreign.content.decode()
    get(money, money.mohe_finance, f"/funds/vouchers/{voucher.pk}/", 404)
    post(money, money.huma_finance, f"/funds/vouchers/{voucher.pk}/take-back/", {"reason": "录错"})
    assert "已于" in get(money, money.huma_finance, f"/funds/vouchers/{voucher.pk}/")


def test_who_may_not_record_is_told_403(money):
    for user in (money.huma_clerk, money.office, money.leader):
        get(money, user, "/funds/vouchers/new/", 403)
        post(money, user, "/funds/vouchers/new/", voucher_data(money.cold_central), 403)


def test_three_clicks_from_the_region_to_the_voucher(money):
    assert 'href="/funds/?year=2026&amp;unit=huma"' in get(money, money.office, "/funds/pace/?year=2026")
    assert f"/funds/vouchers/?year=all&amp;allocation={money.cold_central.pk}" in get(money, money.office, "/funds/?year=2026&unit=huma")
    html = get(money, money.office, f"/funds/vouchers/?year=all&allocation={money.cold_central.pk}")
    assert "15</a>" in html and "漠河民宿" not in html


def test_the_head_of_the_office_keeps_the_nodes(money):
    data = {"fund_year": "2026", "measure": "spending", "due_on": "2026-09-30", "target_ratio": "75"}
    post(money, money.office, "/funds/targets/new/", data, 403)
    refused = post(money, money.office_head, "/funds/targets/new/", data | {"is_verified": "on"}, 422)
    assert "须写明依据文号" in refused.content.decode()
    post(money, money.office_head, "/funds/targets/new/", data | {"is_verified": "on", "document_no": "黑农〔2026〕8号"})
    node = TargetNode.objects.get()
    assert "与节点 2026年9月30日（黑农〔2026〕8号）目标 75.0% 相比低" in get(money, money.office, "/funds/pace/?year=2026")
    post(money, money.office_head, f"/funds/targets/{node.pk}/delete/", {})
    assert TargetNode.objects.exists()
    assert "已核对" in get(money, money.huma_clerk, "/funds/targets/")
    post(money, money.office_head, f"/funds/targets/{node.pk}/edit/", data | {"target_ratio": "60"}, 422)  # the page of before the confirmation
    post(money, money.office_head, f"/funds/targets/{node.pk}/edit/", data | {"target_ratio": "60", "revision": node.revision})
    post(money, money.office_head, f"/funds/targets/{node.pk}/delete/", {})
    assert not TargetNode.objects.exists()


@pytest.mark.parametrize("address", PAGES)
def test_the_number_of_queries_does_not_grow_with_the_rows(money, address):
    client = money.client(money.office)

    def queries():
        with CaptureQueriesContext(connection) as seen:
            assert client.get(address + "?year=2026").status_code == 200
        return len(seen)

    first = queries()
    for number in range(20):
        project = money.project(money.huma, f"项目{number}", amounts={"central": 1000, "county": 10})
        record_voucher(
            allocation=project.allocations.first(), kind="pay", amount_yuan=Decimal(5000), paid_on=date(2026, 6, 1), voucher_no=f"n{number}",
            by=money.huma_finance, at=money.at(),
        )  # fmt: skip
        Batch.objects.create(
            level="central", task=money.tasks["ethnic"], fund_year=2026, document_no=f"文{number}", region=money.prefecture,
            amount_yuan=Decimal(1), issued_on=date(2026, 1, 1),
        )  # fmt: skip
    most = 60 if address == "/funds/pace/" else 20  # eight rates, both bases, three days, the ceiling and its parts
    assert queries() == first <= most
    assert Allocation.objects.count() >= 40


def test_the_years_offered_are_those_with_rows_the_present_one_and_the_one_asked_for(money):
    def years(address):
        return [value for value, _ in money.client(money.office).get(address).context["form"].fields["year"].choices]

    with periods.clock(money.at()):
        assert years("/funds/vouchers/") == ["2026", "all"]
        assert years("/funds/vouchers/?year=2024") == ["2026", "2024", "all"]
        assert years("/funds/vouchers/?year=9999") == ["2026", "all"]
        assert years("/funds/vouchers/?year=" + "9" * 5_000) == ["2026", "all"]


def test_a_doubtful_voucher_is_asked_about_with_the_numbers_before_it_is_recorded(money):
    """呼玛冷链 has 中央 money; one voucher of ten times as much is asked about, nothing typed is lost, and a tick answers it."""
    address, amount = "/funds/vouchers/new/", money.cold_central.amount_yuan
    data = voucher_data(money.cold_central, amount_yuan=str(amount / 1000), voucher_no="99", purpose="进度款")
    page = post(money, money.huma_finance, address, data, 422).content.decode()
    assert "还没有登记，请再核对一次" in page and "登记后超过安排" in page and 'value="进度款"' in page
    assert not Voucher.objects.filter(voucher_no="99").exists()
    asked = unescape(re.search(r'name="asked" value="([^"]+)"', page)[1])
    other = post(money, money.huma_finance, address, data | {"amount_yuan": str(amount / 100), "confirmed": "on", "asked": asked}, 422)
    assert "请再核对一次" in other.content.decode(), "the tick stood beside other numbers"
    done = money.client(money.huma_finance).post(address, data | {"confirmed": "on", "asked": asked}, follow=True).content.decode()
    assert "已登记支付凭证" in done and "已标疑点：支付超过安排金额" in done
    assert Voucher.objects.get(voucher_no="99").flags == ["above_allocated"]


def test_an_ordinary_voucher_is_not_asked_about_and_its_recording_is_said(money):
    done = money.client(money.huma_finance).post("/funds/vouchers/new/", voucher_data(money.cold_central), follow=True).content.decode()
    assert "已登记支付凭证 88：1.50 万元。" in done and "疑点：" not in done
