"""The pages of the weekly dispatch: what each role sees, what it may do, and what is refused."""

import json
import re

import pytest
from axes.models import AccessAttempt
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from linkage.models import AuditEvent, Notification
from reports.actions import dealing, filling, opening, signing
from reports.figures.statement import digest
from reports.models import Period, ReportState, ReportVersion, WeeklyReport
from reports.views.weekly.reading import whole_lines
from tests.world import PASSWORD

pytestmark = pytest.mark.django_db

STORE = "冷链仓储"


def sheet(response):
    """The grid's data from the page."""
    return json.loads(re.search(r'<script type="application/json" id="sheet">(.*?)</script>', response.content.decode(), re.DOTALL)[1])


def page(desk, username, *parts, query="", **kwargs):
    return desk.client(username).get(desk.url(*parts, **kwargs) + query)


def refreshed(desk):
    desk.report.refresh_from_db()
    return desk.report


# -- the list and the period ------------------------------------------------------------------------------------------


def test_a_county_sees_its_own_reports_only(desk):
    text = desk.client("huma_clerk").get("/weekly/").content.decode()
    assert "2026年第47期" in text
    assert "填报中" in text
    assert "今天 17:00 前（还剩 5 小时）" in text
    assert "漠河" not in text


def test_the_prefecture_sees_every_unit_with_state_and_timeliness_in_words(desk):
    desk.submit(paid="10", started_on="2026-05-08")
    text = desk.client("office").get("/weekly/").content.decode()
    assert re.search(r"4 个单位中 1 个已上报，<b>1 个待接收</b>，1 个未上报，2 个免报", text)
    for word in ("呼玛县", "漠河市", "待接收", "按时", "未到期", "免报"):
        assert word in text


def test_a_county_that_opens_a_period_lands_on_its_own_report(desk):
    answer = desk.client("huma_clerk").get("/weekly/2026-W47/")
    assert (answer.status_code, answer.url) == (302, desk.url())


def test_the_period_page_brings_a_text_to_urge_the_missing(desk):
    desk.submit(paid="10", started_on="2026-05-08")
    text = desk.client("office").get("/weekly/2026-W47/").content.decode()
    urge = re.search(r'<p id="urge"[^>]*>(.*?)</p>', text)[1]
    assert "漠河市" in urge
    assert "呼玛县" not in urge, "已上报的不催"
    assert "11月20日 17:00" in urge


def test_an_unknown_period_is_not_found(desk):
    assert desk.client("office").get("/weekly/2026-W30/").status_code == 404


def test_only_the_head_of_the_office_moves_a_deadline(desk):
    body = {"due_at": "2026-11-21T12:00", "document": "专班办〔2026〕9号"}
    assert desk.client("office").post("/weekly/2026-W47/deadline/", body).status_code == 403
    assert desk.client("office_head").post("/weekly/2026-W47/deadline/", {"due_at": "2026-11-21T12:00"}).status_code == 400
    assert desk.client("office_head").post("/weekly/2026-W47/deadline/", body).status_code == 302
    assert Period.objects.get(key="2026-W47").due_at == desk.world.at(21, 12)


# -- the grid ---------------------------------------------------------------------------------------------------------


def test_the_clerk_gets_every_row_with_its_columns_and_the_way_to_hand_in(desk):
    response = page(desk, "huma_clerk")
    data = sheet(response)
    assert [row["name"] for row in data["rows"]] == [STORE, "农机采购", "民族村寨"]
    assert data["methods"]["purchase"][1] == ["contract_signed_on", "completed_investment_yuan", "delivered_on", "installed_on", "accepted_on"]
    assert data["editable"]
    assert all(row["edit"] for row in data["rows"])
    text = response.content.decode()
    for word in ("提交审签", "零报告", "其余各行无变化", "上报截止"):
        assert word in text


def test_the_sheet_cannot_end_its_script_block(desk):
    desk.fill(problem="</script><script>alert(1)</script>&", measures="x")
    text = page(desk, "huma_clerk").content.decode()
    assert "<script>alert" not in text
    assert "\\u003c/script\\u003e" in text


def test_a_department_sees_its_rows_only_and_edits_what_was_dealt_to_it(desk):
    w = desk.world
    mine = sheet(page(desk, "huma_ethnic"))
    assert [(row["name"], row["edit"]) for row in mine["rows"]] == [("民族村寨", False)]
    assert STORE not in json.dumps(mine, ensure_ascii=False)

    dealing.deal_out(report=desk.report, task=w.tasks["ethnic"], organisation=w.huma_ethnic_bureau, by=w.huma_clerk)
    assert [row["edit"] for row in sheet(page(desk, "huma_ethnic"))["rows"]] == [True]


