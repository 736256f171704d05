"""Whose workbook it is, which ones are refused, and the workbook given back with its faults."""

import zipfile
from io import BytesIO

import openpyxl
import pytest

from linkage import periods
from linkage.models import Upload
from reports.actions import dealing, signing
from tests.reports.book import MACHINES, STORE, VILLAGE, bring, errors, paid, refused, seen, take, written

pytestmark = pytest.mark.django_db

OLD_FORM = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600


# -- whose workbook ---------------------------------------------------------------------------------------------------


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
    dealing.deal_out(report=desk.report, task=desk.world.tasks["ethnic"], organisation=desk.world.huma_ethnic_bureau, by=desk.world.huma_clerk)
    book = take(desk, "huma_clerk")
    book.type(VILLAGE, paid=5)
    book.type(STORE, paid=6)
    [(_, label, _, _, message)] = errors(seen(desk, book, "huma_ethnic"))
    assert (label, message[:14]) == (STORE, "这一行已不在本期报告中，或不")
    finance = take(desk, "huma_finance")
    finance.type(STORE, paid=6)
    assert errors(seen(desk, finance, "huma_finance"))[0][4] == "这一行分给了其他部门填报。"


def test_the_department_s_own_rows_go_in(desk):
    dealing.deal_out(report=desk.report, task=desk.world.tasks["ethnic"], organisation=desk.world.huma_ethnic_bureau, by=desk.world.huma_clerk)
    book = take(desk, "huma_ethnic")
    book.type(VILLAGE, paid=5)
    assert "写入 1 格" in written(desk, book, "huma_ethnic")
    assert desk.line(VILLAGE).updated_by == desk.world.huma_ethnic


# -- the workbook given back ------------------------------------------------------------------------------------------


def test_the_faults_come_back_as_comments_in_the_same_workbook(desk):
    book = take(desk)
    book.type(STORE, paid="x", physical_ratio=200)
    book.type(VILLAGE, problem="留着")
    book.type(MACHINES, physical_ratio=50)
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
    marked.type(MACHINES, physical_ratio=None)
    again = bring(desk, marked)["Location"]
    twice = type(book)(desk.client("huma_clerk").get(f"{again}marked.xlsx").content)
    assert twice.cell(STORE, "paid:central").comment is None, "what is mended stands clean again"
    assert [twice.cell(name, key).fill.fill_type for name, key in ((STORE, "paid:central"), (MACHINES, "physical_ratio"))] == ["solid", None]
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
