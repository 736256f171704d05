"""Import: template → upload → every row judged → confirmed by the person → one transaction; the same file twice changes nothing."""

from io import BytesIO

import openpyxl
import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile

from linkage import jobs, periods
from linkage.errors import Refusal, WrongState
from linkage.excel import MIME, Field, Unreadable, build_template
from linkage.excel.templates import FIRST_ROW
from linkage.imports import base, engine
from linkage.imports.base import Difference, ImportKind, Verdict, decode, encode
from linkage.models import (
    AuditEvent,
    DictionaryEntry,
    DictionaryKind,
    ImportRow,
    Job,
    JobState,
    RowVerdict,
    RuleVersion,
    Upload,
)

# A sheet of words for the test: code and name of causes.


def fields(by):
    return (
        Field("code", "代码", required=True, max_length=20),
        Field("name", "名称", required=True, max_length=10),
        Field("display_order", "顺序", "int"),
        Field("amount_yuan", "金额", "wan"),
    )


def begin(by, at, rows):
    return {e.code: e for e in DictionaryEntry.objects.filter(kind=DictionaryKind.CAUSE, code__in=[r.values["code"] for r in rows])}


def check_row(row, context):
    code, name = row.values["code"], row.values["name"]
    if code.startswith("bad"):
        return Verdict.error(row.problem("code", "代码不能以 bad 开头，请改写。"))
    data = {"code": code, "name": name, "display_order": row.values["display_order"] or 0}
    old = context.get(code)
    if old is None:
        return Verdict.new(data, label=name)
    if old.name == name:
        return Verdict.unchanged(label=name)
    return Verdict.changed(data | {"pk": old.pk}, [Difference("名称", old.name, name)], label=name)


def apply_rows(rows, *, by, at, context):
    for staged in rows:
        if staged.data["name"] == "冲突":
            raise Refusal("“冲突”与现有内容冲突，请改名。")
        DictionaryEntry.objects.update_or_create(
            kind=DictionaryKind.CAUSE, code=staged.data["code"],
            defaults={"name": staged.data["name"], "display_order": staged.data["display_order"]},
        )  # fmt: skip


KIND = ImportKind(
    code="causes", title="原因", permission="import.run", fields=fields, begin=begin, check_row=check_row,
    apply_rows=apply_rows, key=lambda values: values["code"], help="一行一个原因。", result_url="/dictionaries/",
)  # fmt: skip


@pytest.fixture(autouse=True)
def kind(monkeypatch):
    monkeypatch.setattr(base, "_kinds", {"causes": KIND})
    return KIND


def sheet(user, *rows: tuple, name: str = "原因.xlsx") -> SimpleUploadedFile:
    book = openpyxl.load_workbook(BytesIO(build_template(KIND.template(user))))
    for offset, row in enumerate(rows):
        for column, value in enumerate(row, 1):
            book.worksheets[0].cell(FIRST_ROW + offset, column).value = value
    target = BytesIO()
    book.save(target)
    return SimpleUploadedFile(name, target.getvalue(), content_type=MIME)


def submit(user, *rows: tuple) -> Job:
    return engine.submit(by=user, kind=KIND, file=sheet(user, *rows))


def causes() -> dict[str, str]:
    return dict(DictionaryEntry.objects.filter(kind=DictionaryKind.CAUSE).exclude(code="land").values_list("code", "name"))


def verdicts(job: Job) -> list[tuple[int, str]]:
    return [(row.number, row.verdict) for row in job.rows.order_by("number")]


# -- check ------------------------------------------------------------------------------------------------------------


def test_every_row_is_judged_and_nothing_is_written(world):
    job = submit(world.office, ("land", "用地手续"), ("weather", "气候"), ("LAND2", "环评", 3), ("bad1", "甲"))
    assert verdicts(job) == [(4, "unchanged"), (5, "new"), (6, "new"), (7, "error")]
    assert (job.state, job.result["counts"]) == (JobState.CHECKED, {"new": 2, "changed": 0, "unchanged": 1, "error": 1})
    assert job.message == "共 4 行：新增 2，变更 0，无变化 1，须改正 1。"
    assert job.rows.get(number=7).problems == [
        {"key": "code", "cell": "A7", "header": "代码", "value": "bad1", "message": "代码不能以 bad 开头，请改写。"}
    ]
    assert causes() == {}


