"""The working-day calendar: what it rests on, changed with a document, felt by the deadlines."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied

from linkage import periods
from linkage.actions import calendar as acts
from linkage.errors import Refusal
from linkage.models import AuditEvent, CalendarDay, CalendarYear, ExtraPeriod
from linkage.periods import Week, WorkCalendar

FRIDAY = date(2026, 11, 20)
DOCUMENT = "大行办发〔2026〕7号"


def set_day(world, **values):
    return acts.set_day(**{"day": FRIDAY, "is_workday": False, "document": DOCUMENT, "by": world.admin} | values)


def test_an_override_moves_the_deadline_of_the_week(world):
    assert Week(2026, 47).due_day(WorkCalendar.load()) == FRIDAY
    set_day(world, name="冰雪节")
    assert Week(2026, 47).due_day(WorkCalendar.load()) == date(2026, 11, 19)


def test_a_second_override_of_the_same_day_replaces_the_first_and_says_so(world):
    set_day(world)
    set_day(world, is_workday=True, name="补班")
    row = CalendarDay.objects.get()
    assert (row.is_workday, row.name) == (True, "补班")
    event = AuditEvent.objects.order_by("-pk").first()
    assert event.before["is_workday"] is False and event.after["is_workday"] is True


def test_removing_it_lets_the_state_council_s_calendar_count_again(world):
    acts.remove_day(row=set_day(world), by=world.office_head)
    assert WorkCalendar.load().is_workday(FRIDAY)
    assert AuditEvent.objects.filter(verb="取消工作日调整").get().before["date"] == "2026-11-20"


def test_a_change_needs_its_document(world):
    with pytest.raises(Refusal, match="依据文件"):
        set_day(world, document="  ")
    with pytest.raises(Refusal, match="依据文件"):
        acts.confirm_year(year=2027, document="", by=world.admin)
    assert not CalendarDay.objects.exists() and not CalendarYear.objects.exists()


@pytest.mark.parametrize("username", ["office", "leader", "huma_chief", "secadmin", "auditor"])
def test_others_may_not_change_the_calendar(world, username):
    with pytest.raises(PermissionDenied):
        set_day(world, by=getattr(world, username))


def test_a_year_without_notice_counts_as_known_once_confirmed(world):
    assert not WorkCalendar.load().is_known(2027)
    acts.confirm_year(year=2027, document="国办发明电〔2026〕9号", by=world.admin, at=world.at(16))
    assert WorkCalendar.load().is_known(2027)
    assert CalendarYear.objects.get().confirmed_at == world.at(16)


def extra(world, **values):
    return acts.add_extra_period(**{
        "key": "2026-YE", "title": "2026年年终关账", "cutoff_on": date(2026, 12, 31), "due_on": date(2027, 1, 5), "document": DOCUMENT,
        "by": world.admin, "at": world.at(16),
    } | values)  # fmt: skip


def test_an_extra_period_is_known_to_the_calendar(world):
    extra(world)
    assert date(2026, 12, 31) in WorkCalendar.load().extra_cutoffs


def test_an_extra_period_is_refused_twice_backwards_and_after_the_fact(world):
    extra(world)
    with pytest.raises(Refusal, match="已存在"):
        extra(world)
    with pytest.raises(Refusal, match="之后"):
        extra(world, key="2026-Y2", due_on=date(2026, 12, 31))
    with pytest.raises(Refusal, match="已过"):
        extra(world, key="2026-Y3", cutoff_on=date(2026, 11, 15), due_on=date(2026, 11, 20))
    assert ExtraPeriod.objects.count() == 1


# --- page --------------------------------------------------------------------------------------------------------------


def cells(response, month):
    weeks = response.context["months"][month - 1]["weeks"]
    return {cell["day"].day: cell for week in weeks for cell in week if cell}


def test_the_year_shows_rest_exchanged_and_changed_days(world):
    """Spring festival 2026: off from 15 to 23 February, worked on Saturday the 14th and 28th in exchange."""
    set_day(world)
    response = world.client(world.huma_clerk).get("/calendar/?year=2026")
    february, november = cells(response, 2), cells(response, 11)
    assert [february[day]["kind"] for day in (13, 14, 15, 16)] == ["work", "changed_work", "rest", "changed_rest"]
    assert (november[20]["kind"], november[20]["is_override"]) == ("changed_rest", True)
    assert DOCUMENT in november[20]["words"]
    assert response.context["months"][1]["workdays"] == sum(february[day]["is_workday"] for day in february)


def test_every_month_begins_on_its_weekday(world):
    response = world.client(world.huma_clerk).get("/calendar/?year=2026")
    first_week = response.context["months"][10]["weeks"][0]  # 1 November 2026 is a Sunday
    assert [cell and cell["day"].day for cell in first_week] == [None] * 6 + [1]
    assert all(len(week) == 7 for month in response.context["months"] for week in month["weeks"])


def test_a_year_without_notice_says_so_until_confirmed(world):
    client = world.client(world.admin)
    assert "本年放假通知尚未掌握" in client.get("/calendar/?year=2027").content.decode()
    client.post("/calendar/2027/confirm/", {"document": "国办发明电〔2026〕9号"})
    assert "本年放假通知尚未掌握" not in client.get("/calendar/?year=2027").content.decode()
    assert "本年放假通知尚未掌握" not in client.get("/calendar/?year=2026").content.decode()


def test_changing_a_day_over_the_page(world):
    client = world.client(world.office_head)
    sent = {"day": "2026-11-20", "is_workday": "rest", "name": "冰雪节", "document": DOCUMENT}
    assert client.post("/calendar/", sent).status_code == 302
    row = CalendarDay.objects.get()
    assert (row.date, row.is_workday, row.name) == (FRIDAY, False, "冰雪节")
    client.post(f"/calendar/{row.pk}/remove/")
    assert not CalendarDay.objects.exists()


def test_who_reads_and_who_writes(world):
    for user in (world.huma_clerk, world.leader, world.admin):
        assert world.client(user).get("/calendar/").status_code == 200
    assert world.client(world.secaudit).get("/calendar/").status_code == 403
    sent = {"day": "2026-11-20", "is_workday": "rest", "document": DOCUMENT}
    assert world.client(world.huma_clerk).post("/calendar/", sent).status_code == 403
    assert world.client(world.huma_clerk).post("/calendar/2027/confirm/", {"document": "x"}).status_code == 403
    row = set_day(world)
    assert world.client(world.huma_clerk).post(f"/calendar/{row.pk}/remove/").status_code == 403
    assert b"day-form" not in world.client(world.huma_clerk).get("/calendar/").content


def test_an_extra_period_does_not_share_its_day_with_a_week(world):
    """Week 52 of 2026 is due on Friday 25 December and counts up to Thursday: a second cumulative figure of that day would
    stop the county's signature."""
    with pytest.raises(Refusal, match="周调度的数据截至日"):
        extra(world, cutoff_on=date(2026, 12, 24))
    extra(world, cutoff_on=date(2026, 12, 25))