def test_a_department_without_rows_is_told_so(desk):
    response = page(desk, "huma_land")
    assert sheet(response)["rows"] == []
    assert "没有分给贵单位的行" in response.content.decode()


def test_rows_dealt_to_a_department_of_another_task_are_in_its_sight(desk):
    w = desk.world
    dealing.deal_out(report=desk.report, task=w.tasks["consolidate"], organisation=w.huma_land_bureau, by=w.huma_clerk)
    assert [row["name"] for row in sheet(page(desk, "huma_land"))["rows"]] == [STORE, "农机采购"]


@pytest.mark.parametrize(("who", "status"), [("mohe_clerk", 404), ("mohe_chief", 404), ("huma_implementer", 404), ("admin", 404), ("secaudit", 404)])
def test_strangers_do_not_learn_that_the_report_exists(desk, who, status):
    assert page(desk, who).status_code == status


@pytest.mark.parametrize("who", ["office", "office_head", "agri", "finance", "leader", "auditor"])
def test_above_the_county_nothing_of_the_draft_is_seen(desk, who):
    desk.fill(problem="还没定稿的问题", measures="先谈", paid="33.33")
    response = page(desk, who)
    text = response.content.decode()
    assert response.status_code == 200
    assert "还没有上报" in text
    for mark in ("还没定稿的问题", "33.33", "333300", STORE, 'id="sheet"'):
        assert mark not in text
    for part in ("sheet", "choices", f"lines/{desk.line(STORE).pk}"):
        assert page(desk, who, part).status_code == 403


def test_behind_a_row_stand_its_vouchers_and_a_foreign_row_is_not_found(desk):
    text = page(desk, "huma_clerk", "lines", desk.line(STORE).pk).content.decode()
    assert "没有财政支付记录" in text
    foreign = WeeklyReport.objects.get(unit=desk.world.mohe).lines.get()
    assert page(desk, "huma_clerk", "lines", foreign.pk).status_code == 404
    assert page(desk, "huma_ethnic", "lines", desk.line(STORE).pk).status_code == 404


def queries_of(client, url):
    client.get(url)
    with CaptureQueriesContext(connection) as seen:
        assert client.get(url).status_code == 200
    return len(seen)


@pytest.mark.parametrize(("who", "most"), [("huma_clerk", 12), ("huma_chief", 12), ("huma_agri", 14)])
def test_the_grid_asks_the_same_few_questions_for_few_rows_and_for_many(desk, who, most):
    few = queries_of(desk.client(who), desk.url())
    for number in range(20):
        desk.world.project(desk.world.huma, f"项目{number}", amounts={"central": 100_000, "provincial": 50_000})
    filling.sync_lines(report=desk.report, by=desk.world.huma_clerk)
    many = queries_of(desk.client(who), desk.url())
    assert few == many <= most


@pytest.mark.parametrize("part", [(), ("versions",), ("v1",), ("v1", "print")])
def test_the_signed_pages_ask_the_same_number_of_questions_for_few_rows_and_for_many(desk, part):
    url = desk.url(*part)
    desk.submit(paid="10", started_on="2026-05-08")
    few = queries_of(desk.client("office"), url)
    with_many = WeeklyReport.objects.get(unit=desk.world.mohe)
    for number in range(20):
        desk.world.project(desk.world.mohe, f"项目{number}", amounts={"central": 100_000})
    filling.sync_lines(report=with_many, by=desk.world.mohe_clerk)
    filling.mark_rest_unchanged(report=with_many, by=desk.world.mohe_clerk)
    with_many.refresh_from_db()
    signing.hand_in(report=with_many, by=desk.world.mohe_clerk)
    signing.sign(report=with_many, by=desk.world.mohe_chief)
    assert queries_of(desk.client("office"), url.replace("huma", "mohe")) == few


def test_the_list_asks_the_same_number_of_questions_for_one_period_and_for_more(desk):
    one = queries_of(desk.client("office"), "/weekly/")
    opening.open_due_periods(at=desk.world.at(7, month=12))
    assert queries_of(desk.client("office"), "/weekly/") == one


# -- hand in, sign ----------------------------------------------------------------------------------------------------


