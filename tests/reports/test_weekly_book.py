"""The weekly report as a workbook and back: what a clerk who lives in Excel sees, types and is told (features 5.5)."""

import shutil
import subprocess
import zipfile
from datetime import date
from decimal import Decimal
from io import BytesIO

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from funds.actions.voucher import record_voucher
from funds.models import Allocation, Batch, CountyAllocation
from issues.actions import ledger
from linkage import periods
from linkage.models import AuditEvent, Upload
from reports.actions import filling, opening, signing
from reports.models import ReportCell
from reports.views.weekly import book as book_page
from tests.reports.book import bring, seen, take, written

pytestmark = pytest.mark.django_db

MAY_8 = date(2026, 5, 8)
OLD_FORM = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
STORE, MACHINES, VILLAGE = "冷链仓储", "农机采购", "民族村寨"


def paid(desk, name=STORE, level="central"):
    return ReportCell.objects.get(line__project__name=name, allocation__county_allocation__batch__level=level).paid_to_date_yuan


def errors(page):
    return [(e.cell, e.label, e.header, e.value, e.message) for e in page.context["errors"]]


# -- the workbook -----------------------------------------------------------------------------------------------------


def test_the_workbook_holds_the_rows_and_columns_of_the_grid(desk):
    ReportCell.objects.update(paid_to_date_yuan=125_000, previous_yuan=100_000)
    allocation = ReportCell.objects.get(line=desk.line(STORE), allocation__county_allocation__batch__level="central").allocation
    record_voucher(
        allocation=allocation, kind="pay", nature="progress", amount_yuan=Decimal(90_000), paid_on=date(2026, 11, 10), voucher_no="1",
        by=desk.world.huma_finance, at=desk.world.at(16),
    )  # fmt: skip
    book = take(desk)
    assert book.sheet["B1"].value == "呼玛县衔接资金周调度填报表　2026年第47期（11月13日—11月19日）"
    assert book.sheet["B2"].value == "单位：万元　　数据截至 2026年11月19日 24:00"
    assert [book.cell(name, "code").value for name in (STORE, MACHINES, VILLAGE)] == ["HM-2026-0001", "HM-2026-0002", "HM-2026-0003"]
    assert [book.cell(STORE, f"{key}:central").value for key in ("amount", "before", "treasury", "paid")] == [100, 10, 9, 12.5]
    assert book.cell(STORE, "delta:central").value.startswith("=IF(")
    assert book.cell(STORE, "paid:provincial").value == 12.5
    shown = set(book.keys())
    assert {"physical_ratio", "contract_signed_on", "installed_on", "problem", "coordination_with", "no_change"} <= shown
    assert "households_paid" not in shown, "no row is asked for it"


def test_what_may_be_typed_is_open_and_the_rest_is_locked(desk):
    book = take(desk)
    assert book.sheet.protection.sheet
    assert book.sheet.protection.password is None, "the lock keeps hands off, it hides nothing"
    for name, key, open_here in (
        (STORE, "physical_ratio", True), (STORE, "paid:central", True), (STORE, "no_change", True), (STORE, "name", False), (STORE, "before:central", False),
        (MACHINES, "physical_ratio", False), (MACHINES, "paid:provincial", False), (MACHINES, "contract_signed_on", True),
    ):  # fmt: skip
        assert book.cell(name, key).protection.locked is not open_here, (name, key)


def test_lists_come_from_a_hidden_sheet_and_keys_are_out_of_sight(desk):
    book = take(desk)
    assert {name: book.book[name].sheet_state for name in book.book.sheetnames} == {
        "填报表": "visible", "_选项": "veryHidden", "_表信息": "veryHidden", "_原值": "veryHidden",
    }  # fmt: skip
    step = next(rule for rule in book.sheet.data_validations.dataValidation if book.cell(STORE, "step").coordinate in rule.sqref)
    assert (step.type, step.formula1) == ("list", "'_选项'!$A$1:$A$4")
    assert [cell.value for cell in book.book["_选项"]["A"]][:2] == ["前期手续", "施工"]
    assert book.book["_原值"].max_row == 3, "one row per project, however many columns: the limit of rows is far"
    assert book.sheet.row_dimensions[3].hidden
    assert book.sheet.column_dimensions["A"].hidden


def test_it_prints_across_the_page_with_its_head_on_every_page(desk):
    setup = take(desk).sheet.page_setup
    assert (setup.orientation, setup.paperSize) == ("landscape", 8)
    assert take(desk).sheet.print_title_rows == "$4:$5"


