"""The dashboard, region and department pages: right numbers, right readers (features 10.2; design §4).

呼玛 has 100 万元 of the centre, paid 60; 漠河 50 万元, paid 10: 70 of 150 is 46.7 %. 序时 of November is 11÷12 = 91.7 %.
"""

from datetime import date

import pytest

from funds.actions.voucher import record_voucher
from funds.models import CountyAllocation
from linkage import periods
from reports.actions import opening
from reports.models import WeeklyReport

pytestmark = pytest.mark.django_db


@pytest.fixture
def paid(world):
    for unit, amount, part, name in ((world.huma, 1_000_000, 600_000, "冷链仓储"), (world.mohe, 500_000, 100_000, "道路硬化")):
        project = world.project(unit, name, amounts={"central": amount})
        record_voucher(
            allocation=project.allocations.get(), kind="pay", nature="progress", amount_yuan=part, paid_on=date(2026, 10, 9),
            voucher_no=f"P{unit.slug}", by=world.finance, at=world.at(9, month=10),
        )  # fmt: skip
    opening.open_due_periods(at=world.at(16))
    return world


@pytest.fixture(autouse=True)
def after_the_cutoff(world):
    with periods.clock(world.at(20, 10)):
        yield


def page(world, user, path="/dashboard/"):
    return world.client(user).get(path)


def test_the_sentence_speaks_the_headline_and_its_distance(paid, world):
    text = page(world, world.office).content.decode()
    assert "截至 11 月 19 日" in text
    assert "46.7%" in text and "91.7%" in text and "低 45.0 个百分点" in text


def test_the_tiles_name_each_county_in_words(paid, world):
    tiles = {tile["slug"]: tile for tile in page(world, world.office).context["tiles"]}
    assert (tiles["huma"]["value"], tiles["mohe"]["value"], tiles["jiagedaqi"]["value"]) == ("60.0%", "20.0%", "—")


def test_severely_behind_counties_are_exceptions_with_a_next_step(paid, world):
    notables = page(world, world.office).context["notables"]
    behind = [row for row in notables if "低于目标" in row.what]
    assert [(row.who, row.what) for row in behind] == [
        ("漠河市", "支出进度 20.0%，低于目标 71.7 个百分点，待支出 40.00 万元"),
        ("呼玛县", "支出进度 60.0%，低于目标 31.7 个百分点，待支出 40.00 万元"),
    ]


def test_three_clicks_from_the_county_to_the_voucher(paid, world):
    client = world.client(world.office)
    assert "/regions/huma/" in client.get("/dashboard/").content.decode()
    project = world.huma.projects.get()
    region = client.get("/regions/huma/").content.decode()
    assert f"/projects/{project.pk}/" in region
    assert "Phuma" in client.get(f"/funds/vouchers/?year=all&project={project.pk}").content.decode()


def test_a_county_is_led_to_its_own_page_and_finds_no_other(paid, world):
    assert page(world, world.huma_clerk).headers["Location"] == "/regions/huma/"
    assert page(world, world.huma_clerk, "/regions/huma/").status_code == 200
    assert page(world, world.huma_clerk, "/regions/mohe/").status_code == 404


def test_a_lead_department_sees_the_pace_of_its_tasks_only(paid, world):
    table = page(world, world.ethnic).context["table"]
    assert table.total.amounts.issued_yuan == 0
    assert page(world, world.agri).context["table"].total.amounts.issued_yuan == 1_500_000


def test_those_who_see_no_business_data_are_refused(paid, world):
    for user in (world.admin, world.secadmin, world.secaudit, world.huma_implementer):
        assert page(world, user).status_code == 403


def test_the_department_page_shows_what_it_leads(paid, world):
    response = page(world, world.office, f"/departments/{world.agri_bureau.pk}/")
    assert [line.task.code for line in response.context["lines"]] == ["consolidate"]


def test_queries_stay_the_same_with_more_projects(paid, world, django_assert_max_num_queries):
    client = world.client(world.office)
    client.get("/dashboard/")
    with django_assert_max_num_queries(64) as few:
        client.get("/dashboard/")
    for number in range(20):
        world.project(world.huma, f"项目{number}", amounts={"central": 10_000})
    with django_assert_max_num_queries(len(few)):
        client.get("/dashboard/")


