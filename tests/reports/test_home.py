"""我的待办: what waits for whom, in the order of consequence (features 10.1)."""

from datetime import date
from decimal import Decimal

import pytest

from funds.actions.voucher import record_voucher
from funds.models import Allocation, CountyAllocation, VoucherKind
from linkage import periods
from linkage.models import CalendarDay, Seat, User
from projects.actions.checklist import sync_checklists
from projects.actions.procedure import record_step
from projects.models import AnnualPlan
from projects.states import procedures as moves
from reports.actions import dealing, filling, opening, signing
from reports.figures.ahead import ahead
from reports.figures.queue import dealt_to_me, queue
from reports.models import WeeklyReport
from tests.projects.procedures import catalogue, procedure

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def filed_plans(world):
    """Both counties have their plan of the year on file: nothing waits for that (test_plan_queue.py)."""
    decided = {"document_no": "农组发〔2026〕1号", "decided_on": date(2026, 2, 1), "decided_by": world.huma_chief, "sha256": "0" * 64}
    stamps = {"filed_by": world.office, "filed_at": world.at(1), "created_at": world.at(1), "updated_at": world.at(1)}
    AnnualPlan.objects.bulk_create([AnnualPlan(unit=unit, year=2026, version=1, state="filed", **decided, **stamps) for unit in (world.huma, world.mohe)])


@pytest.fixture
def report(world):
    world.project(world.huma, "冷链仓储", amounts={"central": 1_000_000})
    opening.open_due_periods(at=world.at(16))
    return WeeklyReport.objects.get(period__key="2026-W47", unit=world.huma)


def words(user, at):
    with periods.clock(at):
        return [(todo.kind, todo.what, todo.button) for todo in queue(user, at)]


def test_the_clerk_finds_the_open_form_with_its_rows(world, report):
    [todo] = queue(world.huma_clerk, world.at(17))
    assert (todo.what, todo.why, todo.due_at) == ("2026年第47期周调度报告", "0/1 行已填", world.at(20, 17))


def test_an_unreported_week_goes_first_and_says_so(world, report):
    assert words(world.huma_clerk, world.at(20, 18)) == [("overdue", "2026年第47期周调度报告未上报", "继续填报")]


def test_the_chief_signs_and_the_clerk_no_longer_waits(world, report):
    signing.hand_in(report=report, by=world.huma_clerk, zero=True, at=world.at(20, 11))
    assert words(world.huma_chief, world.at(20, 12)) == [("due", "呼玛县 2026年第47期待审签", "去审签")]
    [todo] = queue(world.huma_chief, world.at(20, 12))
    assert todo.url == "/weekly/2026-W47/huma/sign/"
    assert words(world.huma_clerk, world.at(20, 12)) == []


def test_the_office_accepts_what_came_and_chases_what_did_not(world, report):
    world.project(world.mohe, "道路硬化", amounts={"central": 500_000})
    mohe = WeeklyReport.objects.get(period__key="2026-W47", unit=world.mohe)
    WeeklyReport.objects.filter(pk=mohe.pk).update(is_exempt=False, exempt_reason="")
    signing.hand_in(report=report, by=world.huma_clerk, zero=True, at=world.at(20, 11))
    signing.sign(report=report, by=world.huma_chief, at=world.at(20, 12))
    found = [row for row in words(world.office, world.at(20, 18)) if row[2] in ("去接收", "去催报")]
    assert found == [("overdue", "2026年第47期有 1 个单位未报", "去催报"), ("waiting", "呼玛县 2026年第47期 第 1 版待接收", "去接收")]


def test_a_returned_report_names_its_remarks_and_its_own_deadline(world, report):
    signing.hand_in(report=report, by=world.huma_clerk, zero=True, at=world.at(20, 11))
    signing.sign(report=report, by=world.huma_chief, at=world.at(20, 12))
    report.refresh_from_db()
    signing.return_for_correction(report=report, by=world.office, reason="请核对", at=world.at(20, 14))
    [todo] = queue(world.huma_clerk, world.at(20, 15))
    assert (todo.kind, todo.why, todo.due_at) == ("returned", "1 处意见待处理", world.at(23, 17))


def test_another_county_sees_nothing_of_it(world, report):
    assert words(world.mohe_clerk, world.at(20, 18)) == []


@pytest.mark.parametrize("username", ["office", "office_head", "leader", "admin", "secadmin", "secaudit", "auditor", "agri", "finance", "land",
                                      "huma_clerk", "huma_chief", "huma_agri", "huma_finance", "huma_land", "huma_implementer", "diqu_clerk"])  # fmt: skip
def test_home_opens_for_everybody(world, report, username):
    assert world.client(getattr(world, username)).get("/").status_code == 200


def home(world, user, at):
    with periods.clock(at):
        return world.client(user).get("/").content.decode()


