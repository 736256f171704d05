"""Sheets as an office prints them, and simple templates read back."""

import re
import shutil
import subprocess
import zipfile
from datetime import date
from decimal import Decimal
from io import BytesIO
from types import SimpleNamespace

import openpyxl
import pytest
from xlsxwriter.worksheet import Worksheet

from linkage import excel, periods
from linkage.excel import Column, Field, Marked, Sheet, Template, Unreadable
from linkage.excel.list_sheet import ListSheet
from linkage.excel.sheet import sheet_names
from linkage.excel.templates import FIRST_ROW, HEADER_ROW

COLUMNS = [
    Column("name", "项目名称", width=24),
    Column("central_yuan", "中央", "wan", total=True, group="衔接资金"),
    Column("province_yuan", "省级", "wan", total=True, group="衔接资金"),
    Column("paid_yuan", "累计支出", "yuan", total=True),
    Column("rate", "支出进度", "percent"),
    Column("on", "开工日期", "date"),
]
ROWS = [
    {"name": "=1+1", "central_yuan": Decimal("1825000.00"), "province_yuan": Decimal("0.10"), "paid_yuan": Decimal("912500.01"),
     "rate": Decimal("0.5"), "on": date(2026, 5, 1)},
    {"name": "@SUM(A1)", "central_yuan": Decimal("640000.00"), "province_yuan": Decimal("0.20"), "paid_yuan": None,
     "rate": None, "on": None},
]  # fmt: skip


def opened(*sheets: Sheet) -> openpyxl.Workbook:
    return openpyxl.load_workbook(BytesIO(excel.to_bytes(list(sheets))))


def sheet(**values) -> Sheet:
    return Sheet(**{"title": "周调度汇总表", "columns": COLUMNS, "rows": ROWS} | values)


# -- writing ----------------------------------------------------------------------------------------------------------


def test_a_dressed_sheet_from_title_to_totals():
    ws = opened(
        sheet(unit_line="单位：万元", as_of=periods.moment(date(2026, 11, 19), 24), basis="周报口径", footnotes=["注：一"])
    ).active
    assert ws["A1"].value == "周调度汇总表"
    assert ws["A2"].value == "截至 2026年11月19日 24:00　口径：周报口径"
    assert [ws.cell(3, n).value for n in range(1, 7)] == ["项目名称", "衔接资金", None, "累计支出", "支出进度", "开工日期"]
    assert [ws.cell(4, n).value for n in range(1, 4)] == [None, "中央", "省级"]
    assert ws["B5"].value == 182.5
    assert ws["F5"].value.date() == date(2026, 5, 1)
    assert [ws.cell(7, n).value for n in range(1, 5)] == ["合计", 246.5, 0.00003, 912500.01]
    assert ws["A8"].value == "注：一"


def test_the_unit_stands_at_the_right():
    ws = opened(sheet(unit_line="单位：万元", as_of="2026年第47期")).active
    words = [cell.value for cell in ws[2] if cell.value]
    assert words == ["截至 2026年第47期", "单位：万元"]
    assert max(cell.column for cell in ws[2] if cell.value == "单位：万元") >= 5


def test_it_prints_on_landscape_a4_with_repeated_header_and_page_numbers():
    ws = opened(sheet(unit_line="单位：万元", frozen_columns=1)).active
    assert ws.page_setup.orientation == "landscape"
    assert ws.page_setup.paperSize == 9
    assert ws.sheet_properties.pageSetUpPr.fitToPage
    assert (ws.page_setup.fitToWidth or 1, ws.page_setup.fitToHeight) == (1, 0)
    assert ws.print_title_rows == "$3:$4"
    assert "第 &P 页 共 &N 页" in ws.oddFooter.center.text
    assert ws.freeze_panes == "B5"
    assert {str(r) for r in ws.merged_cells.ranges} >= {"A1:F1", "B3:C3", "A3:A4"}