def test_a_hand_in_with_open_problems_comes_back_to_the_list_of_them(desk):
    answer = desk.client("huma_clerk").post(desk.url("hand-in"), {"revision": desk.report.revision}, follow=True)
    assert answer.redirect_chain[0][0] == desk.url() + "#problems"
    assert "有 3 处须先处理" in answer.content.decode()
    assert refreshed(desk).state == ReportState.DRAFT


def test_the_clerk_hands_in_and_recalls_and_the_signer_does_neither(desk):
    desk.fill()
    revision = {"revision": desk.report.revision}
    assert desk.client("huma_chief").post(desk.url("hand-in"), revision).status_code == 403
    desk.client("huma_clerk").post(desk.url("hand-in"), revision)
    assert refreshed(desk).state == ReportState.SIGNING
    assert desk.client("huma_chief").post(desk.url("recall"), {"revision": desk.report.revision}).status_code == 403
    desk.client("huma_clerk").post(desk.url("recall"), {"revision": desk.report.revision})
    assert refreshed(desk).state == ReportState.DRAFT


def test_a_zero_report_is_explicit(desk):
    desk.client("huma_clerk").post(desk.url("hand-in"), {"revision": desk.report.revision, "zero": "on"})
    assert (refreshed(desk).state, desk.report.is_zero) == (ReportState.SIGNING, True)


@pytest.fixture
def handed_in(desk):
    desk.fill(paid="10", started_on="2026-05-08")
    signing.hand_in(report=desk.report, by=desk.world.huma_clerk)
    desk.report.refresh_from_db()
    return desk


def test_the_signer_sees_what_changed_and_the_hash_of_what_will_be_signed(handed_in):
    text = page(handed_in, "huma_chief", "sign").content.decode()
    assert STORE in text
    assert "10.00 万元" in text
    shown = re.search(r'class="hash">([0-9a-f]{64})<', text)[1]
    handed_in.client("huma_chief").post(handed_in.url("sign"), {"revision": handed_in.report.revision, "password": PASSWORD})
    assert ReportVersion.objects.get().sha256 == shown


def test_signing_needs_the_password_again_and_wrong_ones_are_counted(handed_in):
    answer = handed_in.client("huma_chief").post(handed_in.url("sign"), {"revision": handed_in.report.revision, "password": "wrong"})
    assert "密码不对，没有审签" in answer.content.decode()
    assert refreshed(handed_in).state == ReportState.SIGNING
    assert AccessAttempt.objects.get().username == "huma_chief"


def test_what_the_signer_did_not_see_is_not_signed(handed_in):
    answer = handed_in.client("huma_chief").post(handed_in.url("sign"), {"revision": handed_in.report.revision - 1, "password": PASSWORD})
    assert "内容已有改动" in answer.content.decode()
    assert not ReportVersion.objects.exists()


def test_who_filled_does_not_sign(handed_in):
    assert page(handed_in, "huma_clerk", "sign").status_code == 403
    assert page(handed_in, "office", "sign").status_code == 403
    assert page(handed_in, "mohe_chief", "sign").status_code == 404


def test_the_signer_gives_it_back_with_a_reason(handed_in):
    client = handed_in.client("huma_chief")
    client.post(handed_in.url("send-back"), {"revision": handed_in.report.revision, "reason": ""})
    assert refreshed(handed_in).state == ReportState.SIGNING
    client.post(handed_in.url("send-back"), {"revision": handed_in.report.revision, "reason": "请核对省级资金"})
    assert refreshed(handed_in).state == ReportState.DRAFT


# -- review -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def signed(desk):
    desk.submit(paid="10", started_on="2026-05-08", problem="用地手续未办", measures="月底前办结")
    return desk


def test_the_reviewer_sees_what_changed_and_can_switch_to_all(signed):
    changed = page(signed, "office").content.decode()
    assert STORE in changed
    assert "用地手续未办" in changed
    everything = page(signed, "office", query="?rows=all").content.decode()
    assert everything.count("农机采购") > 0


def test_the_office_reads_the_version_never_the_working_copy(signed):
    signing.return_for_correction(report=signed.report, by=signed.world.office, reason="请核对")
    filling.save_cells(
        report=signed.report, edits=[filling.Edit(signed.line(STORE).pk, "problem", "改稿中的话")], by=signed.world.huma_clerk
    )
    for query in ("", "?rows=all"):
        text = page(signed, "office", query=query).content.decode()
        assert "用地手续未办" in text
        assert "改稿中的话" not in text