def test_a_change_shows_its_difference(world):
    job = submit(world.office, ("land", "土地手续"))
    assert job.rows.get().differences == [{"label": "名称", "before": "用地手续", "after": "土地手续"}]


def test_wrong_cells_and_repeated_rows_are_errors_with_their_place(world):
    job = submit(world.office, ("a", "名" * 11, "x"), ("b", "乙"), ("b", "丙"), (None, "丁"))
    assert verdicts(job) == [(4, "error"), (5, "new"), (6, "error"), (7, "error")]
    assert [p["cell"] for p in job.rows.get(number=4).problems] == ["B4", "C4"]
    assert job.rows.get(number=6).problems[0]["message"] == "与第 5 行是同一条，表中只能出现一次。请删去其中一行。"
    assert job.rows.get(number=7).problems[0]["message"] == "必填，请填写。"


def test_the_file_is_kept_with_its_hash(world):
    job = submit(world.office, ("a", "甲"))
    assert (job.source_file.name, len(job.source_file.sha256)) == ("原因.xlsx", 64)
    assert Upload.objects.count() == 1


def test_files_that_are_no_template_are_refused_before_anything_is_kept(world):
    for content, words in ((b"a,b", "不是 Excel 工作簿"), (b"", "文件是空的"), (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "旧格式")):
        with pytest.raises(Unreadable, match=words):
            engine.submit(by=world.office, kind=KIND, file=SimpleUploadedFile("a.xlsx", content))
    assert not Upload.objects.exists()
    assert not Job.objects.exists()


def test_the_limits_are_the_offices_rules(world):
    RuleVersion.objects.create(code="import_max_rows", value=100, effective_from="2026-01-01", reason="试", created_at=periods.now())
    rows = [(f"c{n}", "甲") for n in range(121)]
    with pytest.raises(Unreadable, match="超过上限 100 行"):
        submit(world.office, *rows)
    job = submit(world.office, *rows[:101])
    assert (job.state, job.message) == (JobState.FAILED, "共 101 行，超过一次导入的上限 100 行。请分成几个文件上传。")


def test_without_the_right_nothing_is_taken(world):
    for user in (world.huma_chief, world.admin, world.huma_implementer):
        with pytest.raises(PermissionDenied):
            submit(user, ("a", "甲"))


# -- confirm ----------------------------------------------------------------------------------------------------------


def test_confirmed_rows_are_written_in_one_go_and_recorded(world):
    job = submit(world.office, ("land", "土地手续"), ("weather", "气候", 3))
    engine.confirm(job, by=world.office)
    assert (job.state, job.message) == (JobState.DONE, "已写入：新增 1 行，变更 1 行。")
    assert DictionaryEntry.objects.get(code="weather").display_order == 3
    assert DictionaryEntry.objects.get(code="land").name == "土地手续"
    event = AuditEvent.objects.get(verb="导入原因")
    assert event.after == {"new": 1, "changed": 1, "file": "原因.xlsx", "sha256": job.source_file.sha256}


def test_the_same_file_twice_changes_nothing(world):
    rows = (("land", "土地手续"), ("weather", "气候"))
    engine.confirm(submit(world.office, *rows), by=world.office)
    before = list(DictionaryEntry.objects.values())
    second = submit(world.office, *rows)
    assert [verdict for _, verdict in verdicts(second)] == ["unchanged", "unchanged"]
    with pytest.raises(WrongState, match="没有需要写入的内容"):
        engine.confirm(second, by=world.office)
    assert list(DictionaryEntry.objects.values()) == before