def test_a_table_too_wide_for_a4_prints_on_a3_its_first_columns_on_every_page():
    many = [Column("no", "序号", "int", 6), *(Column(f"c{n}", f"第{n}栏", width=20) for n in range(11))]
    ws = opened(sheet(columns=many, rows=[{"no": 1}], frozen_columns=2)).active
    assert ws.page_setup.paperSize == 8
    assert ws.print_title_cols == "$A:$B"


def test_numbers_of_rows_and_short_words_stand_centred_and_every_row_has_its_height():
    columns = [Column("no", "序号", "int", 6), Column("unit", "单位", width=10), Column("name", "项目名称", width=20)]
    rows = [{"no": 1, "unit": "呼玛县", "name": "冷链仓储"}, {"no": 2, "unit": "塔河县", "name": "名称很长须占两行的高标准农田建设项目"}]
    ws = opened(sheet(columns=columns, rows=rows)).active
    assert [ws.cell(3, n).alignment.horizontal for n in (1, 2, 3)] == ["center", "center", "left"]
    assert (ws.row_dimensions[3].height, ws.row_dimensions[4].height) == (18, 32.25)  # Excel keeps quarters of a point


def test_numbers_are_numbers_with_formats():
    ws = opened(sheet()).active
    assert (ws["B4"].data_type, ws["B4"].number_format) == ("n", "#,##0.00")
    assert (ws["D4"].value, ws["D4"].number_format) == (912500.01, "#,##0.00")
    assert (ws["E4"].value, ws["E4"].number_format) == (0.5, "0.0%")
    assert ws["F4"].number_format == "yyyy-mm-dd"


@pytest.mark.parametrize("text", ["=1+1", "@SUM(A1)", "+1", "-1+2", "\t=1", "=HYPERLINK(\"http://x\")", "http://a.example", "00012", "1e5"])
def test_text_stays_text_whatever_it_looks_like(text):
    data = excel.to_bytes([sheet(rows=[{"name": text}], title=text, footnotes=[text])])
    ws = openpyxl.load_workbook(BytesIO(data)).active
    assert (ws["A4"].value, ws["A4"].data_type) == (text.replace("\t", "\t"), "s")
    xml = zipfile.ZipFile(BytesIO(data)).read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in xml
    assert "hyperlink" not in xml


def test_dangerous_text_is_marked_so_that_editing_keeps_it_text():
    ws = opened(sheet()).active
    assert ws["A4"].quotePrefix
    assert not opened(sheet(rows=[{"name": "冷链库"}])).active["A4"].quotePrefix


def test_control_characters_and_overlong_text_are_cut():
    ws = opened(sheet(rows=[{"name": "a\x00b\x0bc\ud800d"}, {"name": "长" * 40_000}])).active
    assert ws["A4"].value == "abcd"
    assert len(ws["A5"].value) == 32_767


def test_marked_rows_are_not_summed():
    rows = [Marked({"name": "一、农业农村"}, "group"), *ROWS, Marked({"name": "小计", "central_yuan": Decimal("2465000.00")})]
    ws = opened(sheet(rows=rows)).active
    assert ws["A4"].value == "一、农业农村"
    assert ws["B7"].value == 246.5
    assert ws["B8"].value == 246.5


def test_the_last_row_takes_rates_computed_from_the_sums():
    def rate(sums):
        return {"rate": sums["paid_yuan"] / sums["central_yuan"]}

    ws = opened(sheet(totals=rate, rows=[{"name": "甲", "central_yuan": Decimal(400), "paid_yuan": Decimal(100)}])).active
    assert ws["E5"].value == 0.25


def test_sums_are_exact_where_floats_would_not_be():
    rows = [{"name": str(n), "paid_yuan": Decimal("0.10")} for n in range(30)]
    assert opened(sheet(rows=rows)).active["D34"].value == 3.0


def test_tab_names_are_made_acceptable_and_unique():
    sheets = [Sheet(title, COLUMNS) for title in ("汇总[2026]:第47期/甲", "汇总 2026 :", "", "history", "长" * 40, "长" * 40)]
    names = sheet_names(sheets)
    assert len({name.lower() for name in names}) == 6
    assert all(0 < len(name) <= 31 and not re.search(r"[\[\]:*?/\\]", name) for name in names)
    assert "history" not in names


