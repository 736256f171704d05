"""One's notices: told once, unread first, read when opened, nobody else's."""

from datetime import date

from django.template import Context, Template

from linkage import notify, periods
from linkage.models import Notification, Role, Seat
from tests.world import MONDAY


def tell(world, *users, key="returned:1", **values):
    return notify.tell(users or [world.huma_clerk], **{"key": key, "title": "第46周被退回", "url": "/rules/", "at": world.at(16, 8)} | values)


def test_the_same_thing_is_told_once(world):
    tell(world)
    tell(world, title="又一次")
    tell(world, key="returned:2", title="另一件")
    assert list(Notification.objects.order_by("pk").values_list("title", flat=True)) == ["第46周被退回", "另一件"]


def test_each_person_once_however_often_named(world):
    tell(world, world.huma_clerk, world.huma_clerk, world.huma_chief)
    assert Notification.objects.count() == 2


def test_holders_are_those_of_exactly_this_region_on_that_day(world):
    Seat.objects.filter(user=world.huma_chief).update(until=date(2026, 11, 15))
    acting = Seat.objects.create(user=world.huma_land, role=Role.COUNTY_CHIEF, region=world.huma, since=MONDAY, until=date(2026, 11, 30), is_backup=True)
    assert notify.holders(Role.COUNTY_CHIEF, world.huma, MONDAY) == [acting.user]
    assert notify.holders(Role.COUNTY_CHIEF, world.huma, date(2026, 11, 15)) == [world.huma_chief]
    assert notify.holders(Role.OFFICE_CLERK, world.huma, MONDAY) == []


def test_closed_accounts_are_not_told(world):
    world.huma_chief.is_active = False
    world.huma_chief.save()
    assert notify.holders(Role.COUNTY_CHIEF, world.huma, MONDAY) == []


def test_unread_come_first_then_the_newest(world):
    for number in (1, 2, 3):
        tell(world, key=str(number), title=f"通知{number}")
    Notification.objects.filter(title="通知3").update(read_at=world.at(16, 9))
    page = world.client(world.huma_clerk).get("/inbox/").context["page"]
    assert [notice.title for notice in page] == ["通知2", "通知1", "通知3"]
    unread = world.client(world.huma_clerk).get("/inbox/?show=unread").context["page"]
    assert [notice.title for notice in unread] == ["通知2", "通知1"]


def test_opening_marks_as_read_and_leads_on(world):
    tell(world)
    notice = Notification.objects.get()
    response = world.client(world.huma_clerk).get(f"/inbox/{notice.pk}/open/")
    assert (response.status_code, response.url) == (302, "/rules/")
    notice.refresh_from_db()
    assert notice.read_at == world.at(16, 9)


def test_the_first_reading_is_the_one_that_counts(world):
    tell(world)
    Notification.objects.update(read_at=world.at(16, 8, 30))
    world.client(world.huma_clerk).get(f"/inbox/{Notification.objects.get().pk}/open/")
    assert Notification.objects.get().read_at == world.at(16, 8, 30)


def test_a_notice_never_leads_out_of_the_site(world):
    for url in ("https://example.org/", "//example.org/", "javascript:alert(1)", ""):
        tell(world, key=f"key:{url}", url=url)
    for notice in Notification.objects.all():
        assert world.client(world.huma_clerk).get(f"/inbox/{notice.pk}/open/").url == "/inbox/"


def test_another_person_s_notice_is_not_found(world):
    tell(world)
    notice = Notification.objects.get()
    assert world.client(world.huma_chief).get(f"/inbox/{notice.pk}/open/").status_code == 404
    assert Notification.objects.get().read_at is None
    assert "第46周被退回" not in world.client(world.huma_chief).get("/inbox/").content.decode()


def test_marking_all_touches_one_s_own_only_and_wants_a_post(world):
    tell(world, world.huma_clerk, world.huma_chief)
    client = world.client(world.huma_clerk)
    assert client.get("/inbox/read/").status_code == 405
    client.post("/inbox/read/")
    assert Notification.objects.get(user=world.huma_clerk).read_at == world.at(16, 9)
    assert Notification.objects.get(user=world.huma_chief).read_at is None


def test_the_list_costs_the_same_with_one_notice_and_with_twenty(world, django_assert_num_queries):
    client = world.client(world.huma_clerk)
    counts = []
    for total in (1, 20):
        for number in range(total):
            tell(world, key=f"{total}:{number}")
        with django_assert_num_queries(8) as captured:
            client.get("/inbox/")
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_an_empty_inbox_says_what_will_come(world):
    assert "还没有通知" in world.client(world.huma_clerk).get("/inbox/").content.decode()


def test_without_log_in_one_is_sent_to_it(db, client):
    assert client.get("/inbox/").url == "/login/?next=/inbox/"


def test_a_term_that_ended_at_midnight_is_named_by_its_own_day():
    due = periods.moment(date(2026, 11, 13), 0)
    page = Template("{% load components %}{{ due|moment }}；{% deadline due now=due done=True %}").render(Context({"due": due}))
    assert page.startswith("11月12日 24:00；") and ">11月12日 24:00<" in page
