"""财政数据 in the browser: upload, preview, confirm, the unsure ones; freshness (features 9.1, 9.4)."""

from datetime import date
from decimal import Decimal

import pytest

from funds.actions.matching import decide_match
from funds.figures.freshness import due_moments, freshness
from funds.models import MatchAnswer, TreasuryFeed, TreasuryMatch, Voucher
from linkage import periods
from linkage.errors import Refusal
from linkage.imports import engine, feeds
from linkage.models import Job
from tests.funds.treasury_files import A, payments

pytestmark = pytest.mark.django_db
GRAIN, ROAD = "呼玛镇粮食烘干塔建设项目", "白银纳乡通村道路硬化项目"


@pytest.fixture
def scene(world):
    world.grain = world.project(world.huma, GRAIN, amounts={"central": 1_000_000})
    world.road = world.project(world.huma, ROAD, amounts={"central": 500_000})
    world.document = world.grain.allocations.get().county_allocation.batch.document_no
    world.page = world.client(world.finance)
    return world


def bring(scene, *lines, by=None, **more):
    job = feeds.submit(by=by or scene.finance, file=payments(*lines, **more))
    engine.confirm(job, by=by or scene.finance, leave_out=True)
    return job


def test_from_upload_to_the_unsure_ones(scene):
    lines = [{"voucher": "1", "project": GRAIN, "quota": scene.document}, {"voucher": "2", "project": "道路工程", "quota": scene.document, "amount": 7000},
             {"voucher": "3", "region": "绥化市"}]  # fmt: skip
    answer = scene.page.post("/funds/treasury/", {"file": payments(*lines)})
    job = Job.objects.get()
    assert answer.url == f"/funds/treasury/{job.pk}/"
    preview = scene.page.get(f"{answer.url}?verdict=").content.decode()
    assert "新增 <b>2</b> 行，其中 <b>1</b> 行自动对应到项目资金，<b>1</b> 行待认；1 行没有导入" in preview
    assert "不认识“绥化市”" in preview
    answer = scene.page.post(f"/imports/{job.pk}/confirm/", {"seen": engine.staging_mark(job), "leave_out": "1"}, follow=True)
    assert "已写入：新增 2 行" in answer.content.decode()
    page = scene.page.get("/funds/treasury/unmatched/").content.decode()
    assert "<b>1</b> 笔付款、<b>0.70</b> 万元没有自动对应" in page
    assert page.index(ROAD) < page.index("其他项目资金")
    waiting = Voucher.objects.get(voucher_no="2")
    allocation = scene.road.allocations.get()
    answer = scene.page.post(f"/funds/treasury/unmatched/{waiting.pk}/", {"choice": allocation.pk}, follow=True)
    assert "以后同一预算项目、同一文号的自动照此办理" in answer.content.decode()
    waiting.refresh_from_db()
    assert (waiting.allocation, waiting.project, waiting.flags) == (allocation, scene.road, [])
    bring(scene, *lines[:2], {"voucher": "9", "project": "道路工程", "quota": scene.document})
    assert Voucher.objects.get(voucher_no="9").project == scene.road


def test_a_refused_file_says_why_on_the_page(scene):
    answer = scene.page.post("/funds/treasury/", {"file": payments()})
    assert answer.status_code == 422
    assert "没有数据行" in answer.content.decode()


def test_questions_are_asked_on_a_page_of_their_own(scene):
    job = feeds.submit(by=scene.finance, file=payments(*({"voucher": str(n), "amount": 12.5} for n in range(3))))
    address = f"/funds/treasury/{job.pk}/"
    assert "像是以万元计的" in scene.page.get(address).content.decode()
    assert scene.page.post(address, {"scale": ""}).status_code == 422
    assert scene.page.post(address, {"scale": "10000"}).status_code == 302
    assert "确认写入 3 行" in scene.page.get(address).content.decode()


def test_a_conflict_is_decided_on_the_page(scene):
    bring(scene, {"voucher": "1", "amount": 5000})
    job = feeds.submit(by=scene.finance, file=payments({"voucher": "1", "amount": 5100}))
    page = scene.page.get(f"/funds/treasury/{job.pk}/").content.decode()
    assert "<del>5000.00</del>" in page
    assert "确认写入" not in page
    data = {"verdict": "conflict", "wanted": "1", "seen": engine.staging_mark(job)}
    assert scene.page.post(f"/imports/{job.pk}/decide/", data).url == f"/funds/treasury/{job.pk}/?verdict=conflict"
    assert "确认写入 1 行" in scene.page.get(f"/funds/treasury/{job.pk}/").content.decode()


def test_the_generic_pages_lead_here(scene):
    job = feeds.submit(by=scene.finance, file=payments({"voucher": "1"}))
    assert scene.page.get(f"/imports/{job.pk}/").url == f"/funds/treasury/{job.pk}/"
    assert scene.page.get("/imports/new/?kind=treasury_payments").url == "/funds/treasury/"
    assert scene.page.get("/imports/template/treasury_payments/").status_code in (404,)
    assert "原样上传" in scene.page.get("/imports/new/").content.decode()
    assert scene.client(scene.huma_finance).get(f"/funds/treasury/{job.pk}/").status_code == 404