def test_large_sheets_are_written_row_by_row_and_tell_how_far():
    told, target = [], BytesIO()
    rows = (SimpleNamespace(**ROWS[0]) for _ in range(5_000))
    assert excel.write(target, [sheet(rows=rows)], constant_memory=True, on_rows=told.append) == 5_000
    assert told == [2_000, 4_000]
    ws = openpyxl.load_workbook(target).active
    assert ws["B5004"].value == pytest.approx(912_500.0)
    assert {str(r) for r in ws.merged_cells.ranges} >= {"A1:F1", "A2:A3", "B2:C2"}


ODD_TEXTS = (
    "王家屯 & 李家屯", "a<b>c", '加"引号"', " 前有空格", "后有空格 ", "两\n行", "\t制表", "_x0041_", "<r>像富文本</r>", "-1", "𠮷野",
    "'单引号", "", "\ufffe", "项目_一",
)  # fmt: skip


def test_a_large_sheet_is_byte_for_byte_what_xlsxwriter_writes(monkeypatch):
    columns = [*COLUMNS, Column("seen_at", "时间", "datetime")]
    rows = [{**ROWS[0], "name": text, "seen_at": periods.moment(date(2026, 11, 19), 9)} for text in ODD_TEXTS]
    rows += [{**ROWS[1], "central_yuan": Decimal(amount), "rate": Decimal("0.333333")} for amount in ("0", "-3", "1234567890123.45", "0.01")]

    def part() -> str:
        target = BytesIO()
        excel.write(target, [sheet(columns=columns, rows=[*rows, Marked({"name": "小计 & 合计"})])], constant_memory=True)
        return zipfile.ZipFile(target).read("xl/worksheets/sheet1.xml").decode()

    ours = part()
    monkeypatch.setattr("linkage.excel.writing.ListSheet", Worksheet)
    assert ours == part()
    assert ours.count(" ht=") == ours.count("<row ")  # the heights of rows that were forgotten are written all the same
    assert "王家屯 &amp; 李家屯" in ours


def test_rows_that_are_written_are_not_kept():
    kept = []

    class Watched(ListSheet):
        def _write_single_row(self, current_row_num=0):
            kept.append(len(self.row_info) + len(self.row_sizes) + len(self.table))
            super()._write_single_row(current_row_num)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("linkage.excel.writing.ListSheet", Watched)
        excel.write(BytesIO(), [sheet(rows=ROWS * 500)], constant_memory=True)
    assert len(kept) > 1_000
    assert max(kept) <= 20  # title, heading, totals and the two rows at hand


@pytest.mark.skipif(not shutil.which("soffice"), reason="no LibreOffice: sudo apt-get install libreoffice-calc")
def test_libreoffice_opens_sheet_and_template_without_complaint(tmp_path):
    (tmp_path / "out.xlsx").write_bytes(excel.to_bytes([sheet(unit_line="单位：万元"), sheet(name="第二张")]))
    (tmp_path / "template.xlsx").write_bytes(excel.build_template(TEMPLATE))
    profile, wanted = f"-env:UserInstallation=file://{tmp_path}/profile", "csv:Text - txt - csv (StarCalc):44,34,76"
    command = ["soffice", profile, "--headless", "--convert-to", wanted, "--outdir", str(tmp_path)]
    files = [str(tmp_path / "out.xlsx"), str(tmp_path / "template.xlsx")]
    subprocess.run([*command, *files], check=True, timeout=120, capture_output=True)
    text = (tmp_path / "out.csv").read_text("utf-8")
    assert "=1+1" in text
    assert "合计,246.50" in text
    assert "* 项目名称" in (tmp_path / "template.csv").read_text("utf-8")


# -- templates and reading --------------------------------------------------------------------------------------------

