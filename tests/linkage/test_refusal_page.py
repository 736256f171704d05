"""The page of a refusal: what was not done, whose step it is, whom to ask, where to go on."""

import pytest

from linkage.figures.who_may import role_words
from linkage.models import Seat

pytestmark = pytest.mark.django_db


def page(world, username, path, **more):
    response = world.client(getattr(world, username)).get(path, **more)
    assert response.status_code == 403
    return response.content.decode()


def test_it_names_the_role_and_the_person_of_the_own_place(world):
    world.secadmin.office_phone = "0457-2112345"
    world.secadmin.save()
    text = page(world, "office", "/people/")
    assert "能办理的岗位：<b>安全管理员</b>" in text
    assert f"可以找：{world.secadmin}（大兴安岭地区·安全管理员，电话 0457-2112345）" in text
    assert "您现在的岗位：地区专班办公室·经办" in text
    assert f"请安全管理员安排岗位：{world.secadmin}" in text


def test_a_step_on_an_object_names_people_who_may_do_it_to_this_object(world):
    project = world.project(world.huma, "冷链仓储")
    text = page(world, "office", f"/projects/{project.pk}/edit/")
    assert "能办理的岗位：<b>县级填报员</b>" in text
    assert str(world.huma_clerk) in text and str(world.mohe_clerk) not in text


def test_what_a_department_may_by_its_function_is_said_by_the_function(world):
    assert role_words(["voucher.record"]) == ["财政部门"]
    assert role_words(["batch.edit"]) == ["地区专班办公室经办", "地区专班办公室主任", "财政部门"]
    text = page(world, "huma_clerk", "/funds/vouchers/new/")
    assert "能办理的岗位：<b>财政部门</b>" in text and str(world.huma_finance) in text
    assert str(world.mohe_finance) not in text and str(world.huma_agri) not in text


def test_people_whose_seat_has_ended_or_whose_account_is_closed_are_not_named(world):
    project = world.project(world.huma, "冷链仓储")
    Seat.objects.filter(user=world.huma_clerk).update(until="2026-11-15")
    world.secadmin.is_active = False
    world.secadmin.save()
    text = page(world, "office", f"/projects/{project.pk}/edit/")
    assert str(world.huma_clerk) not in text and "可以找" not in text
    assert "县级填报员" in text and "请安全管理员安排岗位" not in text


def test_who_holds_no_seat_learns_no_names_of_business_people(world):
    world.office.seats.all().delete()
    text = page(world, "office", "/funds/vouchers/new/")
    assert "您现在没有生效的岗位" in text and "可以找" not in text and str(world.secadmin) in text


@pytest.mark.parametrize(("referer", "leads"), [
    ("http://testserver/projects/?year=2026", True), ("http://testserver/people/", False), ("https://elsewhere.example/x", False), ("", False),
])  # fmt: skip
def test_it_leads_back_to_where_the_person_was(world, referer, leads):
    text = page(world, "office", "/people/", headers={"referer": referer})
    assert ("返回刚才的页面" in text) is leads
    assert "elsewhere" not in text and 'href="/"' in text


def test_a_refused_move_says_whose_it_is(desk_report):
    w, report = desk_report
    text = w.client(w.huma_chief).post(f"/weekly/{report.period.key}/huma/recall/", {"revision": report.revision}).content.decode()
    assert "撤回" in text and "能办理的岗位：<b>县级填报员</b>" in text and str(w.huma_clerk) in text


@pytest.fixture
def desk_report(world):
    """A report of 呼玛县 in its signer's hands."""
    from linkage import periods
    from reports.actions import filling, opening, signing
    from reports.models import WeeklyReport

    world.project(world.huma, "冷链仓储", amounts={"central": 1_000_000})
    opening.open_due_periods(at=world.at(16))
    report = WeeklyReport.objects.select_related("period", "unit").get(period__key="2026-W47", unit=world.huma)
    with periods.clock(world.at(20, 12)):
        filling.mark_rest_unchanged(report=report, by=world.huma_clerk)
        report.refresh_from_db()
        signing.hand_in(report=report, by=world.huma_clerk)
        yield world, report
