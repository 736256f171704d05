"""免报 and taking it back: acts of the 办公室主任, each with its reason and its trace (features 5.6, 5.8)."""

import pytest
from django.core.exceptions import PermissionDenied

from linkage import periods
from linkage.errors import Refusal
from linkage.models import AuditEvent, Notification
from reports.actions import deadlines
from reports.figures.timeliness import Timeliness, is_locked, timeliness
from reports.models import DeadlineMove

pytestmark = pytest.mark.django_db


@pytest.fixture
def exempt(desk):
    deadlines.exempt(report=desk.report, by=desk.world.office_head, reason="森林防火紧急期")
    return desk


def test_an_exemption_is_taken_back_with_a_reason_and_the_report_is_owed_again(exempt):
    w, report = exempt.world, exempt.report
    deadlines.end_exemption(report=report, by=w.office_head, reason="火险解除", at=w.at(20, 13))
    assert (report.is_exempt, report.exempt_reason) == (False, "")
    assert timeliness(report, w.at(20, 18)) is Timeliness.MISSING
    event = AuditEvent.objects.get(verb="取消免报")
    assert (event.before, event.after) == ({"reason": "森林防火紧急期"}, {"reason": "火险解除"})
    assert Notification.objects.filter(title__contains="取消免报").count() == 2, "filler and signer"
    assert exempt.submit(paid="30", started_on="2026-05-10").number == 1


def test_it_is_refused_to_others_without_reason_twice_and_where_there_is_no_task(exempt):
    w, report = exempt.world, exempt.report
    with pytest.raises(PermissionDenied):
        deadlines.end_exemption(report=report, by=w.office, reason="火险解除")
    with pytest.raises(Refusal, match="理由"):
        deadlines.end_exemption(report=report, by=w.office_head, reason=" ")
    deadlines.end_exemption(report=report, by=w.office_head, reason="火险解除")
    with pytest.raises(Refusal, match="不是免报"):
        deadlines.end_exemption(report=report, by=w.office_head, reason="火险解除")
    idle = w.jiagedaqi.weekly_reports.get(period__key="2026-W47")
    with pytest.raises(Refusal, match="尚无任务"):
        deadlines.end_exemption(report=idle, by=w.office_head, reason="应报")


def test_after_the_deadline_a_new_one_is_given_in_the_same_act(exempt):
    """Week 47 was due on 11-20 and locked on 11-27: without a new deadline the unit could not enter a word."""
    w, report, late = exempt.world, exempt.report, exempt.world.at(30, 9)
    act = lambda **more: deadlines.end_exemption(report=report, by=w.office_head, reason="火险解除", at=late, **more)  # noqa: E731
    with pytest.raises(Refusal, match="11月20日.*新的上报截止"):
        act()
    with pytest.raises(Refusal, match="须在现在之后"):
        act(due_at=w.at(30, 9))
    report.refresh_from_db()
    assert report.is_exempt and not DeadlineMove.objects.exists()
    act(due_at=w.at(2, 17, month=12))
    assert (report.due_at, report.locks_at) == (w.at(2, 17, month=12), w.at(9, 17, month=12)), "locked seven days after the due time"
    assert timeliness(report, late) is Timeliness.NOT_DUE and not is_locked(report, late)
    move = DeadlineMove.objects.get()
    assert (move.unit, move.document, move.reason) == (w.huma, "取消免报", "火险解除")
    assert AuditEvent.objects.get(verb="取消免报").after["due_at"].startswith("2026-12-02T17:00")
    assert {n.due_at for n in Notification.objects.filter(title__contains="取消免报")} == {w.at(2, 17, month=12)}
    with periods.clock(late):
        assert exempt.submit(paid="30", started_on="2026-05-10").number == 1
    assert timeliness(report, w.at(10, 9, month=12)) is Timeliness.ON_TIME


def test_the_form_asks_for_the_new_deadline_only_when_the_old_one_has_passed(exempt):
    page, address = "/weekly/2026-W47/", "/weekly/2026-W47/exempt/end/"
    head, unit = exempt.client("office_head"), exempt.world.huma.pk
    assert "新的上报截止" not in head.get(page).content.decode()
    with periods.clock(exempt.world.at(30, 9)):
        head = exempt.client("office_head")
        assert "新的上报截止" in head.get(page).content.decode()
        refused = head.post(address, {"unit": unit, "reason": "火险解除"})
        text = refused.content.decode()
        assert refused.status_code == 400 and "请写明新的上报截止时间" in text and 'value="火险解除"' in text, "what was typed stays"
        past = head.post(address, {"unit": unit, "reason": "火险解除", "due_at": "2026-11-21T17:00"}).content.decode()
        assert "须在现在之后" in past
        done = head.post(address, {"unit": unit, "reason": "火险解除", "due_at": "2026-12-02T17:00"}, follow=True).content.decode()
    assert "2026年12月2日 17:00 前上报" in done or "12月2日 17:00 前上报" in done
    assert "调整到 12月2日 17:00，依据 取消免报，火险解除" in done
    gone = head.post(address, {"unit": unit, "reason": "火险解除"}, follow=True).content.decode()
    assert "现在不是免报" in gone


def test_the_page_has_the_button_for_the_head_of_the_office(exempt):
    address = "/weekly/2026-W47/exempt/end/"
    head, office = exempt.client("office_head"), exempt.client("office")
    assert address in head.get("/weekly/2026-W47/").content.decode()
    assert address not in office.get("/weekly/2026-W47/").content.decode()
    assert office.post(address, {"unit": exempt.world.huma.pk, "reason": "火险解除"}).status_code == 403
    refused = head.post(address, {"unit": exempt.world.huma.pk, "reason": ""}, follow=True).content.decode()
    assert "请写明取消免报的理由" in refused
    done = head.post(address, {"unit": exempt.world.huma.pk, "reason": "火险解除"}, follow=True).content.decode()
    assert "本期免报已取消" in done and address not in done
    exempt.report.refresh_from_db()
    assert not exempt.report.is_exempt


def test_without_reporting_units_the_prefecture_s_pages_still_stand(exempt):
    from linkage.models import Region
    from reports.actions.rollup import prefecture

    Region.objects.filter(is_reporting=True).update(is_reporting=False)
    assert prefecture() == exempt.world.prefecture
    with periods.clock(exempt.world.at(20, 18)):
        assert exempt.client("office").get("/weekly/2026-W47/rollup/").status_code == 200
    Region.objects.filter(kind="prefecture").update(kind="county")
    with pytest.raises(Refusal, match="还没有设置地区"):
        prefecture()