TEMPLATE = Template(
    "projects", 2, "项目导入模板",
    (
        Field("name", "项目名称", required=True, max_length=10),
        Field("county", "县区", "choice", True, choices=("呼玛县", "塔河县")),
        Field("amount_yuan", "计划投资", "wan"),
        Field("on", "开工日期", "date"),
        Field("code", "文号"),
        Field("is_direct", "是否到户", "bool"),
        Field("ratio", "形象进度", "percent"),
        Field("households", "户数", "int"),
    ),
)  # fmt: skip
FILLED = {
    "name": "=1+1", "county": "呼玛县", "amount_yuan": Decimal("1825000.01"), "on": date(2026, 5, 1), "code": "007",
    "is_direct": True, "ratio": Decimal("0.7500"), "households": 12,
}  # fmt: skip


def filled(*rows: list, template: Template = TEMPLATE, change=None) -> BytesIO:
    """The template with these rows typed below the header; `change(workbook)` may spoil it."""
    book = openpyxl.load_workbook(BytesIO(excel.build_template(template)))
    for offset, row in enumerate(rows):
        for column, value in enumerate(row, 1):
            cell = book.worksheets[0].cell(FIRST_ROW + offset, column)
            cell.value = value
            if isinstance(value, str):
                cell.data_type = "s"
    if change:
        change(book)
    target = BytesIO()
    book.save(target)
    target.seek(0)
    return target


def read(file: BytesIO, template: Template = TEMPLATE) -> excel.Table:
    return excel.read_table(file, template, max_rows=100)


def test_what_a_template_holds_is_read_back_the_same():
    file = BytesIO(excel.build_template(TEMPLATE, [FILLED]))
    excel.check_workbook(file, "项目.xlsx", max_bytes=1_000_000, max_rows=100)
    table = read(file)
    assert [row.values for row in table.rows] == [FILLED]
    assert table.notes == ()


def test_cells_as_people_type_them():
    table = read(filled(
        ["晒场", "塔河县", "1,234.5", "2026年5月1日", 2026, "√", "75%", 12.0],
        [" 晒场二\u3000", "呼玛县", 0.1, "2026.5.1", None, None, 80, None],
        [None, "", "  ", None, None, None, None, None],
        ["晒场三", "呼玛县", "１８．２５", 20260501, "a", "否", None, "１２"],
    ))  # fmt: skip
    first, second, third = table.rows
    assert first.values["amount_yuan"] == Decimal("12345000.00")
    assert (first.values["on"], first.values["code"], first.values["is_direct"]) == (date(2026, 5, 1), "2026", True)
    assert (first.values["ratio"], first.values["households"]) == (Decimal("0.7500"), 12)
    assert (second.values["name"], second.values["amount_yuan"], second.values["is_direct"]) == ("晒场二", Decimal("1000.00"), None)
    assert (third.number, third.values["amount_yuan"], third.values["on"], third.values["households"]) == (
        FIRST_ROW + 3, Decimal("182500.00"), date(2026, 5, 1), 12,
    )  # fmt: skip


def test_a_formula_that_went_wrong_is_no_blank_cell():
    def spoil(book):
        cell = book.worksheets[0].cell(FIRST_ROW, 4)
        cell.value, cell.data_type = "#VALUE!", "e"

    [row] = read(filled(["晒场", "塔河县", 12, None, "a"], change=spoil)).rows
    assert {problem.cell: problem.message for problem in row.problems} == {"D4": "单元格是公式错误 #VALUE!，请改填数值。"}


def test_every_wrong_cell_is_named_with_its_repair():
    table = read(filled([None, "漠河市", "248万元", "去年", "x", "大概", "快了", 1.5], ["名" * 11, "呼玛县", "#REF!", None]))
    found = {problem.cell: problem.message for problem in table.rows[0].problems}
    assert set(found) == {"A4", "B4", "C4", "D4", "F4", "G4", "H4"}
    assert found["A4"] == "必填，请填写。"
    assert found["B4"] == "“漠河市”不在可选项中，请从下拉中选：呼玛县、塔河县。"
    assert "单位" in found["C4"]
    assert found["D4"] == "“去年”不是日期，请写成 2026-11-19 的样子。"
    assert found["H4"] == "“1.5”不是整数，请填整数。"
    second = {problem.cell: problem.message for problem in table.rows[1].problems}
    assert second == {"A5": "共 11 字，最多 10 字，请精简。", "C5": "单元格是公式错误 #REF!，请改填数值。"}


