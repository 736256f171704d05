"""Desk, project tab, catalogue, money and times as people meet them (features 3.1–3.5; ui: Department desk)."""

from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from projects.actions.checklist import sync_checklists
from projects.actions.procedure import dispute_record, mark_green
from projects.models import Procedure, ProcedureKind
from tests.projects.procedures import catalogue, procedure
from tests.projects.test_procedures import step


@pytest.fixture
def listed(world):
    world.catalogue = catalogue(world)
    world.store = world.project(world.huma, "冷链仓储", content="冷库一座", amounts={"central": 800_000, "provincial": 440_000})
    world.yard = world.project(world.huma, "晒场", amounts={"central": 60_000})
    sync_checklists([world.store, world.yard], at=world.at(2))
    return world


def page(w, person, address):
    response = w.client(person).get(address)
    assert response.status_code == 200, response.content.decode()[:500]
    return response.content.decode()


def post(w, person, address, **data):
    return w.client(person).post(address, data)


# -- the desk ---------------------------------------------------------------------------------------------------------------


def test_the_desk_opens_with_its_sentence(listed):
    for project in (listed.store, listed.yard):
        row = procedure(project, "land-preview")
        step(listed, row, "apply", 1, month=10, by=listed.huma_clerk)
        step(listed, row, "accept", 9, month=10)
    text = page(listed, listed.huma_land, "/procedures/")
    assert "待办理 <b>2</b> 项，涉及 2 个项目、待支出资金" in text
    assert "130 万元" in text  # 80 + 44 + 6 万元
    assert "2 项超承诺时限" in text  # 15 working days from 9 October are over on 16 November
    assert "受理第 27 个工作日，承诺 15 日，法定 20 日，已超 12 个工作日" in text  # Saturday 10 October is worked


def test_green_comes_first_then_money_times_days(listed):
    for project in (listed.yard, listed.store):
        step(listed, procedure(project, "land-preview"), "apply", 9, by=listed.huma_clerk)
    text = page(listed, listed.huma_land, "/procedures/")
    assert text.index("冷链仓储") < text.index("晒场")
    mark_green(procedure=procedure(listed.yard, "land-preview"), is_green=True, reason="防汛", by=listed.office, revision=1)
    text = page(listed, listed.huma_land, "/procedures/")
    assert text.index("晒场") < text.index("冷链仓储")


def test_the_desk_shows_a_body_only_what_waits_for_it(listed):
    step(listed, procedure(listed.store, "land-preview"), "apply", 9, by=listed.huma_clerk)
    rows = page(listed, listed.huma_land, "/procedures/").split("<tbody>")[1]
    assert "用地预审与选址意见书" in rows
    assert "乡村建设规划许可" not in rows  # nobody has applied yet
    assert "目前没有要您办理的手续" in page(listed, listed.housing, "/procedures/")


def test_the_county_reads_what_it_has_to_apply_for(listed):
    text = page(listed, listed.huma_clerk, "/procedures/")
    assert "待办理 <b>16</b> 项" in text  # nine for the store, seven for the yard, whose name matches neither 环评 nor 施工许可


def test_acting_in_the_row_leads_back_to_the_desk(listed):
    row = procedure(listed.store, "land-preview")
    step(listed, row, "apply", 9, by=listed.huma_clerk)
    body = {"transition": "accept", "on": "2026-11-10", "revision": "1", "next": "/procedures/?state=open"}
    response = post(listed, listed.huma_land, f"/procedures/{row.pk}/step/", **body)
    assert (response.status_code, response["Location"]) == (302, "/procedures/?state=open")
    row.refresh_from_db()
    assert (row.state, row.accepted_on) == ("accepted", date(2026, 11, 10))


def test_a_refused_step_keeps_what_was_typed(listed):
    row = procedure(listed.store, "land-preview")
    response = post(listed, listed.huma_clerk, f"/procedures/{row.pk}/step/", transition="apply", on="2026-11-30", revision="0", reason="材料齐全")
    assert response.status_code == 409
    text = response.content.decode()
    assert "在今天之后" in text
    assert "材料齐全" in text
    assert Procedure.objects.get(pk=row.pk).state == "not_applied"


def test_a_day_that_is_none_is_told_at_its_field(listed):
    row = procedure(listed.store, "land-preview")
    response = post(listed, listed.huma_clerk, f"/procedures/{row.pk}/step/", transition="apply", on="", revision="0")
    assert response.status_code == 422
    assert "请填写发生日期" in response.content.decode()


def test_a_late_click_is_told_what_stands_now(listed):
    row = procedure(listed.store, "land-preview")
    step(listed, row, "apply", 9, by=listed.huma_clerk)
    response = post(listed, listed.huma_land, f"/procedures/{row.pk}/step/", transition="apply", on="2026-11-10", revision="0")
    assert response.status_code == 409
    assert "现在是“已申请”" in response.content.decode()