def test_running_either_phase_twice_changes_nothing(world):
    job = submit(world.office, ("weather", "气候"))
    jobs.run_job(job.pk)
    assert verdicts(job) == [(4, "new")]
    engine.confirm(job, by=world.office)
    jobs.run_job(job.pk)
    with pytest.raises(WrongState):
        engine.confirm(job, by=world.office)
    assert causes() == {"weather": "气候"}


def test_with_one_error_nothing_can_be_confirmed(world):
    job = submit(world.office, ("weather", "气候"), ("bad1", "甲"))
    with pytest.raises(WrongState, match="还有 1 行须改正"):
        engine.confirm(job, by=world.office)
    jobs.apply(job, by=world.office)  # past the page
    jobs.run_job(job.pk)
    job.refresh_from_db()
    assert (job.state, causes()) == (JobState.FAILED, {})


def test_when_writing_one_row_fails_none_is_written(world):
    job = submit(world.office, ("weather", "气候"), ("x", "冲突"))
    engine.confirm(job, by=world.office)
    assert (job.state, job.message) == (JobState.FAILED, "“冲突”与现有内容冲突，请改名。")
    assert causes() == {}
    assert not AuditEvent.objects.filter(verb="导入原因").exists()


def test_what_changed_after_the_preview_comes_back_to_the_person(world):
    job = submit(world.office, ("weather", "气候"))
    DictionaryEntry.objects.create(kind=DictionaryKind.CAUSE, code="weather", name="天气")
    engine.confirm(job, by=world.office)
    assert job.state == JobState.CHECKED
    assert "有 1 行的情况变了" in job.message
    assert job.rows.get().differences == [{"label": "名称", "before": "天气", "after": "气候"}]
    assert causes() == {"weather": "天气"}
    engine.confirm(job, by=world.office)
    assert (job.state, causes()) == (JobState.DONE, {"weather": "气候"})


def test_a_right_lost_after_the_preview_stops_the_writing(world):
    job = submit(world.office, ("weather", "气候"))
    world.office.seats.update(until=periods.today().replace(year=2025, month=12))
    owner = type(world.office).objects.get(pk=world.office.pk)
    engine.confirm(job, by=owner)
    assert (job.state, causes()) == (JobState.FAILED, {})


def test_a_clash_of_keys_in_the_database_is_told_in_words(world, monkeypatch):
    def clash(rows, *, by, at, context):
        for _ in range(2):
            DictionaryEntry.objects.create(kind=DictionaryKind.CAUSE, code="twice", name="甲")

    from dataclasses import replace

    monkeypatch.setattr(base, "_kinds", {"causes": replace(KIND, apply_rows=clash)})
    job = submit(world.office, ("weather", "气候"))
    engine.confirm(job, by=world.office)
    assert (job.state, causes()) == (JobState.FAILED, {})
    assert "冲突，未写入任何数据" in job.message


def test_killed_while_checking_it_is_checked_again(world, monkeypatch):
    monkeypatch.setattr(engine, "INLINE_BYTES", 0)
    job = submit(world.office, ("weather", "气候"))
    assert job.state == JobState.QUEUED
    jobs._claim(job.pk)
    jobs.sweep(at=periods.shift(periods.machine_now(), minutes=20))
    jobs.run_job(job.pk)
    job.refresh_from_db()
    assert (job.state, verdicts(job)) == (JobState.CHECKED, [(4, "new")])


def test_previews_nobody_confirms_are_cancelled_and_staging_is_dropped(world):
    job = submit(world.office, ("weather", "气候"))
    engine.forget_staging(at=periods.shift(periods.now(), days=29))
    assert ImportRow.objects.count() == 1
    for _ in range(2):
        engine.forget_staging(at=periods.shift(periods.now(), days=31))
    job.refresh_from_db()
    assert (job.state, ImportRow.objects.count()) == (JobState.CANCELLED, 0)


def test_values_come_out_of_the_json_column_as_they_went_in():
    from decimal import Decimal

    values = {"a": Decimal("1.10"), "d": periods.now().date(), "m": periods.now(), "l": [Decimal(1), {"x": None}], "s": "$", "n": 3}
    assert decode(encode(values)) == values