def test_a_department_gets_the_rows_it_reads_and_types_only_those_dealt_to_it(desk):
    filling.deal_out(report=desk.report, task=desk.world.tasks["ethnic"], organisation=desk.world.huma_ethnic_bureau, by=desk.world.huma_clerk)
    book = take(desk, "huma_ethnic")
    names = [cell.value for cell in book.sheet["D"] if cell.value in (STORE, MACHINES, VILLAGE)]
    assert names == [VILLAGE]
    assert not book.cell(VILLAGE, "physical_ratio").protection.locked
    whole = take(desk, "huma_finance")
    assert whole.cell(STORE, "physical_ratio").protection.locked, "read, but not dealt to the bureau"


def test_after_the_hand_in_the_workbook_is_for_reading(desk):
    desk.fill()
    signing.hand_in(report=desk.report, by=desk.world.huma_clerk)
    assert take(desk).cell(STORE, "physical_ratio").protection.locked


def test_taking_it_leaves_a_trace(desk):
    take(desk)
    event = AuditEvent.objects.get(verb="下载填报表")
    assert (event.target_label, event.after) == ("呼玛县 2026-W47", {"revision": 0})


def test_text_never_becomes_a_formula(desk):
    desk.fill(problem='=HYPERLINK("http://x")', measures="@SUM(A1)")
    cell = take(desk).cell(STORE, "problem")
    assert (cell.data_type, cell.value) == ("s", '=HYPERLINK("http://x")')


@pytest.mark.parametrize("rows", [1, 20])
def test_taking_it_asks_the_same_number_of_questions_for_any_number_of_rows(desk, rows):
    for number in range(rows):
        desk.world.project(desk.world.huma, f"晒场{number}", amounts={"central": 10_000})
    filling.sync_lines(report=desk.report, by=desk.world.huma_clerk)
    client = desk.client("huma_clerk")
    with CaptureQueriesContext(connection) as asked:
        client.get(desk.url("book.xlsx").rstrip("/"))
    assert len(asked) == 12


# -- looking and writing ----------------------------------------------------------------------------------------------


def test_a_filled_workbook_is_shown_first_and_written_after_the_confirmation(desk):
    book = take(desk)
    book.type(STORE, paid=18.25, physical_ratio=45.5, started_on=MAY_8, step="施工", holder="呼玛县自然资源局", problem="缺料", measures="催货")
    book.type(MACHINES, no_change="是")
    page = seen(desk, book)
    assert paid(desk) is None, "looking writes nothing"
    assert [(c["label"], c["header"], c["before"], c["after"]) for c in page.context["changes"]] == [
        (STORE, "形象进度 本期", "空", "45.5%"), (STORE, "开工", "空", "2026年5月8日"), (STORE, "中央资金 本期累计支出", "空", "18.25 万元"),
        (STORE, "当前环节", "空", "施工"), (STORE, "承办单位", "空", "呼玛县自然资源局"), (STORE, "存在问题", "空", "缺料"),
        (STORE, "下步措施", "空", "催货"), (MACHINES, "本期无变化", "空", "是"),
    ]  # fmt: skip
    assert page.context["errors"] == []

    assert written(desk, book) == "已从“填报表.xlsx”写入 8 格。"
    line = desk.line(STORE)
    assert (paid(desk), line.physical_ratio, line.started_on, line.step, line.problem) == (
        Decimal("182500.00"), Decimal("0.4550"), date(2026, 5, 8), desk.world.step_construction, "缺料",
    )  # fmt: skip
    assert desk.line(MACHINES).no_change
    event = AuditEvent.objects.get(verb="上传填报表")
    assert (event.after["file"], event.after["cells"], event.after["rows"], len(event.after["sha256"])) == ("填报表.xlsx", 8, 2, 64)
    assert not Upload.objects.exists(), "a workbook that was taken in is not kept"


def test_a_second_click_writes_nothing_and_leads_back_to_the_report(desk, monkeypatch):
    book = take(desk)
    book.type(STORE, paid=18.25)
    client, preview = desk.client("huma_clerk"), bring(desk, book)["Location"]
    write, answers = book_page.take_book, []

    def clicked_twice(**given):
        monkeypatch.setattr(book_page, "take_book", write)
        answers.append(desk.client("huma_clerk").post(preview))
        return write(**given)

    monkeypatch.setattr(book_page, "take_book", clicked_twice)
    page = client.post(preview, follow=True)
    assert page.redirect_chain == [(desk.url(), 302)]
    assert any("已经写入或放弃" in str(message) for message in page.context["messages"])
    assert (answers[0]["Location"], paid(desk)) == (desk.url(), 182_500)
    assert AuditEvent.objects.filter(verb="上传填报表").count() == 1