def test_a_float_from_a_formula_is_the_amount_that_was_meant():
    row = read(filled(["晒场", "呼玛县", 0.1 + 0.2])).rows[0]
    assert row.values["amount_yuan"] == Decimal("3000.00")


def test_seven_decimals_are_refused_not_rounded():
    row = read(filled(["晒场", "呼玛县", "1.2345678"])).rows[0]
    assert row.problems[0].cell == "C4"


def test_columns_are_found_by_their_header_in_any_order():
    def swap(book):
        ws = book.worksheets[0]
        for row in (HEADER_ROW, FIRST_ROW):
            ws.cell(row, 1).value, ws.cell(row, 5).value = ws.cell(row, 5).value, ws.cell(row, 1).value

    row = read(filled(["晒场", "呼玛县", None, None, "文1"], change=swap)).rows[0]
    assert (row.values["name"], row.cell("name")) == ("晒场", "E4")


def test_wrong_headers_are_all_named():
    def spoil(book):
        book.worksheets[0].cell(HEADER_ROW, 1).value = "名字"
        book.worksheets[0].cell(HEADER_ROW, 9).value = "备注"

    with pytest.raises(Unreadable, match=r"缺少列：项目名称；多出列：A3“名字”、I3“备注”"):
        read(filled(["晒场"], change=spoil))


def test_another_template_is_refused_and_an_older_one_noted():
    other = Template("vouchers", 1, "支付导入模板", TEMPLATE.fields)
    with pytest.raises(Unreadable, match="这不是“项目导入模板”的模板"):
        read(filled(["晒场", "呼玛县"], template=other))
    older = Template("projects", 1, "项目导入模板", TEMPLATE.fields)
    assert "旧版" in read(filled(["晒场", "呼玛县"], template=older)).notes[0]


def test_an_empty_template_and_merged_rows_are_refused():
    with pytest.raises(Unreadable, match="第 4 行以下没有内容"):
        read(filled())
    with pytest.raises(Unreadable, match="从 A4 起有合并单元格"):
        read(filled(["晒场", "呼玛县"], ["晒场二", "呼玛县"], change=lambda book: book.worksheets[0].merge_cells("A4:A5")))


def test_a_declared_dimension_of_one_cell_hides_nothing():
    """WPS writes A1:A1 into the sheet."""
    source = zipfile.ZipFile(filled(["晒场", "呼玛县"]))
    target = BytesIO()
    with zipfile.ZipFile(target, "w") as copy:
        for name in source.namelist():
            content = source.read(name)
            copy.writestr(name, re.sub(rb'<dimension ref="[^"]+"', b'<dimension ref="A1:A1"', content))
    target.seek(0)
    assert [row.values["name"] for row in read(target).rows] == ["晒场"]


def test_drop_downs_come_from_a_hidden_list():
    book = openpyxl.load_workbook(BytesIO(excel.build_template(TEMPLATE)))
    rules = {str(rule.sqref).split(":")[0]: rule for rule in book.worksheets[0].data_validations.dataValidation}
    assert set(rules) == {"B4", "F4"}
    assert [cell.value for cell in book["_选项"]["B"]] == ["呼玛县", "塔河县"]
    assert book["_选项"].sheet_state == "veryHidden"


# -- files that are not workbooks -------------------------------------------------------------------------------------


def check(content: bytes, name: str = "项目.xlsx", **limits) -> None:
    excel.check_workbook(BytesIO(content), name, **{"max_bytes": 1_000_000, "max_rows": 100} | limits)


def test_a_good_workbook_passes_and_is_left_at_its_beginning():
    file = filled(["晒场", "呼玛县"])
    excel.check_workbook(file, "项目.XLSX", max_bytes=1_000_000, max_rows=100)
    assert file.tell() == 0


def zipped(**parts: bytes) -> bytes:
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as out:
        for name, content in parts.items():
            out.writestr(name.replace("__", "/"), content)
    return target.getvalue()


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)