@pytest.mark.parametrize("rows", [1, 20])
def test_pages_ask_a_constant_number_of_questions(scene, rows, django_assert_max_num_queries):
    bring(scene, *({"voucher": str(n), "project": f"某某工程{n}", "quota": scene.document} for n in range(rows)))
    with django_assert_max_num_queries(16):
        scene.page.get("/funds/treasury/unmatched/")
    with django_assert_max_num_queries(21):
        scene.page.get("/funds/treasury/")


# -- deciding ---------------------------------------------------------------------------------------------------------------


def test_one_answer_settles_all_lines_of_a_budget_project_and_is_taken_back_whole(scene):
    bring(scene, *({"voucher": str(n), "project": "道路工程", "quota": scene.document} for n in range(3)), {"voucher": "9", "project": "道路工程"})
    one = Voucher.objects.get(voucher_no="1")
    assert decide_match(voucher=one, answer=MatchAnswer.ALLOCATION, allocation=scene.road.allocations.get(), by=scene.huma_finance) == 3
    assert set(Voucher.objects.filter(project=scene.road).values_list("voucher_no", flat=True)) == {"0", "1", "2"}
    with pytest.raises(Refusal, match="已经有人认定过"):
        decide_match(voucher=one, answer=MatchAnswer.NONE, by=scene.finance)
    answer = scene.page.post(f"/funds/treasury/matches/{TreasuryMatch.objects.get().pk}/forget/", follow=True)
    assert "3 笔凭证退回待认" in answer.content.decode()
    assert Voucher.objects.filter(project__isnull=True).count() == 4


def test_none_of_ours_is_asked_no_more(scene):
    bring(scene, {"voucher": "1", "project": "机关运转经费"})
    scene.page.post(f"/funds/treasury/unmatched/{Voucher.objects.get().pk}/", {"choice": "none"})
    assert Voucher.objects.get().flags == ["not_ours"]
    bring(scene, {"voucher": "1", "project": "机关运转经费"}, {"voucher": "2", "project": "机关运转经费"})
    assert "所有付款都已对应" in scene.page.get("/funds/treasury/unmatched/").content.decode()


def test_money_of_another_unit_is_no_answer(scene):
    other = scene.project(scene.mohe, "北极镇木耳菌包厂", amounts={"central": 100_000}).allocations.get()
    bring(scene, {"voucher": "1"})
    voucher = Voucher.objects.get()
    answer = scene.page.post(f"/funds/treasury/unmatched/{voucher.pk}/", {"choice": "other", "other": other.pk}, follow=True)
    assert Voucher.objects.get().allocation is None
    assert "不在" in answer.content.decode() or "请选择" in answer.content.decode()
    with pytest.raises(Refusal, match="须属于呼玛县"):
        decide_match(voucher=voucher, answer=MatchAnswer.ALLOCATION, allocation=other, by=scene.finance)


# -- freshness --------------------------------------------------------------------------------------------------------------


def test_due_days_move_on_from_holidays(scene):
    # 2026-10-01 is a Thursday of the National Day holidays; the first working day after is the 8th
    days = [periods.day_of(due) for due in due_moments(periods.moment(date(2026, 10, 12), 9), weeks=3)]
    assert days == [date(2026, 9, 24), date(2026, 10, 8), date(2026, 10, 8), date(2026, 10, 15)]


def test_freshness_by_unit(scene):
    """Due on Thursdays, data at most 7 days old. 呼玛 brought its file on the 3rd and the 5th, not on the 12th."""
    for day, last in ((3, 30), (5, 4)):
        month = 10 if last == 30 else 11
        with periods.clock(scene.at(day)):
            bring(scene, {"voucher": f"{day}", "paid_on": f"2026-{month}-{last:02d}"}, by=scene.huma_finance)
    huma, mohe = freshness([scene.huma, scene.mohe], scene.at(16))
    assert (huma.as_of, huma.is_late, huma.in_time, huma.counted, huma.timely_ratio) == (date(2026, 11, 4), True, 1, 2, Decimal("0.5"))
    assert (mohe.as_of, mohe.is_late, mohe.timely_ratio, mohe.look) == (None, True, None, "never")
    with periods.clock(scene.at(16)):
        bring(scene, {"voucher": "5", "paid_on": "2026-11-04"}, {"voucher": "16", "paid_on": "2026-11-13"}, by=scene.huma_finance)
    huma, _ = freshness([scene.huma, scene.mohe], scene.at(16, 10))
    assert (huma.is_late, huma.in_time) == (False, 1)  # late, but it is there now
    page = scene.client(scene.office).get("/funds/treasury/").content.decode()
    assert "支付明细截至 <b>11月13日</b>" in page
    assert "上传并核对" not in page


def test_a_county_reads_its_own_freshness_only(scene):
    bring(scene, {"voucher": "1"}, {"voucher": "2", "region": "漠河市"})
    page = scene.client(scene.huma_clerk).get("/funds/treasury/").content.decode()
    assert "呼玛县" in page
    assert "漠河市" not in page
    assert TreasuryFeed.objects.count() == 2


def test_column_set_a_feeds_freshness_too(scene):
    bring(scene, {"application": "1", "paid_on": "2026-11-14"}, header=A)
    assert freshness([scene.huma], scene.at())[0].as_of == date(2026, 11, 14)
