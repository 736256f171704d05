"""免报 and taking it back: acts of the 办公室主任, each with its reason and its trace (features 5.6, 5.8)."""

import pytest
from django.core.exceptions import PermissionDenied

from linkage import periods
from linkage.errors import Refusal
from linkage.models import AuditEvent, Notification
from reports.actions import deadlines
from reports.figures.timeliness import Timeliness, timeliness

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