def test_a_dispute_shows_on_both_sides(listed):
    row = procedure(listed.store, "land-preview")
    step(listed, row, "apply", 2, by=listed.huma_clerk)
    step(listed, row, "accept", 3, by=listed.huma_clerk)
    assert "确认代录" in page(listed, listed.huma_land, "/procedures/")
    dispute_record(procedure=row, reason="受理日应为6日", by=listed.huma_land, revision=row.revision)
    for person in (listed.huma_clerk, listed.huma_land, listed.office):
        text = page(listed, person, f"/procedures/{row.pk}/")
        assert "受理日应为6日" in text
        assert "有异议" in page(listed, person, "/procedures/?state=disputed")


def test_confirming_by_page(listed):
    row = procedure(listed.store, "land-preview")
    step(listed, row, "apply", 2, by=listed.huma_clerk)
    step(listed, row, "accept", 3, by=listed.huma_clerk)
    response = post(listed, listed.huma_land, f"/procedures/{row.pk}/confirm/", revision=str(row.revision))
    assert response.status_code == 302
    assert Procedure.objects.get(pk=row.pk).confirmation == "confirmed"


@pytest.mark.parametrize("address", ["/procedures/?state=all", "/procedures/money/", "/procedures/times/", "/procedures/catalogue/"])
def test_a_page_asks_the_database_as_often_for_one_row_as_for_twenty(listed, address):
    def queries():
        with CaptureQueriesContext(connection) as found:
            page(listed, listed.office, address)
        return len(found)

    for project in (listed.store, listed.yard):
        row = procedure(project, "land-preview")
        step(listed, row, "apply", 2, by=listed.huma_clerk)
        step(listed, row, "accept", 3)
        step(listed, row, "grant", 4, document="〔2026〕1号")
    sync_checklists([listed.project(listed.huma, "机耕场", amounts={"central": 5_000})], at=listed.at())
    before = queries()
    more = [listed.project(listed.huma, f"晒场{n}", amounts={"central": 10_000}) for n in range(20)]
    sync_checklists(more, at=listed.at())
    for project in more:
        step(listed, procedure(project, "land-preview"), "apply", 2, by=listed.huma_clerk)
    assert queries() == before


def test_the_project_tab_asks_as_often_whatever_its_list(listed):
    def queries(project):
        with CaptureQueriesContext(connection) as found:
            page(listed, listed.huma_clerk, f"/projects/{project.pk}/procedures/")
        return len(found)

    small = listed.project(listed.huma, "农机", method="purchase", amounts={"central": 5_000})
    sync_checklists([small], at=listed.at())
    queries(small)
    assert queries(small) <= queries(listed.store) <= queries(small) + 1  # the calendar's years, where the way leads into the next


# -- the project's tab -------------------------------------------------------------------------------------------------------


def test_the_tab_tells_the_list_the_way_and_what_is_to_be_said(listed):
    text = page(listed, listed.huma_clerk, f"/projects/{listed.store.pk}/procedures/")
    assert "共 9 项，已办结或免办 0 项" in text
    # 15 (用地预审) + 5 (立项) + 15 (使用林地) working days from 16 November, 1 January a holiday
    assert "最早 2027-01-05 具备首次付款条件（还需 35 个工作日）" in text
    assert "用地预审与选址意见书 15 日 → 立项（可研批复） 5 日 → 使用林地审核 15 日" in text
    assert "占用林地" in text
    response = post(listed, listed.huma_clerk, f"/projects/{listed.store.pk}/procedures/traits/", forest="0", land="1")
    assert response.status_code == 302
    text = page(listed, listed.huma_clerk, f"/projects/{listed.store.pk}/procedures/")
    assert "使用林地审核" not in text.split("项目情形")[0].replace("占用林地", "")


def test_a_green_procedure_does_not_wait_for_what_comes_before(listed):
    mark_green(procedure=procedure(listed.store, "forest-land"), is_green=True, reason="防汛", by=listed.office, revision=0)
    # 用地预审 15 + 立项 5 + 概算 12 = 32 now takes longest
    assert "还需 35 个工作日" in page(listed, listed.office, f"/projects/{listed.store.pk}/procedures/")


def test_only_the_county_says_what_a_project_is_like(listed):
    assert post(listed, listed.huma_land, f"/projects/{listed.store.pk}/procedures/traits/", forest="0").status_code == 403
    assert post(listed, listed.office, f"/projects/{listed.store.pk}/procedures/traits/", forest="0").status_code == 403
    assert post(listed, listed.mohe_clerk, f"/projects/{listed.store.pk}/procedures/refresh/").status_code == 404


# -- money and times ---------------------------------------------------------------------------------------------------------