@pytest.mark.parametrize("day, hour, words", [
    (17, 9, "本期（2026年第47期）11月20日 17:00 前（还剩 3 天）上报；下一期 11月23日开启。"),
    (20, 18, "下一期 11月23日开启。"),
])  # fmt: skip
def test_an_empty_queue_says_what_comes_next(world, report, day, hour, words):
    page = home(world, world.leader, world.at(day, hour))
    assert "目前没有待办" in page and words in page
    assert "看监管总览" in page
    if hour == 18:
        assert "本期" not in page


def test_the_county_is_led_to_its_report_and_the_implementer_to_its_projects(world, report):
    signing.hand_in(report=report, by=world.huma_clerk, zero=True, at=world.at(17, 11))
    page = home(world, world.huma_clerk, world.at(17, 12))
    assert 'href="/weekly/2026-W47/huma/"' in page and "下一期 11月23日开启" in page
    page = home(world, world.huma_implementer, world.at(17, 12))
    assert "看我的项目" in page and "下一期" not in page


def test_the_national_holiday_is_passed_over(world):
    """1—7 October 2026 fill the week from 28 September but for three days; W41 begins on 5 October and has two."""
    assert ahead(world.at(1, month=10)).opens_at == world.at(5, 0, month=10)
    for day in range(5, 12):
        CalendarDay.objects.create(date=date(2026, 10, day), is_workday=False, document="通知")
    assert ahead(world.at(1, month=10)).opens_at == world.at(12, 0, month=10)


# --- no seat, no business ----------------------------------------------------------------------------------------------


@pytest.fixture
def newcomer(world):
    return User.objects.create(username="newcomer", name="新同志")


def test_without_a_seat_the_home_says_what_it_means_and_whom_to_ask(world, report, newcomer):
    page = home(world, newcomer, world.at(17))
    assert "还没有给您安排岗位" in page and world.secadmin.name in page and "目前没有待办" not in page


def test_a_seat_to_come_and_a_seat_gone_are_named_with_their_day(world, report, newcomer):
    seat = Seat.objects.create(user=newcomer, role="county_clerk", region=world.huma, since=date(2026, 12, 1))
    assert "呼玛县·县级填报员”从 2026年12月1日起生效" in home(world, newcomer, world.at(17))
    seat.since, seat.until = date(2026, 1, 1), date(2026, 11, 10)
    seat.save()
    assert "已于 2026年11月10日到期" in home(world, newcomer, world.at(17))
    seat.until = None
    seat.save()
    assert "岗位”" not in home(world, newcomer, world.at(17))


@pytest.mark.parametrize("username, links", [
    ("secadmin", ("/people/", "/people/?state=fresh", "/people/roster/")), ("secaudit", ("/audit/", "/audit/?verify=1")),
    ("admin", ("/duties/", "/jobs/", "/directory/", "/admin/", "/tokens/")),
])  # fmt: skip
def test_the_three_find_where_to_go_next(world, report, username, links):
    client = world.client(getattr(world, username))
    page = client.get("/").content.decode()
    for link in links:
        assert f'<dd><a href="{link}">' in page and client.get(link).status_code == 200
    assert "日常办理" not in world.client(world.huma_clerk).get("/").content.decode()


def test_accounts_without_a_seat_wait_for_the_security_administrator(world, newcomer):
    found = [todo for todo in queue(world.secadmin, world.at(17)) if todo.button == "去安排"]
    assert [(todo.what, todo.url) for todo in found] == [("1 个账号没有生效的岗位", "/people/?state=idle")]
    assert list(world.client(world.secadmin).get("/people/?state=idle").context["page_obj"]) == [newcomer]
    assert not [todo for todo in queue(world.admin, world.at(17)) if todo.button == "去安排"]
    newcomer.is_active = False
    newcomer.save()
    assert not [todo for todo in queue(world.secadmin, world.at(17)) if todo.button == "去安排"]


def test_unused_passwords_are_counted_as_they_would_be_made_again(world, newcomer):
    User.objects.filter(pk=newcomer.pk).update(must_change_password=True)
    for state in ("", "?state=fresh", "?state=off"):
        page = world.client(world.secadmin).get(f"/people/{state}").content.decode()
        assert "1 个还没有用过一次性口令" in page and "为 1 个还没有用过" in page, state


def hint(world, username="mohe_clerk"):
    """What the home of somebody with an empty queue says comes next, and where."""
    with periods.clock(world.at(17)):
        context = world.client(getattr(world, username)).get("/").context
    return (context["todos"] or context["ahead"]), context.get("url")


