"""The weekly report as a workbook and back: what a clerk who lives in Excel sees, types and is told (features 5.5)."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from funds.actions.voucher import record_voucher
from funds.models import Allocation, Batch, CountyAllocation
from issues.actions import ledger
from linkage.models import AuditEvent, Upload
from reports.actions import dealing, filling, opening, sentences, signing
from reports.models import ReportCell
from reports.views.weekly import book as book_page
from tests.reports.book import MACHINES, MAY_8, STORE, VILLAGE, bring, errors, paid, seen, take, written

pytestmark = pytest.mark.django_db


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
    dealing.deal_out(report=desk.report, task=desk.world.tasks["ethnic"], organisation=desk.world.huma_ethnic_bureau, by=desk.world.huma_clerk)
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


def test_the_other_faults_of_such_a_row_are_told_at_the_same_time(desk):
    book = take(desk)
    book.type(STORE, paid="约3", no_change="是")
    told = {(header, value) for _, _, header, value, _ in errors(seen(desk, book))}
    assert told == {("本期无变化", "是"), ("中央资金 本期累计支出", "约3")}


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
    sentences.note_issue(report=desk.report, issue_id=issue.pk, text="网页改的", by=desk.world.huma_clerk)
    sheet.cell(at.row, at.column).value = "表里改的"
    [conflict] = seen(desk, second).context["conflicts"]
    assert (conflict["before"], conflict["after"]) == ("网页改的", "表里改的")
    written(desk, second, **{f"choice-{conflict['name']}": "mine", f"seen-{conflict['name']}": conflict["seen"]})
    assert desk.report.issue_notes.get().text == "表里改的"


def test_a_sentence_changed_in_its_spaces_only_is_no_conflict_and_can_be_written_over(desk, issue):
    sentences.note_issue(report=desk.report, issue_id=issue.pk, text="报材料 \n待批", by=desk.world.huma_clerk)
    book = take(desk)
    sheet = book.book["问题整改进展"]
    sheet.cell(book.row("用地未批", sheet), book.column("note", sheet)).value = "已批"
    sentences.note_issue(report=desk.report, issue_id=issue.pk, text="报材料\n待批", by=desk.world.huma_clerk)
    assert "写入 1 格" in written(desk, book)
    assert desk.report.issue_notes.get().text == "已批"


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