@pytest.mark.parametrize(("content", "name", "words"), [
    (b"", "a.xlsx", "文件是空的"),
    (b"a,b\n1,2\n", "a.csv", "“.csv”文件不是 Excel 工作簿。请用 WPS 或 Excel 打开后“另存为”"),
    (b"%PDF-1.7", "a.xlsx", "这个文件不是 Excel 工作簿"),
    (OLE, "a.xls", "旧格式的表格"),
    (OLE + "EncryptedPackage".encode("utf-16-le"), "a.xlsx", "加了打开密码"),
    (zipped(xl__workbook=b"x"), "a.xlsm", "不接收带宏的工作簿"),
    (zipped(xl__vbaProject=b"x", **{"xl__vbaProject.bin": b"x"}), "a.xlsx", "不接收带宏的工作簿"),
    (zipped(word__document=b"x"), "a.xlsx", "这个文件不是 Excel 工作簿"),
    (zipped(xl__workbook=b"x"), "a.docx", "文件名须以 .xlsx 结尾"),
    (zipped(xl__workbook=b"x" * 500)[:-30], "a.xlsx", "文件不完整或已损坏"),
])  # fmt: skip
def test_files_that_cannot_be_read_say_what_to_do(content, name, words):
    with pytest.raises(Unreadable, match=words):
        check(content, name)


def test_size_and_row_limits():
    content = filled(["晒场", "呼玛县"]).getvalue()
    with pytest.raises(Unreadable, match=r"超过上限 0\.00\d+ MB"):
        check(content, max_bytes=1024)
    far = filled(["晒场", "呼玛县"], change=lambda book: book.worksheets[0].cell(900_000, 1).__setattr__("value", "x"))
    with pytest.raises(Unreadable, match="第 900000 行还有内容，超过上限 100 行"):
        check(far.getvalue())
    wide = filled(["晒场", "呼玛县"], change=lambda book: book.worksheets[0].cell(5, 16_000).__setattr__("value", "x"))
    with pytest.raises(Unreadable, match="第 WQJ 列还有内容"):
        check(wide.getvalue())


@pytest.mark.parametrize(("cell", "row"), [
    (b'<row r="900000"><c r="A900000"><v>1</v></c></row>', "900000"),
    (b"<row r='900001'><c s='1' r = 'A900001' t='n'><v>1</v></c></row>", "900001"),
    (b'<x:row r="900002"><x:c t="n"><x:v>1</x:v></x:c></x:row>', "900002"),
])  # fmt: skip
@pytest.mark.parametrize("part", ["xl__worksheets__sheet1.xml", "xl__elsewhere.xml"])
def test_a_far_cell_is_found_however_it_is_written(cell, row, part):
    with pytest.raises(Unreadable, match=f"第 {row} 行还有内容"):
        check(zipped(**{"xl__workbook.xml": b"<workbook/>", part: b"<sheetData>" + b" " * 3_000_000 + cell}))


def test_an_encoding_that_hides_the_cells_is_refused():
    with pytest.raises(Unreadable, match="编码无法识别"):
        check(zipped(**{"xl__worksheets__sheet1.xml": '<c r="A900000"><v>1</v></c>'.encode("utf-16")}))


def test_formatted_but_empty_cells_far_below_do_not_count():
    def dress(book):
        book.worksheets[0].cell(900_000, 1).number_format = "0.00"

    file = filled(["晒场", "呼玛县"], change=dress)
    check(file.getvalue())
    assert len(read(file).rows) == 1


def test_a_zip_bomb_is_refused_before_it_is_opened(monkeypatch):
    monkeypatch.setattr("linkage.excel.files.UNPACKED_LIMIT", 10_000)
    with pytest.raises(Unreadable, match="展开后过大"):
        check(zipped(xl__workbook=b"0" * 20_000))


def test_a_workbook_damaged_inside_is_refused_in_words():
    file = BytesIO(zipped(**{"xl__workbook.xml": b"<nonsense", "[Content_Types].xml": b"<x"}))
    with pytest.raises(Unreadable, match="不完整或已损坏"):
        read(file)
