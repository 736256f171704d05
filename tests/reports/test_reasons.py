"""Who reads the words of a move: what passes between filler and signer is the county's own until it is signed (design §1)."""

import pytest

from linkage import audit
from linkage.models import AuditEvent
from reports.actions import signing

pytestmark = pytest.mark.django_db
INSIDE = "冷链仓储已付 30 万元与凭证不符"


@pytest.fixture
def sent_back(desk):
    desk.fill(paid="30", started_on="2026-05-10")
    signing.hand_in(report=desk.report, by=desk.world.huma_clerk)
    signing.send_back(report=desk.report, by=desk.world.huma_chief, reason=INSIDE)
    return desk


def versions_page(desk, username):
    return desk.client(username).get(desk.url("versions")).content.decode()


def test_the_reason_of_the_signer_stays_in_the_county_before_signing(sent_back):
    for username in ("office", "auditor", "leader", "finance", "agri"):
        assert INSIDE not in versions_page(sent_back, username), username
    for username in ("huma_clerk", "huma_chief"):
        assert INSIDE in versions_page(sent_back, username), username


def test_the_trail_shows_it_to_the_security_auditor_only_before_signing(sent_back):
    event = AuditEvent.objects.get(verb="退回填报人")
    assert sent_back.client("auditor").get(f"/audit/{event.pk}/").status_code == 404
    assert INSIDE in sent_back.client("secaudit").get(f"/audit/{event.pk}/").content.decode()


def in_the_trail(desk, username):
    """How many acts of each kind that speak of a draft this person finds in the trail: sent back, handed in."""
    events = AuditEvent.objects.visible_to(getattr(desk.world, username))
    return [events.filter(verb=verb).count() for verb in ("退回填报人", "提交差异")]


def test_once_signed_it_is_part_of_the_history(sent_back):
    sent_back.report.refresh_from_db()
    assert in_the_trail(sent_back, "auditor") == [0, 0]
    signing.hand_in(report=sent_back.report, by=sent_back.world.huma_clerk)
    signing.sign(report=sent_back.report, by=sent_back.world.huma_chief)
    assert INSIDE in versions_page(sent_back, "office")
    assert in_the_trail(sent_back, "auditor") == [1, 2]
    event = AuditEvent.objects.get(verb="退回填报人")
    assert INSIDE in sent_back.client("auditor").get(f"/audit/{event.pk}/").content.decode()
    assert INSIDE not in versions_page(sent_back, "agri"), "a lead department reads its rows, not reasons about any row"


def test_a_correction_sent_back_is_inside_again_until_it_is_signed_too(sent_back):
    w, report = sent_back.world, sent_back.report
    report.refresh_from_db()
    signing.hand_in(report=report, by=w.huma_clerk)
    signing.sign(report=report, by=w.huma_chief)
    signing.return_for_correction(report=report, by=w.office, reason="依据不全")
    report.remarks.update(resolved_at=w.at(20, 12), resolved_by=w.huma_clerk)
    signing.hand_in(report=report, by=w.huma_clerk)
    signing.send_back(report=report, by=w.huma_chief, reason="仍与凭证不符")
    assert in_the_trail(sent_back, "auditor") == [1, 2], "the first round is signed, the second is not"
    assert in_the_trail(sent_back, "secaudit") == [2, 3]
    other = w.project(w.mohe, "晒场")
    audit.record(by=w.office, verb="审签上报", target=other)
    assert in_the_trail(sent_back, "auditor") == [1, 2], "another object's signature opens nothing"


def test_a_county_s_auditor_finds_what_is_signed_in_its_own_region_only(sent_back):
    w = sent_back.world
    sent_back.report.refresh_from_db()
    signing.hand_in(report=sent_back.report, by=w.huma_clerk)
    signing.sign(report=sent_back.report, by=w.huma_chief)
    w.auditor.seats.update(region=w.mohe)
    assert in_the_trail(sent_back, "auditor") == [0, 0]


def test_why_a_version_is_unusable_is_for_those_who_read_the_whole(desk):
    desk.submit(paid="30", started_on="2026-05-10")
    signing.return_for_correction(report=desk.report, by=desk.world.office, reason="民族村寨的累计支出有误", unusable=True)
    for part in ((), ("v1",), ("versions",)):
        assert "民族村寨的累计支出有误" in desk.client("office").get(desk.url(*part)).content.decode(), part
        page = desk.client("agri").get(desk.url(*part)).content.decode()
        assert "实质不可用" in page and "民族村寨的累计支出有误" not in page, part


def grid_page(desk, username):
    return desk.client(username).get(desk.url()).content.decode()


def test_the_reason_stands_on_the_page_of_the_filler_until_it_is_signed(sent_back):
    assert INSIDE in grid_page(sent_back, "huma_clerk")
    for username in ("office", "huma_agri", "mohe_clerk", "leader"):
        response = sent_back.client(username).get(sent_back.url())
        assert INSIDE not in response.content.decode(), username
    sent_back.report.refresh_from_db()
    signing.hand_in(report=sent_back.report, by=sent_back.world.huma_clerk)
    assert INSIDE not in grid_page(sent_back, "huma_clerk")
    signing.recall(report=sent_back.report, by=sent_back.world.huma_clerk)
    assert INSIDE in grid_page(sent_back, "huma_clerk")
    signing.hand_in(report=sent_back.report, by=sent_back.world.huma_clerk)
    signing.sign(report=sent_back.report, by=sent_back.world.huma_chief, early=True)
    remark = signing.RemarkDraft("请补凭证号", sent_back.line("冷链仓储").project_id, "step")
    signing.return_for_correction(report=sent_back.report, by=sent_back.world.office, reason="依据不全", remarks=[remark])
    page = grid_page(sent_back, "huma_clerk")
    assert "依据不全" in page and "请补凭证号" in page and INSIDE not in page


def test_a_reason_that_is_the_only_remark_is_said_once(desk):
    desk.submit(paid="30", started_on="2026-05-10")
    signing.return_for_correction(report=desk.report, by=desk.world.office, reason="依据不全")
    visible = grid_page(desk, "huma_clerk").split('<script type="application/json" id="sheet">')[0]
    assert visible.count("依据不全 <small>") == 1


def test_the_queue_says_that_the_signer_gave_it_back(sent_back):
    assert "被审签人退回" in sent_back.client("huma_clerk").get("/").content.decode()