def test_a_lead_department_reads_the_rows_of_its_tasks_and_their_sums(signed):
    text = page(signed, "ethnic", query="?rows=all").content.decode()
    assert "民族村寨" in text
    for foreign in (STORE, "农机采购", "用地手续未办", "220.00"):
        assert foreign not in text
    assert "40.00" in text, "本任务安排 40 万元"
    assert page(signed, "ethnic", "v1").status_code == 200
    assert page(signed, "ethnic", "v1", "print").status_code == 404


def test_a_cooperating_department_reads_no_row_it_does_not_act_in(signed):
    text = page(signed, "land", query="?rows=all").content.decode()
    assert STORE not in text
    assert "民族村寨" not in text


def test_the_office_returns_with_remarks_at_the_fields(signed):
    place = signed.cell(STORE)
    project = signed.line(STORE).project_id
    client = signed.client("office")
    body = {"revision": signed.report.revision, "reason": "个别数不符", f"remark:{project}:{place}": "与凭证差 2 万元", f"remark:{project}:problem": " "}
    assert client.post(signed.url("return"), body).status_code == 302
    report = refreshed(signed)
    assert (report.state, report.return_due_at) == (ReportState.RETURNED, signed.world.at(23, 17))
    remark = report.remarks.get()
    assert (remark.project_id, remark.place, remark.text) == (project, place, "与凭证差 2 万元")

    county = page(signed, "huma_clerk").content.decode()
    assert "第 1 轮退回意见" in county
    assert "与凭证差 2 万元" in county
    assert "退回时 10.00 万元" in county


def test_a_return_without_reason_keeps_what_was_typed(signed):
    project = signed.line(STORE).project_id
    answer = signed.client("office").post(signed.url("return"), {"revision": signed.report.revision, "reason": "", f"remark:{project}:problem": "说清楚时限"})
    assert answer.status_code == 400
    assert "请写明理由" in answer.content.decode()
    assert "说清楚时限" in answer.content.decode()
    assert refreshed(signed).state == ReportState.SUBMITTED


def test_a_remark_at_a_foreign_project_is_refused(signed):
    foreign = WeeklyReport.objects.get(unit=signed.world.mohe).lines.get().project_id
    signed.client("office").post(signed.url("return"), {"revision": signed.report.revision, "reason": "x", f"remark:{foreign}:problem": "x"})
    assert refreshed(signed).state == ReportState.SUBMITTED


def test_unusable_does_not_count_as_on_time(signed):
    signed.client("office").post(signed.url("return"), {"revision": signed.report.revision, "reason": "空表", "unusable": "on"})
    assert refreshed(signed).first_submitted_at is None
    assert "实质不可用" in page(signed, "office").content.decode()


@pytest.mark.parametrize("part", ["accept", "return"])
@pytest.mark.parametrize(("who", "status"), [("huma_clerk", 403), ("huma_chief", 403), ("agri", 403), ("leader", 403), ("auditor", 403), ("mohe_clerk", 404)])
def test_only_the_office_decides(signed, part, who, status):
    answer = signed.client(who).post(signed.url(part), {"revision": signed.report.revision, "reason": "x"})
    assert answer.status_code == status
    assert refreshed(signed).state == ReportState.SUBMITTED


def test_accepting_what_has_changed_since_is_refused(signed):
    signed.client("office").post(signed.url("accept"), {"revision": signed.report.revision - 1})
    assert refreshed(signed).state == ReportState.SUBMITTED
    signed.client("office").post(signed.url("accept"), {"revision": signed.report.revision})
    assert refreshed(signed).state == ReportState.ACCEPTED


def test_accepting_with_remarks_typed_asks_and_keeps_them(signed):
    project = signed.line(STORE).project_id
    body = {"revision": signed.report.revision, f"remark:{project}:problem": "说清楚时限", f"remark:{project}:holder": "没有列出的字段"}
    answer = signed.client("office").post(signed.url("accept"), body)
    text = answer.content.decode()
    assert answer.status_code == 400
    assert "写下的 2 处意见只随退回发送" in text
    assert text.count("说清楚时限") == 1
    assert text.count("没有列出的字段") == 2, "in the list of remarks that the page has no field for, beside its heading"
    assert "请写明理由" not in text, "a reason is wanted for the return only"
    assert refreshed(signed).state == ReportState.SUBMITTED