def test_the_preview_tells_what_the_checks_will_say(desk):
    book = take(desk)
    book.type(STORE, paid=120, physical_ratio=10)
    page = seen(desk, book)
    assert [(p.severity.value, p.code) for p in page.context["problems"]] == [
        ("must", "progress_without_start"), ("explain", "paid_above"), ("hint", "paid_before_start"),
    ]  # fmt: skip
    assert "已填" not in page.context["notes"]


def test_the_preview_survives_a_reload_and_belongs_to_its_person(desk):
    book = take(desk)
    book.type(STORE, paid=1)
    address = bring(desk, book)["Location"]
    clerk = desk.client("huma_clerk")
    assert [c["after"] for _ in range(2) for c in clerk.get(address).context["changes"]] == ["1.00 万元", "1.00 万元"]
    assert desk.client("huma_finance").get(address).status_code == 404
    assert "填报表.xlsx" in clerk.get(desk.url("upload")).content.decode(), "the page of the upload leads back to it"
    bring(desk, book, name="第二次.xlsx")
    assert clerk.get(address).status_code == 404, "a new upload takes the place of the old one"


def test_a_workbook_waiting_for_one_week_is_not_offered_in_the_next(desk):
    book = take(desk)
    book.type(STORE, paid=1)
    preview = bring(desk, book)["Location"]
    opening.open_due_periods(at=desk.world.at(23))
    client, next_week = desk.client("huma_clerk"), desk.url("upload").replace("W47", "W48")
    assert client.get(next_week).context["waiting"] is None
    assert client.get(preview.replace("W47", "W48")).status_code == 404


def test_a_workbook_nobody_touched_says_so(desk):
    desk.fill(paid="18.25", physical_ratio="45.5", started_on="2026-05-08", problem="一行\n二行", measures="=措施")
    page = seen(desk, take(desk))
    assert (page.context["changes"], page.context["errors"], page.context["ready"]) == ([], [], False)
    assert "没有改动" in page.content.decode()
    assert "没有要写入的内容" in written(desk, take(desk))


def test_a_cell_made_empty_is_emptied(desk):
    desk.fill(paid="18.25", problem="缺料", measures="催货")
    book = take(desk)
    book.type(STORE, problem=None, measures=None)
    assert "写入 2 格" in written(desk, book)
    assert (desk.line(STORE).problem, paid(desk)) == ("", Decimal("182500.00"))


def test_a_change_takes_the_tick_away_and_says_so(desk):
    desk.fill()
    book = take(desk)
    book.type(STORE, paid=3)
    assert "“本期无变化”，随本次修改取消" in seen(desk, book).context["notes"][0]
    written(desk, book)
    assert not desk.line(STORE).no_change


def test_a_row_cannot_be_changed_and_unchanged_at_once(desk):
    book = take(desk)
    book.type(STORE, paid=3, no_change="是")
    [(_, label, header, value, message)] = errors(seen(desk, book))
    assert (label, header, value) == (STORE, "本期无变化", "是")
    assert message == "本行改了中央资金 本期累计支出，又选了“本期无变化”。请清空“本期无变化”，或改回原值。"


def test_money_of_one_level_from_two_documents_stands_in_rows_of_its_own(desk):
    project, money = desk.line(STORE).project, Decimal(90_000)
    other = Batch.objects.create(
        level="central", task=project.task, fund_year=2026, region=desk.world.prefecture, document_no="黑财指（农）〔2026〕9号", amount_yuan=money,
        allocated_yuan=money, issued_on=date(2026, 1, 20),
    )  # fmt: skip
    share = CountyAllocation.objects.create(batch=other, unit=desk.world.huma, amount_yuan=money, allocated_yuan=money, issued_on=date(2026, 1, 20))
    Allocation.objects.create(county_allocation=share, project=project, amount_yuan=money, decided_on=date(2026, 2, 10))
    filling.sync_lines(report=desk.report, by=desk.world.huma_clerk)
    book = take(desk)
    central = desk.line(STORE).cells.filter(allocation__county_allocation__batch__level="central").order_by("allocation_id")
    first, second = (f"　其中：{cell.allocation.county_allocation.batch.document_no}" for cell in central)
    assert book.cell(STORE, "paid:central").protection.locked
    book.type(first, paid=4)
    book.type(second, paid=5)
    assert "写入 2 格" in written(desk, book)
    assert sorted(desk.line(STORE).cells.exclude(paid_to_date_yuan=None).values_list("paid_to_date_yuan", flat=True)) == [40_000, 50_000]