def test_a_clerk_is_led_from_nothing_to_the_first_rows(world):
    """Project → money of the county → money of the project → taken into the week that is open."""
    opening.open_due_periods(at=world.at(16))
    words, url = hint(world)
    assert "还没有项目" in words and url == "/imports/new/?kind=projects"
    project = world.project(world.mohe, "北极村栈道")
    words, url = hint(world)
    assert "还没有登记" in words and "财政部门" in words and url == "/funds/batches/"
    batch = world.batch("central", project.task)
    share = CountyAllocation.objects.create(batch=batch, unit=world.mohe, amount_yuan=500_000, issued_on=date(2026, 2, 1))
    words, url = hint(world)
    assert "还没有安排到项目" in words and url == "/funds/batches/?left=on"
    money = Allocation.objects.create(county_allocation=share, project=project, amount_yuan=400_000, decided_on=date(2026, 11, 25))
    assert "第47期" in hint(world)[0], "money arranged after the cut-off is none of this week's: only the calendar is left"
    Allocation.objects.filter(pk=money.pk).update(decided_on=date(2026, 2, 20))
    [todo], _ = hint(world)
    assert (todo.kind, todo.what, todo.button, todo.url) == ("due", "2026年第47期有新项目待补入", "去补入", "/weekly/2026-W47/mohe/")
    filling.sync_lines(report=WeeklyReport.objects.get(unit=world.mohe), by=world.mohe_clerk, at=world.at(17))
    [todo], _ = hint(world)
    assert (todo.what, todo.why) == ("2026年第47期周调度报告", "0/1 行已填")


def test_nobody_else_is_led_there(world):
    opening.open_due_periods(at=world.at(16))
    for username in ("mohe_chief", "mohe_finance", "mohe_agri", "office", "leader", "huma_implementer"):
        assert "还没有项目" not in str(hint(world, username)[0]), username
    world.project(world.mohe, "北极村栈道", amounts={"central": 500_000})
    for username in ("mohe_chief", "huma_clerk", "office"):
        assert "待补入" not in str(hint(world, username)[0]), username


def test_a_finished_project_of_an_earlier_year_is_not_asked_for_again(world):
    opening.open_due_periods(at=world.at(16))
    world.project(world.mohe, "老项目", amounts={"central": 500_000}, project_year=2025, accepted_on=date(2025, 12, 1))
    assert "待补入" not in str(hint(world)[0])


def test_queries_do_not_grow_with_the_rows(world, django_assert_max_num_queries, report):
    client = world.client(world.huma_clerk)
    client.get("/")
    with django_assert_max_num_queries(28) as few:
        client.get("/")
    for number in range(20):
        world.project(world.huma, f"项目{number}", amounts={"central": 10_000})
    with django_assert_max_num_queries(len(few)):
        client.get("/")


def test_rows_dealt_to_a_department_wait_again_once_the_office_unlocks(desk):
    world = desk.world
    dealing.deal_out(report=desk.report, task=world.tasks["ethnic"], organisation=world.huma_ethnic.seats.get().organisation, by=world.huma_clerk)
    locked = world.at(30, 9)
    assert list(dealt_to_me(world.huma_ethnic, locked)) == []
    signing.unlock(report=desk.report, by=world.office, reason="系统故障", until=world.at(30, 18), at=locked)
    [todo] = dealt_to_me(world.huma_ethnic, locked)
    assert todo.why == "还有 1 行没填"


def test_numbers_lead_to_the_rows_they_count(desk):
    assert 'href="/issues/?state=overdue"' in desk.client("office").get("/").content.decode()
    voucher = record_voucher(
        unit=desk.world.huma, kind=VoucherKind.PAY, amount_yuan=Decimal(100), paid_on=date(2025, 11, 18), voucher_no="2025-9",
        by=desk.world.huma_finance,
    )  # fmt: skip
    finance = desk.client("huma_finance")
    assert 'href="/funds/vouchers/?flagged=on&amp;year=all"' in finance.get("/").content.decode()
    assert list(finance.get("/funds/vouchers/?flagged=on&year=all").context["page"]) == [voucher]


def test_procedures_wait_for_the_body_and_for_the_county(world):
    catalogue(world)
    store = world.project(world.huma, "冷链仓储")

    def others(user, at):
        return [one for one in words(user, at) if "一对一" not in one[1]]

    sync_checklists([store], at=world.at(2))
    assert others(world.huma_clerk, world.at()) == [("notice", "9 项手续还没有申请", "去办理")]
    assert others(world.huma_land, world.at()) == []
    row = procedure(store, "land-preview")
    for name, day in (("apply", 8), ("accept", 9)):
        record_step(procedure=row, transition=moves.TRANSITIONS[name], on=date(2026, 10, day), by=world.huma_land)
    assert others(world.huma_land, world.at()) == [("overdue", "冷链仓储：用地预审与选址意见书", "去办理")]  # 15 working days, since 9 October
    record_step(procedure=row, transition=moves.ASK_CORRECTION, on=date(2026, 11, 10), reason="缺图", by=world.huma_land)
    assert others(world.huma_land, world.at()) == []
    assert ("due", "冷链仓储：用地预审与选址意见书", "去办理") in others(world.huma_clerk, world.at())
    assert others(world.land, world.at()) == []