def test_remarks_are_discarded_when_the_reviewer_says_so(signed):
    project = signed.line(STORE).project_id
    body = {"revision": signed.report.revision, f"remark:{project}:problem": "说清楚时限", "reason": "x", "discard": "1"}
    assert signed.client("office").post(signed.url("accept"), body).status_code == 302
    report = refreshed(signed)
    assert (report.state, report.remarks.count()) == (ReportState.ACCEPTED, 0)


def test_a_return_without_reason_comes_back_to_the_list_it_was_written_on(signed):
    project = signed.line(STORE).project_id
    answer = signed.client("office").post(signed.url("return") + "?rows=all", {"revision": signed.report.revision, f"remark:{project}:started_on": "日期有误"})
    text = answer.content.decode()
    assert text.count("日期有误") == 1
    assert "农机采购" in text


def test_the_county_ticks_a_remark_as_done(signed):
    signing.return_for_correction(
        report=signed.report, by=signed.world.office, reason="请核对", remarks=[signing.RemarkDraft("时限不清", signed.line(STORE).project_id, "measures")]
    )
    remark = signed.report.remarks.get()
    assert signed.client("huma_agri").post(signed.url("remarks", remark.pk)).status_code == 403
    signed.client("huma_clerk").post(signed.url("remarks", remark.pk), {"answer": "已写明"})
    remark.refresh_from_db()
    assert (remark.resolved_by, remark.answer) == (signed.world.huma_clerk, "已写明")
    assert "✓ 已改" in page(signed, "huma_clerk").content.decode()


# -- unlocking --------------------------------------------------------------------------------------------------------


def test_a_locked_county_asks_and_the_office_unlocks_with_reason_and_expiry(desk):
    w = desk.world
    WeeklyReport.objects.filter(pk=desk.report.pk).update(locks_at=w.at(20, 11))
    assert "申请解锁" in page(desk, "huma_clerk").content.decode()
    desk.client("huma_clerk").post(desk.url("ask-unlock"), {"reason": "停电两天"})
    assert Notification.objects.filter(user=w.office, title="呼玛县 申请解锁 2026年第47期").count() == 1

    office = desk.client("office")
    office.post(desk.url("unlock"), {"reason": "", "until": "2026-11-21T17:00"})
    assert refreshed(desk).unlocked_until is None
    assert desk.client("huma_clerk").post(desk.url("unlock"), {"reason": "x", "until": "2026-11-21T17:00"}).status_code == 403
    office.post(desk.url("unlock"), {"reason": "情况属实", "until": "2026-11-21T17:00"})
    assert refreshed(desk).unlocked_until == w.at(21, 17)
    assert AuditEvent.objects.filter(verb="解锁填报").count() == 1
    assert sheet(page(desk, "huma_clerk"))["editable"]


def test_an_open_report_needs_no_unlock(desk):
    desk.client("huma_clerk").post(desk.url("ask-unlock"), {"reason": "x"})
    assert not Notification.objects.filter(title__contains="申请解锁").exists()


# -- versions, print form, scan ---------------------------------------------------------------------------------------


def test_a_version_and_its_print_form_carry_the_hash_and_both_people(signed):
    version = ReportVersion.objects.get()
    text = page(signed, "huma_clerk", "v1").content.decode()
    assert version.sha256 in text
    assert "✓ 与内容一致" in text
    printed = page(signed, "huma_clerk", "v1", "print").content.decode()
    for words in (version.sha256, "填报人", "审签人", "单位（盖章）", str(signed.world.huma_clerk), str(signed.world.huma_chief), "第 1 版"):
        assert words in printed
    assert digest(version.content) == version.sha256


def test_a_tampered_version_says_so(signed):
    version = ReportVersion.objects.get()
    ReportVersion.objects.update(content=version.content | {"is_zero": True})
    assert "内容与散列不符" in page(signed, "office", "v1").content.decode()


PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def attach(desk, username, content=PDF, name="盖章.pdf"):
    return desk.client(username).post(desk.url("v1", "scan", "attach"), {"scan": SimpleUploadedFile(name, content)}, follow=True)