@pytest.mark.parametrize(
    "slip", [{"cutoff_on": "9999-12-30", "due_on": "9999-12-31"}, {"cutoff_on": "0001-01-01"}, {"title": "年" * 31}]
)
def test_a_slip_in_an_extra_period_is_told_on_the_page(world, slip):
    sent = {"key": "2026-YE", "title": "年终关账", "cutoff_on": "2026-12-31", "due_on": "2027-01-05", "document": DOCUMENT}
    world.client(world.admin).post("/calendar/2026/extra/", sent | slip)
    assert not ExtraPeriod.objects.exists()


@pytest.mark.parametrize("year", [99999, 10**30, 1])
def test_a_year_out_of_reach_has_no_calendar(world, year):
    for part in ("confirm", "extra"):
        assert world.client(world.admin).post(f"/calendar/{year}/{part}/", {"document": DOCUMENT}).status_code == 404


def test_an_extra_period_over_the_page_keeps_what_was_typed(world):
    client = world.client(world.admin)
    sent = {"key": "2026-W60", "title": "年终关账", "cutoff_on": "2026-12-31", "due_on": "2027-01-05", "document": DOCUMENT}
    html = client.post("/calendar/2026/extra/", sent).content.decode()
    assert "留给周调度" in html and "年终关账" in html
    client.post("/calendar/2026/extra/", sent | {"key": "2026-YE"})
    assert ExtraPeriod.objects.get().key == "2026-YE"


@pytest.mark.parametrize("year", ["1800", "abcd", "20261", "٢٠٢٦", ""])
def test_a_year_that_is_none_of_ours_gives_the_present_one(world, year):
    response = world.client(world.huma_clerk).get("/calendar/", {"year": year})
    assert response.context["year"] == periods.today().year == 2026


def test_a_change_that_gives_a_week_the_day_of_an_extra_period_is_told(world):
    """Week 48 is due on Thursday while Friday is free; an extra period takes the Thursday; then Friday is worked again."""
    row = set_day(world, day=date(2026, 11, 27))
    extra(world, key="2026-NM", cutoff_on=date(2026, 11, 26), due_on=date(2026, 11, 30))
    with periods.clock(world.at(17)):
        assert acts.superseded_extras(on=periods.today()) == {}
        page = world.client(world.admin).post(f"/calendar/{row.pk}/remove/", follow=True).content.decode()
        assert "加期 2026-NM 与 2026-W48 周调度同一天截止" in page and "由其代替，不另开期" in page
        assert acts.superseded_extras(on=periods.today()) == {"2026-NM": "2026-W48"}