def test_money_stands_behind_each_matter_and_once_in_the_sum(listed):
    text = page(listed, listed.office, "/procedures/money/")
    assert "2 个项目的付款前手续未办齐，待支出资金合计 130.00 万元" in text
    assert "林业集团（系统外）" in text


def test_times_apart_for_body_applicant_and_outside(listed):
    row = procedure(listed.store, "land-preview")
    for name, day in (("apply", 2), ("accept", 4), ("ask_correction", 9), ("corrected", 13), ("grant", 16)):
        step(listed, row, name, day, reason="缺图", document="1号")
    text = page(listed, listed.huma_land, "/procedures/times/")
    assert "办结 1 项，其中超时限 0 项、补正过的 1 项" in text
    assert "件数少" in text
    whole = "办结 1 项"
    for reader in (listed.office, listed.office_head, listed.leader, listed.auditor):
        assert whole in page(listed, reader, "/procedures/times/")
    for other in (listed.housing, listed.huma_clerk, listed.huma_chief, listed.huma_finance, listed.finance):
        assert "没有您可以查看的办结手续" in page(listed, other, "/procedures/times/")  # another body's times are not their business


@pytest.mark.parametrize(
    ("address", "title"),
    [
        ("/procedures/export/?state=all", "衔接资金项目前期手续办理情况表"), ("/procedures/money/export/", "前期手续涉及待支出资金表"),
        ("/procedures/times/export/", "前期手续办理时效统计表"),
    ],
)  # fmt: skip
def test_the_sheets_hold_what_the_pages_show(listed, address, title):
    row = procedure(listed.store, "land-preview")
    step(listed, row, "apply", 2, by=listed.huma_clerk)
    step(listed, row, "accept", 3)
    step(listed, row, "grant", 9, document="呼自然资〔2026〕7号")
    response = listed.client(listed.office).get(address)
    sheet = load_workbook(BytesIO(response.content)).active
    assert sheet["A1"].value == title
    assert sheet.max_row > 4


# -- the catalogue ------------------------------------------------------------------------------------------------------------


def test_the_head_changes_days_from_a_day_on_and_accepted_ones_keep_theirs(listed):
    row = procedure(listed.store, "land-preview")
    step(listed, row, "apply", 2, by=listed.huma_clerk)
    step(listed, row, "accept", 3)
    body = {"effective_from": "2026-11-16", "legal_days": "20", "legal_basis": "行政许可法", "promised_days": "10", "promised_basis": "承诺书"}
    assert post(listed, listed.office_head, "/procedures/catalogue/land-preview/term/", **body).status_code == 302
    row.refresh_from_db()
    assert row.promised_days == 15
    other = procedure(listed.yard, "land-preview")
    step(listed, other, "apply", 16, by=listed.huma_clerk)
    step(listed, other, "accept", 16)
    assert other.promised_days == 10


def test_a_wrong_promise_is_told_at_the_form(listed):
    body = {"effective_from": "2026-12-01", "legal_days": "7", "legal_basis": "建筑法", "promised_days": "9"}
    response = post(listed, listed.office_head, "/procedures/catalogue/permit/term/", **body)
    assert response.status_code == 422
    assert "承诺工作日不能多于法定工作日" in response.content.decode()


def test_a_new_kind_in_the_browser(listed):
    matter = listed.catalogue.kinds["permit"].matter
    body = {"code": "fire-check", "name": "消防设计审查", "matter": matter.pk, "nature": "approval", "methods": ["works"], "is_active": "on"}
    assert post(listed, listed.office_head, "/procedures/catalogue/new/", **body).status_code == 302
    assert ProcedureKind.objects.get(code="fire-check").blocks_payment is False
    response = post(listed, listed.office_head, "/procedures/catalogue/new/", **body)
    assert "代码 fire-check 已有" in response.content.decode()
    page(listed, listed.office_head, "/procedures/catalogue/fire-check/")
    page(listed, listed.huma_clerk, "/procedures/catalogue/fire-check/")
    assert post(listed, listed.office, "/procedures/catalogue/fire-check/", name="x").status_code == 403


def test_the_kind_in_the_browser_keeps_its_other_fields(listed):
    kind = listed.catalogue.kinds["tender"]
    text = page(listed, listed.office_head, "/procedures/catalogue/tender/")
    assert 'value="400.00"' in text  # 万元
    body = {
        "name": kind.name, "matter": kind.matter_id, "nature": kind.nature, "methods": ["works"], "min_investment_yuan": "500", "is_active": "on",
        "blocks_payment": "on", "revision": "0", "prerequisites": [listed.catalogue.kinds["proposal"].pk],
    }  # fmt: skip
    assert post(listed, listed.office_head, "/procedures/catalogue/tender/", **body).status_code == 302
    kind.refresh_from_db()
    assert (kind.min_investment_yuan, kind.revision) == (Decimal(5_000_000), 1)