def test_a_scan_is_attached_to_exactly_this_version_and_handed_out_in_scope(signed, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    assert "已附在第 1 版" in attach(signed, "huma_chief").content.decode()
    assert ReportVersion.objects.get().scan.name == "盖章.pdf"
    assert b"".join(page(signed, "office", "v1", "scan").streaming_content) == PDF
    assert page(signed, "ethnic", "v1", "scan").status_code == 404, "只看部分行的部门不取整份扫描件"
    assert page(signed, "mohe_clerk", "v1", "scan").status_code == 404


@pytest.mark.parametrize(("content", "name"), [(b"MZ\x90", "盖章.pdf"), (b"", "空.pdf"), (b"<html>", "x.png")])
def test_what_is_no_scan_is_not_kept(signed, settings, tmp_path, content, name):
    settings.MEDIA_ROOT = tmp_path
    assert "没有上传" in attach(signed, "huma_clerk", content, name).content.decode()
    assert ReportVersion.objects.get().scan is None


def test_only_the_county_attaches_scans(signed):
    assert attach(signed, "office").status_code == 403
    assert attach(signed, "mohe_clerk").status_code == 404


def test_versions_tell_the_whole_story(signed):
    signing.return_for_correction(report=signed.report, by=signed.world.office, reason="请核对中央资金")
    text = page(signed, "office", "versions").content.decode()
    for words in ("第 1 版", "提交审签", "审签上报", "退回修改", "请核对中央资金"):
        assert words in text
    assert page(signed, "office", "v2").status_code == 404


# -- dealing out ------------------------------------------------------------------------------------------------------


def test_the_clerk_deals_tasks_out_to_own_departments_only(desk):
    w = desk.world
    client = desk.client("huma_clerk")
    client.post(desk.url("deal"), {"task": w.tasks["ethnic"].pk, "organisation": w.mohe_agri_bureau.pk})
    assert desk.line("民族村寨").assigned_to is None
    client.post(desk.url("deal"), {"task": w.tasks["ethnic"].pk, "organisation": w.huma_ethnic_bureau.pk})
    assert desk.line("民族村寨").assigned_to == w.huma_ethnic_bureau
    text = page(desk, "huma_clerk", "dealing").content.decode()
    assert "呼玛县民宗局" in text
    assert "提醒" in text


@pytest.mark.parametrize(("who", "status"), [("huma_chief", 403), ("huma_ethnic", 403), ("office", 403), ("mohe_clerk", 404)])
def test_nobody_else_deals_out(desk, who, status):
    assert page(desk, who, "dealing").status_code == status
    assert desk.client(who).post(desk.url("deal"), {"task": desk.world.tasks["ethnic"].pk}).status_code == status


def test_a_department_tells_that_it_is_done_when_its_rows_are_filled(desk):
    w = desk.world
    dealing.deal_out(report=desk.report, task=w.tasks["ethnic"], organisation=w.huma_ethnic_bureau, by=w.huma_clerk)
    client = desk.client("huma_ethnic")
    client.post(desk.url("done"))
    assert desk.line("民族村寨").done_at is None, "还有没填的行"
    filling.mark_rest_unchanged(report=desk.report, by=w.huma_ethnic)
    client.post(desk.url("done"))
    assert desk.line("民族村寨").done_by == w.huma_ethnic


def test_the_head_of_the_office_exempts_a_unit_with_a_reason(world):
    """免报 is an act of the 办公室主任, refused without a reason, to others and after a statement."""
    from reports.actions import opening

    world.project(world.huma, "冷链仓储", amounts={"central": 1_000_000})
    opening.open_due_periods(at=world.at(16))
    address, body = "/weekly/2026-W47/exempt/", {"unit": world.huma.pk, "reason": "森林防火紧急期"}
    assert world.client(world.office).post(address, body).status_code == 403
    assert world.client(world.office_head).post(address, body | {"reason": ""}).status_code == 400
    assert world.client(world.office_head).post(address, body).status_code == 302
    report = world.huma.weekly_reports.get(period__key="2026-W47")
    assert (report.is_exempt, report.exempt_reason) == (True, "森林防火紧急期")
    assert world.client(world.office_head).post(address, body).status_code == 400, "twice is refused"


def test_a_kept_sentence_names_the_level_of_its_money(desk):
    desk.submit(paid="10", started_on="2026-05-08")
    content = desk.report.versions.get().content
    line = next(line for line in content["lines"] if line["cells"] and line["cells"][0]["level"] == "central")
    key = f"treasury_gap:{line['project']}:cell:{line['cells'][0]['allocation']}"
    lines = whole_lines(content | {"explanations": {key: "凭证已出", f"progress_fell:{line['project']}:physical_ratio": "返工"}})
    [row] = [row for row in lines if row["explained"]]
    assert row["explained"] == [("中央资金与财政口径不一致", "凭证已出"), ("形象进度低于上期", "返工")]