# -- pages ------------------------------------------------------------------------------------------------------------


def test_a_clerk_walks_from_template_to_result(world):
    client = world.client(world.office)
    assert "上传填好的表" in client.get("/imports/new/").content.decode()
    page = client.get("/imports/new/?kind=causes").content.decode()
    assert "最多 20000 行、20 MB" in page
    template = client.get("/imports/template/causes/")
    assert "%E5%8E%9F%E5%9B%A0%E5%AF%BC%E5%85%A5%E6%A8%A1%E6%9D%BF.xlsx" in template["Content-Disposition"]

    rows = (("land", "土地手续"), ("weather", "气候", 3, 1.5))
    preview = client.post("/imports/new/?kind=causes", {"file": sheet(world.office, *rows)}, follow=True)
    text = preview.content.decode()
    assert "<del>用地手续</del> → <ins>土地手续</ins>" in text
    assert "顺序 3；金额 1.50 万元" in text
    job = Job.objects.get()
    result = client.post(f"/imports/{job.pk}/confirm/", {"seen": preview.context["seen"]}, follow=True).content.decode()
    assert "已写入：新增 1 行，变更 1 行。" in result
    assert 'href="/dictionaries/"' in result
    assert "导入原因：原因.xlsx" in client.get("/imports/").content.decode()


def test_a_file_that_cannot_be_read_is_told_beside_the_form(world):
    client = world.client(world.office)
    response = client.post("/imports/new/?kind=causes", {"file": SimpleUploadedFile("a.csv", b"a,b")})
    assert "“.csv”文件不是 Excel 工作簿" in response.content.decode()
    assert "请选择填好的" in client.post("/imports/new/?kind=causes", {}).content.decode()


def test_rows_to_repair_come_first_and_can_be_filtered(world):
    job = submit(world.office, ("weather", "气候"), ("bad1", "甲"))
    client = world.client(world.office)
    first = client.get(f"/imports/{job.pk}/").content.decode()
    assert "A5" in first
    assert "代码不能以 bad 开头" in first
    assert "气候" not in first
    assert "确认写入" not in first
    new = client.get(f"/imports/{job.pk}/?verdict=new").content.decode()
    assert "气候" in new
    assert "bad1" not in new
    both = client.get(f"/imports/{job.pk}/?verdict=").content.decode()
    assert "气候" in both
    assert "bad1" in both


def test_foreign_imports_are_not_there(world):
    job = submit(world.office, ("weather", "气候"))
    for user in (world.office2, world.admin, world.huma_clerk):
        client = world.client(user)
        assert client.get(f"/imports/{job.pk}/").status_code == 404
        assert client.post(f"/imports/{job.pk}/confirm/").status_code == 404
    assert causes() == {}


def test_who_may_import_nothing_is_told_so(world):
    client = world.client(world.huma_implementer)
    for address in ("/imports/", "/imports/new/", "/imports/new/?kind=causes", "/imports/template/causes/"):
        assert client.get(address).status_code == 403, address
    assert world.client(world.office).get("/imports/template/nothing/").status_code == 404


@pytest.mark.parametrize("rows", [1, 20])
def test_the_preview_asks_the_same_number_of_queries_however_long(world, rows, django_assert_max_num_queries):
    job = submit(world.office, *((f"c{n}", f"甲{n}") for n in range(rows)))
    client = world.client(world.office)
    with django_assert_max_num_queries(9):
        assert client.get(f"/imports/{job.pk}/").status_code == 200


def test_a_thousand_rows_are_staged_and_applied(world):
    job = submit(world.office, *((f"c{n}", f"甲{n}") for n in range(1_000)))
    jobs.run_job(job.pk)  # too large to be done at once
    job.refresh_from_db()
    assert job.result["counts"][RowVerdict.NEW] == 1_000
    engine.confirm(job, by=world.office)
    jobs.run_job(job.pk)
    assert len(causes()) == 1_000