@pytest.fixture
def issue(desk):
    issue = ledger.raise_issue(unit=desk.world.huma, project=desk.line(STORE).project, title="用地未批", origin="inspection", by=desk.world.huma_clerk)
    desk.report.issue_notes.create(issue=issue)
    return issue


def test_the_week_s_word_on_an_open_issue_stands_on_a_sheet_of_its_own(desk, issue):
    book = take(desk)
    sheet = book.book["问题整改进展"]
    at = sheet.cell(book.row("用地未批", sheet), book.column("note", sheet))
    assert [sheet.cell(at.row, column).value for column in (2, 3)] == [issue.code, "用地未批"]
    at.value = "材料已报"
    [change] = seen(desk, book).context["changes"]
    assert (change["label"], change["before"], change["after"]) == ("用地未批", "空", "材料已报")
    assert "写入 1 格" in written(desk, book)
    assert desk.report.issue_notes.get().text == "材料已报"

    second = take(desk)
    sheet = second.book["问题整改进展"]
    filling.note_issue(report=desk.report, issue_id=issue.pk, text="网页改的", by=desk.world.huma_clerk)
    sheet.cell(at.row, at.column).value = "表里改的"
    [conflict] = seen(desk, second).context["conflicts"]
    assert (conflict["before"], conflict["after"]) == ("网页改的", "表里改的")
    written(desk, second, **{f"choice-{conflict['name']}": "mine", f"seen-{conflict['name']}": conflict["seen"]})
    assert desk.report.issue_notes.get().text == "表里改的"


def test_a_sentence_changed_in_its_spaces_only_is_no_conflict_and_can_be_written_over(desk, issue):
    filling.note_issue(report=desk.report, issue_id=issue.pk, text="报材料 \n待批", by=desk.world.huma_clerk)
    book = take(desk)
    sheet = book.book["问题整改进展"]
    sheet.cell(book.row("用地未批", sheet), book.column("note", sheet)).value = "已批"
    filling.note_issue(report=desk.report, issue_id=issue.pk, text="报材料\n待批", by=desk.world.huma_clerk)
    assert "写入 1 格" in written(desk, book)
    assert desk.report.issue_notes.get().text == "已批"


# -- as people really write -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("typed", "yuan"), [
    ("12.5万元", "125000.00"), ("１２．５", "125000.00"), ("1,234.50", "12345000.00"), ("125000元", "125000.00"), ("0.00125亿元", "125000.00"),
    ("12.5 万", "125000.00"), (0, "0.00"), (12.345678, "123456.78"), (0.1 + 0.2, "3000.00"),
])  # fmt: skip
def test_amounts_are_read_as_they_are_written(desk, typed, yuan):
    book = take(desk)
    book.type(STORE, paid=typed)
    written(desk, book)
    assert paid(desk) == Decimal(yuan)


@pytest.mark.parametrize(("key", "typed", "words"), [
    ("paid", "约12.5", "不是数字"), ("paid", "约123万", "“约123万”不是数字"), ("paid", "12.3456789", "6 位小数"), ("paid", -3, "不能为负数"), ("paid", "12;5", "不是数字"), ("paid", 10**9, "数字过大"),
    ("paid", MAY_8, "须填数字"), ("paid", "0.001元", "分以下"), ("paid", "#REF!", "之类的错误"),
    ("physical_ratio", 145, "0 到 100"), ("physical_ratio", "六成", "百分数"), ("physical_ratio", 0.6, "0.6% 还是 60%"),
    ("started_on", "五月", "不是日期"), ("started_on", "2026-13-01", "不是日期"), ("started_on", 3.5, "年份不对"),
    ("step", "正在干", "列表中没有“正在干”"), ("holder", "漠河市自然资源局", "列表中没有"), ("no_change", "也许", "是”或“否"),
    ("problem", "甲" * 501, "500 字"), ("problem", "联系人 13945678901", "手机号码"),
])  # fmt: skip
def test_what_cannot_be_read_is_told_with_cell_value_reason_and_repair(desk, key, typed, words):
    book = take(desk)
    book.type(STORE, **{key: typed})
    book.type(MACHINES, no_change="是")
    page = seen(desk, book)
    [(cell, label, _, value, message)] = errors(page)
    assert (cell, label) == (book.cell(STORE, "paid:central" if key == "paid" else key).coordinate, STORE)
    assert words in message, message
    assert str(value)
    assert "还有须改正的格" in written(desk, book)
    assert not desk.line(MACHINES).no_change, "all or nothing"


