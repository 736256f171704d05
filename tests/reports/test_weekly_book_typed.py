"""What people type into the weekly workbook, and what they do to its rows and columns."""

import shutil
import subprocess
from datetime import date
from decimal import Decimal

import openpyxl
import pytest

from reports.actions import filling
from tests.reports.book import MACHINES, MAY_8, STORE, VILLAGE, errors, paid, seen, take, written

pytestmark = pytest.mark.django_db


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


def test_a_unit_that_is_not_the_column_s_is_converted_and_shown(desk):
    book = take(desk)
    book.type(STORE, paid="125000元")
    book.cell(STORE, "paid:provincial").value = "3.5万"
    page = seen(desk, book)
    assert [(c["after"], c["message"]) for c in page.context["changes"]] == [("12.50 万元", "“125000元”已折算为 12.50 万元，请核对。"), ("3.50 万元", "")]
    assert "▲ “125000元”已折算为 12.50 万元，请核对。" in page.content.decode()


@pytest.mark.parametrize(("key", "typed", "words"), [
    ("paid", "约12.5", "不是数字"), ("paid", "约123万", "“约123万”不是数字"),
    ("paid", "12.3456789", "6 位小数"), ("paid", -3, "不能为负数"), ("paid", "12;5", "不是数字"), ("paid", 10**9, "数字过大"),
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


@pytest.mark.parametrize("typed", ["2026.5.8", "2026年5月8日", "2026/5/8", "20260508", "２０２６-５-８", "5月8日", "5.8", MAY_8, 46150])
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
