"""A department's own export of approvals: preview, confirm, the same file twice changes nothing (features 3.2)."""

from datetime import date
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook

from linkage.imports import engine
from linkage.imports.base import kind_of
from linkage.models import ImportRow, JobState, Notification
from projects.actions.checklist import sync_checklists
from projects.models import Procedure
from tests.projects.procedures import catalogue, procedure
from tests.projects.test_procedures import step

HEADER = ["序号", "项目名称", "事项名称", "申请时间", "受理时间", "办结时间", "批复文号"]


@pytest.fixture
def listed(world):
    world.catalogue = catalogue(world)
    world.store, world.yard = world.project(world.huma, "冷链仓储"), world.project(world.huma, "晒场")
    sync_checklists([world.store, world.yard], at=world.at(2))
    return world


def upload(w, by, *lines, header=HEADER, title="呼玛县自然资源局审批办理情况导出表"):
    book = Workbook()
    sheet = book.active
    sheet.append([title])
    sheet.append(header)
    for number, values in enumerate(lines, 1):
        sheet.append([number, *values])
    held = BytesIO()
    book.save(held)
    return engine.submit(by=by, kind=kind_of("procedures"), file=SimpleUploadedFile("审批台账.xlsx", held.getvalue()))


STORE = ["冷链仓储", "用地预审与选址意见书", "2026-11-02", "2026-11-04", "2026-11-12", "呼自然资预审〔2026〕7号"]
YARD = ["晒场", "用地预审与选址意见书", "2026-11-03", "2026-11-05", None, None]


def verdicts(job):
    return list(ImportRow.objects.filter(job=job).order_by("number").values_list("verdict", flat=True))


def messages(job):
    return [problem["message"] for row in ImportRow.objects.filter(job=job) for problem in row.problems]


def test_an_export_as_it_is_records_the_bodys_own_steps(listed):
    job = upload(listed, listed.huma_land, STORE, YARD)
    assert verdicts(job) == ["changed", "changed"], messages(job)
    engine.confirm(job, by=listed.huma_land)
    job.refresh_from_db()
    assert job.state == JobState.DONE, job.message
    store, yard = procedure(listed.store, "land-preview"), procedure(listed.yard, "land-preview")
    assert (store.state, store.document_no, store.ended_on) == ("granted", "呼自然资预审〔2026〕7号", date(2026, 11, 12))
    assert (store.department_days, store.term_days, store.promised_days, store.confirmation) == (8, 6, 15, "")
    assert (yard.state, yard.accepted_on, yard.promised_due_on) == ("accepted", date(2026, 11, 5), date(2026, 11, 26))
    assert [event.name for event in store.transitions.all()] == ["apply", "accept", "grant"]


def test_the_same_file_twice_changes_nothing(listed):
    engine.confirm(upload(listed, listed.huma_land, STORE, YARD), by=listed.huma_land)
    before = list(Procedure.objects.order_by("pk").values())
    job = upload(listed, listed.huma_land, STORE, YARD)
    assert verdicts(job) == ["unchanged", "unchanged"]
    assert list(Procedure.objects.order_by("pk").values()) == before


def test_a_later_export_adds_only_what_is_new(listed):
    engine.confirm(upload(listed, listed.huma_land, YARD), by=listed.huma_land)
    later = ["晒场", "用地预审与选址意见书", "2026-11-03", "2026-11-05", "2026-11-13", "呼自然资预审〔2026〕8号"]
    engine.confirm(upload(listed, listed.huma_land, later), by=listed.huma_land)
    row = procedure(listed.yard, "land-preview")
    assert [event.name for event in row.transitions.all()] == ["apply", "accept", "grant"]
    assert row.term_days == 6


def test_what_stands_differently_is_told_and_not_overwritten(listed):
    row = procedure(listed.store, "land-preview")
    step(listed, row, "apply", 2, by=listed.huma_clerk)
    step(listed, row, "accept", 6, by=listed.huma_clerk)
    job = upload(listed, listed.huma_land, STORE)
    assert verdicts(job) == ["error"]
    assert any("县里代录的受理日期是 2026-11-06，与本表不符" in message for message in messages(job))
    row.refresh_from_db()
    assert row.accepted_on == date(2026, 11, 6)


def test_the_bodys_own_export_confirms_what_the_county_recorded(listed):
    row = procedure(listed.store, "land-preview")
    step(listed, row, "apply", 2, by=listed.huma_clerk)
    step(listed, row, "accept", 4, by=listed.huma_clerk)
    engine.confirm(upload(listed, listed.huma_land, STORE), by=listed.huma_land)
    row.refresh_from_db()
    assert (row.state, row.confirmation) == ("granted", "confirmed")
    assert row.transitions.get(name="accept").answered_by == listed.huma_land


def test_what_the_county_brings_in_waits_for_the_body_with_one_notice(listed):
    engine.confirm(upload(listed, listed.huma_clerk, STORE, YARD), by=listed.huma_clerk)
    assert set(Procedure.objects.exclude(state="not_applied").values_list("confirmation", flat=True)) == {"waiting"}
    assert Notification.objects.filter(user=listed.huma_land).values_list("title", flat=True).get() == "县级代录 2 项手续待确认"


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (["加工厂", "用地预审与选址意见书", None, "2026-11-04", None, None], "没有这个项目"),
        (["冷链仓储", "施工许可", None, "2026-11-04", None, None], "由您办理的手续是"),
        (["冷链仓储", "用地预审与选址意见书", None, "2026-11-04", "2026-11-12", None], "须有文号"),
        (["冷链仓储", "用地预审与选址意见书", None, "2026-11-30", None, None], "在今天之后"),
        (["冷链仓储", "用地预审与选址意见书", "2026-11-10", "2026-11-04", None, None], "早于申请日期"),
        (["冷链仓储", "用地预审与选址意见书", None, None, "2026-11-12", "7号"], "须有受理日期"),
        (["冷链仓储", "用地预审与选址意见书", None, None, None, None], "没有日期"),
    ],
    ids=["unknown project", "another body's", "no number", "ahead", "out of order", "not accepted", "no day"],
)
def test_each_fault_is_told_at_its_cell(listed, values, said):
    job = upload(listed, listed.huma_land, values)
    assert verdicts(job) == ["error"]
    assert any(said in message for message in messages(job)), messages(job)


def test_what_changed_after_the_preview_is_refused_as_a_whole(listed):
    job = upload(listed, listed.huma_land, STORE, YARD)
    step(listed, procedure(listed.yard, "land-preview"), "apply", 3, by=listed.huma_clerk)
    engine.confirm(job, by=listed.huma_land)
    job.refresh_from_db()
    assert job.state != JobState.DONE
    assert "核对之后有 1 行的情况变了，尚未写入" in job.message
    assert procedure(listed.store, "land-preview").state == "not_applied"


def test_a_correction_under_way_is_not_jumped_over(listed):
    row = procedure(listed.store, "land-preview")
    step(listed, row, "apply", 2, by=listed.huma_clerk)
    step(listed, row, "accept", 4)
    step(listed, row, "ask_correction", 5, reason="缺图")
    job = upload(listed, listed.huma_land, STORE)
    assert any("现在是“补正中”，不能直接办结" in message for message in messages(job))