@pytest.mark.parametrize("typed", ["2026.5.8", "2026年5月8日", "2026/5/8", "20260508", "２０２６-５-８", MAY_8, 46150])
def test_days_are_read_as_they_are_written(desk, typed):
    book = take(desk)
    book.type(STORE, started_on=typed)
    written(desk, book)
    assert desk.line(STORE).started_on == date(2026, 5, 8)


def test_a_cell_shown_as_a_percentage_is_one(desk):
    book = take(desk)
    book.type(STORE, physical_ratio=1)
    book.cell(STORE, "physical_ratio").number_format = "0%"
    written(desk, book)
    assert desk.line(STORE).physical_ratio == 1


def test_a_formula_counts_with_its_value_and_not_without(desk):
    book = take(desk)
    book.type(STORE, paid="=10+2.5")
    [(_, _, _, _, message)] = errors(seen(desk, book))
    assert message == "公式没有算出结果，或结果是 #REF! 之类的错误。请在 WPS 或 Excel 中打开并保存一次，或改填数值。"


def test_every_error_is_told_at_once_in_the_order_of_the_sheet(desk):
    book = take(desk)
    book.type(VILLAGE, paid="x", physical_ratio=200)
    book.type(STORE, started_on="x", problem="甲" * 501, paid="y")
    found = errors(seen(desk, book))
    assert [(label, header) for _, label, header, _, _ in found] == [
        (STORE, "开工"), (STORE, "中央资金 本期累计支出"), (STORE, "存在问题"), (VILLAGE, "形象进度 本期"), (VILLAGE, "中央资金 本期累计支出"),
    ]  # fmt: skip


def test_what_a_row_is_not_asked_for_must_stay_empty(desk):
    book = take(desk)
    book.type(MACHINES, physical_ratio=50)
    book.cell(MACHINES, "paid:provincial").value = 3
    assert [(label, header, message[:7]) for _, label, header, _, message in errors(seen(desk, book))] == [
        (MACHINES, "形象进度 本期", "这一格不用填："), (MACHINES, "省级资金 本期累计支出", "这一格不用填："),
    ]  # fmt: skip