def test_money_not_arranged_leads_to_the_shares_that_make_it_up(paid, world):
    shares = CountyAllocation.objects.filter(unit=world.huma)
    shares.update(amount_yuan=1_050_000)
    found = [row for row in page(world, world.leader).context["notables"] if "未安排到项目" in row.what]
    assert [(row.who, row.what, row.url) for row in found] == [
        ("呼玛县", "5.00 万元下达满 30 天仍未安排到项目", f"/funds/shares/{shares.get().pk}/")
    ]
    listed = page(world, world.leader, "/funds/batches/?year=2026&unit=huma&left=on").content.decode()
    assert "105.00" in listed and ">5.00" in listed
    for empty in ("unit=mohe&left=on", "unit=jiagedaqi"):
        assert "这个范围内没有" in page(world, world.leader, f"/funds/batches/?year=2026&{empty}").content.decode()


def test_the_list_behind_it_leaves_new_money_out_and_tells_it_apart(paid, world):
    """Of 呼玛县: 50 000 元 of 01-20 and 20 000 元 of 10-10 are 30 days old by 11-19, 30 000 元 of 11-01 are not."""
    old = CountyAllocation.objects.get(unit=world.huma)
    CountyAllocation.objects.filter(pk=old.pk).update(amount_yuan=1_050_000)
    give = lambda task, amount, day: CountyAllocation.objects.create(  # noqa: E731
        batch=world.batch("central", world.tasks[task]), unit=world.huma, amount_yuan=amount, issued_on=day
    )
    give("ethnic", 20_000, date(2026, 10, 10)), give("forest", 30_000, date(2026, 11, 1))
    found = [row for row in page(world, world.leader).context["notables"] if "未安排到项目" in row.what]
    assert [(row.what, row.since) for row in found] == [("7.00 万元下达满 30 天仍未安排到项目", "最早 2026-01-20")]
    listed = page(world, world.leader, found[0].url)
    assert [batch.rest_yuan for batch in listed.context["page"]] == [50_000, 20_000], "one row per document, new money not among them"
    everything = page(world, world.leader, "/funds/batches/?year=2026&unit=huma&left=on")
    assert [(batch.rest_yuan, batch.young_rest_yuan) for batch in everything.context["page"]] == [(50_000, None), (20_000, None), (30_000, 30_000)]
    assert "尚未安排到项目 <b>10.00</b> 万元，其中截至 11月20日 下达未满 30 天的新到资金 3.00 万元" in everything.content.decode()


@pytest.mark.parametrize(("issued", "late"), [(date(2026, 10, 20), True), (date(2026, 10, 21), False)])
def test_money_is_overdue_when_it_is_thirty_days_old_by_the_rule(paid, world, issued, late):
    """On 11-19, the cut-off of which the dashboard speaks on Friday 11-20. The list behind it speaks of the same day, by itself of today."""
    CountyAllocation.objects.filter(unit=world.huma).update(amount_yuan=1_050_000, issued_on=issued)
    assert any("未安排到项目" in row.what for row in page(world, world.leader).context["notables"]) is late
    assert page(world, world.leader, "/funds/batches/?year=2026&overdue=on").context["page"].object_list
    listed = page(world, world.leader, "/funds/batches/?year=2026&overdue=on&as_of=2026-11-19")
    assert bool(listed.context["page"].object_list) is late
    assert "只看下达满 30 天仍未安排的" in listed.content.decode()


def test_who_reports_early_counts_as_on_time_when_the_deadline_has_passed(paid, world):
    WeeklyReport.objects.filter(unit=world.huma).update(first_submitted_at=world.at(17), version=1)

    def on_time():
        return {row.unit.slug: row.on_time for row in page(world, world.office).context["record"]}

    assert on_time()["huma"] == (0, 0), "the week is still running"
    with periods.clock(world.at(20, 18)):
        assert (on_time()["huma"], on_time()["mohe"]) == ((1, 1), (0, 1))