@pytest.mark.skipif(not shutil.which("soffice"), reason="no LibreOffice")
def test_a_workbook_saved_by_another_office_program_is_read_the_same(desk, tmp_path):
    desk.fill(paid="18.25", physical_ratio="45.5", started_on="2026-05-08", problem="一行\n二行", measures="=措施")
    book = take(desk)
    book.type(STORE, paid="=20+2.5", measures="催货")
    (tmp_path / "a.xlsx").write_bytes(book.bytes())
    command = ["soffice", f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to", "xlsx", "--outdir", tmp_path / "out"]
    subprocess.run([*command, tmp_path / "a.xlsx"], check=True, capture_output=True, timeout=120)
    page = seen(desk, (tmp_path / "out" / "a.xlsx").read_bytes())
    assert [(c["header"], c["before"], c["after"]) for c in page.context["changes"]] == [
        ("中央资金 本期累计支出", "18.25 万元", "22.50 万元"), ("下步措施", "=措施", "催货"),
    ]  # fmt: skip
    assert page.context["errors"] == []


def test_a_number_over_the_computed_difference_is_not_lost_without_a_word(desk):
    book = take(desk)
    book.cell(STORE, "delta:central").value = 12.5
    [(_, label, header, _, message)] = errors(seen(desk, book))
    assert (label, header) == (STORE, "中央资金 本期支出")
    assert "请改“本期累计支出”" in message


# -- rows and columns that moved --------------------------------------------------------------------------------------


def test_rows_may_be_sorted_and_columns_moved(desk):
    book = take(desk)
    sheet, first, last = book.sheet, book.row(STORE), book.row(VILLAGE)
    for column in range(1, sheet.max_column + 1):
        one, other = sheet.cell(first, column), sheet.cell(last, column)
        one.value, other.value = other.value, one.value
    problem, measures = book.column("problem"), book.column("measures")
    for row in range(3, sheet.max_row + 1):
        one, other = sheet.cell(row, problem), sheet.cell(row, measures)
        if not isinstance(one, openpyxl.cell.MergedCell) and not isinstance(other, openpyxl.cell.MergedCell):
            one.value, other.value = other.value, one.value
    book.type(STORE, paid=7, problem="缺料", measures="催货")
    assert "写入 3 格" in written(desk, book)
    assert (paid(desk), paid(desk, VILLAGE)) == (70_000, None)
    assert (desk.line(STORE).problem, desk.line(STORE).measures) == ("缺料", "催货")


def test_rows_and_columns_that_were_deleted_stay_as_they_are_and_are_named(desk):
    book = take(desk)
    book.type(STORE, paid=7)
    book.sheet.delete_cols(book.column("coordination_with"))
    book.sheet.delete_rows(book.row(MACHINES))
    page = seen(desk, book)
    assert page.context["notes"] == ["表中少了 1 行，这些行保持不变：农机采购。", "表中少了 1 列，这些列保持不变。"]
    assert "写入 1 格" in written(desk, book)


def test_an_added_row_is_refused(desk):
    book = take(desk)
    at = book.sheet.max_row + 1
    book.sheet.cell(at, book.column("name"), "新项目")
    book.sheet.cell(at, book.column("paid:central"), 5)
    [(_, label, _, _, message)] = errors(seen(desk, book))
    assert label == "新项目"
    assert message.startswith("这一行不在下载的表中")


def test_merged_cells_are_refused(desk):
    desk.fill(problem="缺料", measures="催货")
    book = take(desk)
    at = book.cell(STORE, "problem")
    book.sheet.merge_cells(start_row=at.row, end_row=at.row + 1, start_column=at.column, end_column=at.column)
    assert [(cell, message) for cell, *_, message in errors(seen(desk, book))] == [
        (at.coordinate, "这里合并了单元格，分不清各行的值。请取消合并，每格填完整。"),
    ]  # fmt: skip


def test_a_copied_row_is_refused(desk):
    book = take(desk)
    at = book.sheet.max_row + 1
    for column in range(1, book.sheet.max_column + 1):
        book.sheet.cell(at, column, book.sheet.cell(book.row(STORE), column).value)
    [(_, label, _, _, message)] = errors(seen(desk, book))
    assert (label, message) == (STORE, f"与第 {book.row(STORE)} 行是同一个项目，只能有一行。请删去多出的一行。")


def test_a_sort_that_left_the_hidden_column_behind_is_seen(desk):
    book = take(desk)
    first, last = book.row(STORE), book.row(VILLAGE)
    for column in range(2, book.sheet.max_column + 1):
        one, other = book.sheet.cell(first, column), book.sheet.cell(last, column)
        one.value, other.value = other.value, one.value
    found = errors(seen(desk, book))
    assert len(found) == 2
    assert all("排序时没有带上隐藏的 A 列" in message for *_, message in found)


def test_a_project_that_came_later_is_named(desk):
    book = take(desk)
    desk.world.project(desk.world.huma, "晒场", amounts={"central": 10_000})
    filling.sync_lines(report=desk.report, by=desk.world.huma_clerk)
    book.type(STORE, paid=7)
    assert seen(desk, book).context["notes"] == ["下载之后新列入 1 个项目，不在表中：晒场。请在填报页填写，或重新下载。"]


# -- whose workbook ---------------------------------------------------------------------------------------------------


def refused(response):
    assert response.status_code == 422
    assert not Upload.objects.exists(), "nothing is kept"
    return " ".join(response.context["form"].non_field_errors())


def test_a_workbook_of_another_county_or_another_week_is_refused_by_name(desk):
    other = take(desk, "mohe_clerk", "mohe")
    words = refused(bring(desk, other))
    assert words.startswith("这是“漠河市 2026年第47期（11月13日—11月19日）”的填报表，这里是“呼玛县 2026年第47期")


def test_an_older_form_of_the_workbook_is_refused(desk):
    book = take(desk)
    info = book.book["_表信息"]
    next(row for row in info.iter_rows() if row[0].value == "version")[1].value = 0
    assert "旧格式（第 0 版，现为第 1 版）" in refused(bring(desk, book))


@pytest.mark.parametrize(("name", "content", "words"), [
    ("表.xlsx", b"", "空的"), ("表.xls", OLD_FORM, "另存为"), ("表.et", OLD_FORM, "另存为"),
    ("表.csv", "项目,金额".encode(), "不是 Excel 工作簿"), ("表.xlsx", b"PK\x03\x04broken", "损坏"),
])  # fmt: skip
def test_a_file_that_is_no_workbook_is_refused_with_what_to_do(desk, name, content, words):
    assert words in refused(bring(desk, content, name=name))


def test_a_workbook_blown_up_beyond_what_it_can_hold_is_refused_unopened(desk):
    content = BytesIO(take(desk).bytes())
    with zipfile.ZipFile(content, "a", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("xl/sharedStrings2.xml", bytes(41 << 20))
    assert "展开后过大" in refused(bring(desk, content.getvalue()))


def test_somebody_else_s_table_is_refused(desk):
    book = openpyxl.Workbook()
    book.active.append(["项目", "金额"])
    target = BytesIO()
    book.save(target)
    assert "不是从填报页下载的填报表" in refused(bring(desk, target.getvalue()))


def forged(book, places, key="line:1"):
    """A place that no workbook of ours names."""
    book.book["_原值"]["A1"], book.book["_原值"]["B1"] = key, places


@pytest.mark.parametrize(("spoil", "words"), [
    (lambda book: book.book.remove(book.book["_原值"]), "原值页被删去"), (lambda book: book.sheet.delete_rows(3), "标识行"),
    (lambda book: book.book.copy_worksheet(book.sheet), "同一张表的两份"), (lambda book: setattr(book.book["_原值"]["B1"], "value", "{"), "被改动"),
    (lambda book: forged(book, '{"paid:central": ["pk", null]}'), "被改动"), (lambda book: forged(book, '{"paid:central": ["note", ""]}'), "被改动"),
    (lambda book: forged(book, '{"paid:central": ["cell:' + "9" * 5_000 + '", null]}'), "被改动"), (lambda book: forged(book, "[" * 30_000), "被改动"),
    (lambda book: forged(book, '{"note": ["problem", ""]}', "issue:1"), "被改动"),
])  # fmt: skip
def test_without_the_hidden_parts_nothing_is_guessed(desk, spoil, words):
    book = take(desk)
    book.type(STORE, paid=1)
    spoil(book)
    assert words in refused(bring(desk, book))


def test_the_workbook_of_a_report_that_was_handed_in_is_refused(desk):
    book = take(desk)
    book.type(STORE, paid=1)
    desk.fill()
    preview = bring(desk, book)["Location"]
    signing.hand_in(report=desk.report, by=desk.world.huma_clerk)
    client = desk.client("huma_clerk")
    assert "待审签" in client.get(preview, follow=True).content.decode()
    client.post(preview)
    assert paid(desk) is None
    assert "待审签”，内容不能再改" in " ".join(bring(desk, book).context["form"].non_field_errors())


def test_the_workbook_of_a_locked_report_is_refused(desk):
    book = take(desk)
    with periods.clock(desk.world.at(29)):
        assert "锁定" in refused(bring(desk, book))


def test_a_department_cannot_bring_in_rows_of_others(desk):
    filling.deal_out(report=desk.report, task=desk.world.tasks["ethnic"], organisation=desk.world.huma_ethnic_bureau, by=desk.world.huma_clerk)
    book = take(desk, "huma_clerk")
    book.type(VILLAGE, paid=5)
    book.type(STORE, paid=6)
    [(_, label, _, _, message)] = errors(seen(desk, book, "huma_ethnic"))
    assert (label, message[:14]) == (STORE, "这一行已不在本期报告中，或不")
    finance = take(desk, "huma_finance")
    finance.type(STORE, paid=6)
    assert errors(seen(desk, finance, "huma_finance"))[0][4] == "这一行分给了其他部门填报。"


def test_the_department_s_own_rows_go_in(desk):
    filling.deal_out(report=desk.report, task=desk.world.tasks["ethnic"], organisation=desk.world.huma_ethnic_bureau, by=desk.world.huma_clerk)
    book = take(desk, "huma_ethnic")
    book.type(VILLAGE, paid=5)
    assert "写入 1 格" in written(desk, book, "huma_ethnic")
    assert desk.line(VILLAGE).updated_by == desk.world.huma_ethnic


# -- two people -------------------------------------------------------------------------------------------------------


def typed_in_the_browser(desk, place, text):
    desk.post("huma_clerk", "cells", {"edits": [{"line": desk.line(STORE).pk, "place": place, "text": text, "base": "any"}]})


def test_what_somebody_else_changed_meanwhile_stays_unless_the_workbook_changed_it_too(desk):
    book = take(desk)
    typed_in_the_browser(desk, "problem", "网页填的")
    typed_in_the_browser(desk, "measures", "网页措施")
    book.type(STORE, paid=7)
    written(desk, book)
    assert (desk.line(STORE).problem, paid(desk)) == ("网页填的", 70_000)


def test_a_cell_changed_on_both_sides_is_chosen_field_by_field(desk):
    book = take(desk)
    typed_in_the_browser(desk, "physical_ratio", "40")
    typed_in_the_browser(desk, desk.cell(STORE), "9")
    book.type(STORE, physical_ratio=45, paid=8, started_on="2026-05-08")
    page = seen(desk, book)
    ratio, money = page.context["conflicts"]
    assert [(c["header"], c["before"], c["after"]) for c in (ratio, money)] == [
        ("形象进度 本期", "40.0%", "45.0%"), ("中央资金 本期累计支出", "9.00 万元", "8.00 万元"),
    ]  # fmt: skip
    assert str(desk.world.huma_clerk) in ratio["message"]
    assert "还有两处修改不一致的格没有选择" in written(desk, book)
    assert desk.line(STORE).started_on is None, "nothing is written until all is chosen"

    choices = {f"seen-{row['name']}": row["seen"] for row in (ratio, money)}
    choices |= {f"choice-{ratio['name']}": "mine", f"choice-{money['name']}": "theirs"}
    assert "写入 2 格" in written(desk, book, **choices)
    assert (desk.line(STORE).physical_ratio, paid(desk), str(desk.line(STORE).started_on)) == (Decimal("0.45"), 90_000, "2026-05-08")


def test_a_choice_made_before_yet_another_change_is_asked_again(desk):
    book = take(desk)
    typed_in_the_browser(desk, "physical_ratio", "40")
    book.type(STORE, physical_ratio=45)
    [ratio] = seen(desk, book).context["conflicts"]
    typed_in_the_browser(desk, "physical_ratio", "42")
    words = written(desk, book, **{f"choice-{ratio['name']}": "mine", f"seen-{ratio['name']}": ratio["seen"]})
    assert words.startswith("核对之后又有人改了其中的格")
    assert desk.line(STORE).physical_ratio == Decimal("0.42")


def test_the_same_value_on_both_sides_is_no_change(desk):
    book = take(desk)
    typed_in_the_browser(desk, "physical_ratio", "45")
    book.type(STORE, physical_ratio=45)
    assert seen(desk, book).context["changes"] == seen(desk, book).context["conflicts"] == []


# -- the workbook given back ------------------------------------------------------------------------------------------


def test_the_faults_come_back_as_comments_in_the_same_workbook(desk):
    book = take(desk)
    book.type(STORE, paid="x", physical_ratio=200)
    book.type(VILLAGE, problem="留着")
    preview = bring(desk, book)["Location"]
    response = desk.client("huma_clerk").get(f"{preview}marked.xlsx")
    marked = type(book)(response.content)
    bad = marked.cell(STORE, "paid:central")
    assert (bad.value, bad.fill.fgColor.rgb, bad.comment.author) == ("x", "00F8C9C4", "系统检查")
    assert "不是数字" in bad.comment.text
    assert marked.cell(VILLAGE, "problem").value == "留着"
    assert [sheet.title for sheet in marked.book.worksheets if sheet.sheet_view.tabSelected] == ["需改正"]
    listed = [[cell.value for cell in row] for row in marked.book["需改正"].iter_rows()]
    assert listed[1][:5] == ["填报表", marked.cell(STORE, "physical_ratio").coordinate, STORE, "形象进度 本期", "200"]

    marked.type(STORE, paid=5)
    again = bring(desk, marked)["Location"]
    twice = type(book)(desk.client("huma_clerk").get(f"{again}marked.xlsx").content)
    assert twice.cell(STORE, "paid:central").comment is None, "what is mended stands clean again"
    twice.type(STORE, physical_ratio=20)
    assert "写入 3 格" in written(desk, twice)


def test_faults_in_merged_cells_stand_in_their_first_cell(desk):
    book = take(desk)
    at, first = book.column("code"), min(book.row(name) for name in (STORE, MACHINES, VILLAGE))
    book.sheet.merge_cells(start_row=first, end_row=first + 2, start_column=at, end_column=at)
    preview = bring(desk, book)["Location"]
    answer = desk.client("huma_clerk").get(f"{preview}marked.xlsx")
    assert answer.status_code == 200
    comment = openpyxl.load_workbook(BytesIO(answer.content))["填报表"].cell(first, at).comment.text
    assert "合并了单元格" in comment and "项目编号被改动" in comment


def test_a_workbook_only_looked_at_can_be_given_up(desk):
    book = take(desk)
    book.type(STORE, paid=1)
    preview = bring(desk, book)["Location"]
    desk.client("huma_clerk").post(f"{preview}drop/")
    assert not Upload.objects.exists()
    assert paid(desk) is None
