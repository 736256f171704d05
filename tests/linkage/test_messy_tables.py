"""Finding tables, headers, kinds of rows and sums; refusing files. The layouts are those of real sheets, the rows invented."""

import io
import re
import zipfile
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from linkage.excel import Choice, Profile, Unreadable, What, read_tables
from linkage.excel.headings import FIELDS, WORDS_FILE, Guess, lookup, propose
from linkage.excel.sources import Grid
from linkage.excel.tables import _tables_of
from tests.spreadsheets import Page, as_csv, as_xls, as_xlsx

BUILDS = pytest.mark.parametrize(
    ("build", "name"), [(as_xlsx, "t.xlsx"), (as_xls, "t.xls"), (lambda page: as_csv(page.rows), "t.csv")], ids=["xlsx", "xls", "csv"]
)


def read(data, name="t.xlsx", **more):
    return read_tables(io.BytesIO(data), name, **({"max_bytes": 10_000_000, "max_rows": 5000} | more))


def only(*rows, merged=(), build=as_xlsx, name="t.xlsx", **more):
    [table] = read(build(Page(list(rows), list(merged))), name, **more).tables
    return table


def names(table):
    return [row.values["name"] for row in table.rows]


def checks(table):
    return [(check.cell, check.label, check.verdict) for check in table.totals]


# -- the national layout: two levels, column numbers, classes with their own sums ------------------------------------------

LIBRARY = [
    ["某县2026年巩固拓展脱贫攻坚成果和乡村振兴项目库"],
    ["填报单位：某县", *[""] * 9, "单位：万元"],
    ["序号", "部门", "乡镇", "村", "项目名称", "项目\n子类型", "建设内容", "计划投入资金", "资金来源", "", "", "", "实施期限（年/月-年/月）", "责任单位"],
    [*[""] * 8, "中央衔接资金", "省级衔接资金", "省级财政资金", "其他资金"],
    [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0, 12.0, 13.0, 14.0],
    ["一", "产业发展", "", "", "", "", "", 62.0, 50.0, 7.0, 5.0],
    [1.0, "农业局", "茗乡", "甲村", "油茶基地", "种植业基地", "新建100亩", 50.0, 50.0, "", "", "", "2026/3-2026/10", "茗乡"],
    [2.0, "农业局", "茗乡", "乙村", "香茶加工厂", "加工业", "厂房500㎡", "12万元", "", 7.0, 5.0, "", "2026年5月", "茗乡"],
    ["二", "乡村建设行动", "", "", "", "", "", 30.0, 30.0],
    [1.0, "交通局", "灵镇", "丙村", "道路硬化", "农村道路", "硬化1公里", 30.0, 30.0, "", "", "", "2026.3-2026.10"],
    ["合　计", "", "", "", "", "", "", 92.0, 80.0, 7.0, 5.0],
]
LIBRARY_MERGED = [((0, 0), (0, 13)), ((2, 8), (2, 11))] + [((2, column), (3, column)) for column in (*range(8), 12, 13)]


@BUILDS
def test_the_library_layout(build, name):
    table = only(*LIBRARY, merged=LIBRARY_MERGED, build=build, name=name)
    assert table.header_rows == (3, 4)
    assert (table.title, table.year, table.unit) == ("某县2026年巩固拓展脱贫攻坚成果和乡村振兴项目库", 2026, "万元")
    assert names(table) == ["油茶基地", "香茶加工厂", "道路硬化"]
    assert [row.heading for row in table.rows] == ["产业发展", "产业发展", "乡村建设行动"]
    assert table.total() == Decimal("920000.00")
    second = table.rows[1].values
    assert (second["province_yuan"], second["planned_investment_yuan"]) == (Decimal("120000.00"), Decimal("120000.00"))
    assert table.rows[0].last_day("period").isoformat() == "2026-10-31"
    assert {verdict for _cell, _label, verdict in checks(table)} == {"ok"}
    assert len(table.totals) == 4 + 2 + 4
    assert table.rows[2].cell("planned_investment_yuan") == "H10"


def test_two_columns_of_one_level_are_added_with_a_question():
    table = only(*LIBRARY, merged=LIBRARY_MERGED)
    assert [column.doubt for column in table.unsure] == [
        "“资金来源/省级财政资金”与“资金来源/省级衔接资金”都算作“省级资金”，已相加，请核对。"
    ]


def test_nested_classes_are_each_checked():
    table = only(
        ["序号", "项目名称", "建设内容", "投资（万元）"], ["一、", "产业发展", "", 30], ["（一）", "种植业", "", 10], [1, "甲", "x", 10],
        ["（二）", "养殖业", "", 21], [1, "乙", "x", 15], [2, "丙", "x", 5], ["二、", "基础设施", "", 7], [1, "丁", "y", 7], ["合计", "", "", 37],
    )  # fmt: skip
    assert [row.heading for row in table.rows] == ["产业发展/种植业", "产业发展/养殖业", "产业发展/养殖业", "基础设施"]
    assert checks(table) == [
        ("D2", "产业发展", "ok"), ("D3", "种植业", "ok"), ("D5", "养殖业", "differs"), ("D8", "基础设施", "ok"), ("D10", "合计", "ok"),
    ]  # fmt: skip
    assert "D5“养殖业”的“投资（万元）”写 21.00 万元，第 6—7 行相加为 20.00 万元，差 1.00 万元" in table.notes[0]


def test_class_rows_without_a_number_are_told_by_their_sum():
    rows = [["序号", "项目名称", "金额(万元)"], ["", "产业类", 30], [1, "甲", 10], [2, "乙", 20], ["", "总计", 30]]
    assert names(only(*rows)) == ["甲", "乙"]
    rows[1][2] = 29  # no sum: then it may be a project whose number was forgotten, and nothing is lost silently
    assert names(only(*rows)) == ["产业类", "甲", "乙"]


def test_of_which_rows_are_not_added():
    table = only(["项目名称", "建设内容", "金额(万元)"], ["甲", "x", 5], ["其中：甲之一", "", 3], ["乙", "x", 4], ["合计", "", 9])
    assert (names(table), checks(table)) == (["甲", "乙"], [("C5", "合计", "ok")])


def test_rounded_totals_are_told_from_wrong_ones():
    table = only(["项目名称", "计划投资（万元）", "中央资金（万元）"], ["甲", 1.11, 1], ["乙", 2.22, 2], ["合计", 3.34, 4])
    assert checks(table) == [("B4", "合计", "rounding"), ("C4", "合计", "differs")]


def test_a_total_on_top_and_subtotals_below():
    table = only(["项目名称", "地点", "金额(万元)"], ["合计", "", 6], ["甲", "x", 1], ["乙", "x", 2], ["小计", "", 3], ["丙", "y", 3], ["小计", "", 3])
    assert checks(table) == [("C2", "合计", "ok"), ("C5", "小计", "ok"), ("C7", "小计", "ok")]


@examples(max_examples=20, deadline=None)
@given(st.permutations(range(6)))
def test_the_order_of_rows_changes_no_amount(order):
    rows = [[f"项目{place}", place + 0.5, "交通局"] for place in range(6)]
    table = only(["项目名称", "计划投资（万元）", "责任单位"], *[rows[place] for place in order], ["合计", 18.0])
    assert names(table) == [f"项目{place}" for place in order]
    assert (table.total(), checks(table)) == (Decimal("180000.00"), [("B8", "合计", "ok")])


# -- where tables stand ---------------------------------------------------------------------------------------------------


def test_several_tables_on_a_sheet_and_several_sheets():
    reading = read(
        as_xlsx(
            Page([
                ["表一 产业（单位：元）"], ["项目名称", "金额"], ["甲", 120000], ["合计", 120000], [], ["表二 基础设施"], ["单位：万元"],
                ["序号", "项目名称", "计划投资", "责任单位"], [1, "乙", 3, "交通局"],
            ]),
            Page([["县（市）", "金额（万元）"], ["甲县", 1], ["乙县", 2]], name="分县"),
            Page([], name="空表"),
            Page([["请按说明填写。"]], name="说明"),
        )
    )  # fmt: skip
    assert [(table.sheet, table.title, table.what, str(table.total())) for table in reading.tables] == [
        ("Sheet1", "表一 产业", What.PROJECTS, "120000.00"), ("Sheet1", "表二 基础设施", What.PROJECTS, "30000.00"),
        ("分县", "", What.COUNTIES, "30000.00"),
    ]  # fmt: skip
    assert len(reading.project_tables) == 2
    assert reading.notes == ["工作表“说明”里没有认出表头，没有读。表头须有“项目名称”等列名，写在数据上方。"]


@BUILDS
def test_a_header_repeated_on_every_printed_page(build, name):
    head = [["序号", "项目名称", "资金（万元）", ""], ["", "", "中央", "省级"]]
    merged = [((0, 2), (0, 3)), ((2 + 1, 2), (2 + 1, 3))]
    table = only(*head, [1.0, "甲", 1.0, 2.0], *head, [2.0, "乙", 3.0, ""], merged=merged, build=build, name=name)
    assert (names(table), table.total()) == (["甲", "乙"], Decimal("60000.00"))


def test_a_group_word_standing_alone_above_the_header():
    table = only(["", "", "资金来源（万元）"], ["序号", "项目名称", "中央", "省级"], [1, "甲", 1, 2], merged=[((0, 2), (0, 3))])
    assert table.header_rows == (1, 2)
    assert [column.field for column in table.columns] == ["number", "name", "central_yuan", "province_yuan"]
    assert table.total() == Decimal("30000.00")


def test_a_wrong_dimension_hides_nothing():
    data = as_xlsx(Page([["项目名称", "金额（万元）"], ["甲", 1], ["乙", 2]]))
    changed, source = io.BytesIO(), zipfile.ZipFile(io.BytesIO(data))
    with zipfile.ZipFile(changed, "w") as target:
        for part in source.namelist():
            target.writestr(part, re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1:A1"', source.read(part)))
    [table] = read(changed.getvalue()).tables
    assert names(table) == ["甲", "乙"]


def test_numbers_written_ahead_and_blank_tails_are_no_rows():
    table = only(["序号", "项目名称", "金额（万元）"], [1, "甲", 1], [2, "", ""], [3, "", ""], ["", " ", "　"])
    assert names(table) == ["甲"]


def test_words_merged_downwards_are_carried_money_is_not():
    table = only(
        ["类别", "项目名称", "金额（万元）", "责任单位"], ["产业", "甲", 10, "a"], ["", "乙", "", "b"], ["", "丙", 5, "c"],
        merged=[((1, 0), (3, 0)), ((1, 2), (2, 2))],
    )  # fmt: skip
    assert [row.values["category"] for row in table.rows] == ["产业", "产业", "产业"]
    assert table.total() == Decimal("150000.00")
    assert [(doubt.cell, doubt.message) for doubt in table.rows[1].doubts] == [("C3", "没有金额，请核对。")]


def test_one_project_merged_over_two_rows_is_said():
    table = only(
        ["项目名称", "资金来源", "金额（万元）"], ["甲", "中央资金", 10], ["", "省级资金", 5], merged=[((1, 0), (2, 0))]
    )  # fmt: skip
    assert names(table) == ["甲", "甲"]
    assert "同一项目分成几行" in table.rows[1].doubts[0].message


# -- cells and columns ----------------------------------------------------------------------------------------------------


def test_what_cannot_be_read_names_cell_and_repair():
    table = only(["序号", "项目名称", "投资规模(万元)", "计划开工时间"], [1, "", 5, ""], [2, "甲", "1,23", "2026年13月"], [3, "乙", "#REF!", ""])
    assert [(problem.cell, problem.value, problem.message) for row in table.rows for problem in row.problems] == [
        ("B2", "", "没有项目名称。请补上，或删去这一行。"),
        ("C3", "1,23", "“1,23”的逗号位置不对，请写成 1,234.56 或 1234.56。"),
        ("D3", "2026年13月", "“2026年13月”不是日历上的日子，请核对。"),
        ("C4", "#REF!", "单元格是公式错误 #REF!，请改填数值或文字。"),
    ]


def test_parts_that_do_not_add_up_and_amounts_beyond_reason():
    table = only(["项目名称", "总投资（万元）", "中央资金（万元）", "自筹（万元）"], ["甲", 10, 6, 3], ["乙", 454082, "", ""])
    assert [(doubt.cell, doubt.message) for row in table.rows for doubt in row.doubts] == [
        ("B2", "各来源相加为 9.00 万元，与 10.00 万元差 1.00 万元，请核对。"),
        ("B3", "合 454,082.00 万元，超过 10 亿元，单位可能写错，请核对。"),
    ]


def test_names_lose_their_numbers_and_line_breaks():
    table = only(["项目名称", "金额（万元）"], ["1、甲村\n道路", 1], ["（二）乙村道路", 2], ["2.5公里道路", 3], ["2026年丙村道路", 4])
    assert names(table) == ["甲村道路", "乙村道路", "2.5公里道路", "2026年丙村道路"]
    assert [row.year for row in table.rows] == [None, None, None, 2026]


def test_large_numbers_without_a_unit_are_read_as_yuan():
    table = only(["项目名称", "项目资金"], ["甲", 454082], ["乙", 40000], ["丙", 211208])
    assert (table.column("allocated_yuan").unit, table.total()) == ("元", Decimal("705290.00"))
    assert "没有写明单位，按元读" in table.notes[0]


def test_a_money_header_over_words_is_not_read_as_money():
    table = only(["项目名称", "资金来源", "总投资"], ["甲", "中央", "较大"], ["乙", "省级", "一般"])
    assert table.column("planned_investment_yuan") is None
    assert "里面大多不是金额" in table.notes[0]


def test_of_two_columns_for_one_field_the_surer_is_read():
    table = only(["项目", "项目名称", "金额（万元）"], ["x", "甲", 1])
    assert (names(table), table.columns[0].field) == (["甲"], "")
    assert "“项目”与“项目名称”都像“项目名称”" in table.columns[0].doubt


def test_identity_and_bank_numbers_are_never_kept():
    table = only(["项目名称", "金额（万元）", "身份证号", "一卡通账号"], ["甲", 1, "232700199001010011", "6228"])
    assert "232700" not in repr(table)
    assert "6228" not in repr(table)
    assert "没有读入，请从表中删去" in table.notes[0]


def test_what_stands_above_is_compared_with_the_rows():
    table = only(["2026年第一批项目（3个项目，共170万元）"], ["单位：万元"], ["项目名称", "金额"], ["甲", 20], ["乙", 10])
    assert table.notes == [
        "表头上方写 3 个项目，表内读到 2 个，请核对是否截断或漏行。", "表头上方写 170.00 万元，表内合计 30.00 万元，请核对。",
    ]  # fmt: skip


def test_the_date_above_the_table():
    assert only(["截至2026年9月30日"], ["项目名称", "金额（万元）"], ["甲", 1]).as_of.isoformat() == "2026-09-30"


@pytest.mark.parametrize(
    ("header", "what"),
    [
        (["项目类别", "项目个数", "计划投资（万元）"], What.CATEGORIES),
        (["县（市、区）", "资金合计（万元）"], What.COUNTIES),
        (["县（市、区）", "支付金额（万元）", "支付率（%）"], What.PROGRESS),
        (["资金任务", "金额（万元）"], What.TASKS),
        (["责任单位", "金额（万元）"], What.DEPARTMENTS),
        (["一级指标", "二级指标", "指标值"], What.INDICATORS),
        (["项目名称", "支付申请号", "收款人", "金额（元）"], What.VOUCHERS),
        (["指标摘要", "指标金额", "资金性质"], What.QUOTAS),
        (["姓名", "职务", "联系电话"], What.ROSTER),
        (["某甲", "某乙", "某丙"], What.UNKNOWN),
        (["项目名称", "金额（万元）"], What.PROJECTS),
        (["实施单位", "项目类别", "金额（万元）"], What.PROJECTS),
    ],
)
def test_what_a_table_is(header, what):
    table = only(header, ["x", 1, 2, 3], ["y", 3, 4, 5])
    assert table.what == what
    assert bool(table.reason) == (what != What.PROJECTS)


# -- mapping by a person --------------------------------------------------------------------------------------------------


def test_unknown_headers_are_read_with_a_mapping():
    rows = [["干什么", "花多少", "谁来干"], ["甲", 120000, "交通局"], ["乙", 3, "水务局"]]
    profile = Profile({"A": Choice("name"), "花多少": Choice("planned_investment_yuan", "元"), "C": Choice("implementer")})
    table = only(*rows, profile=profile)
    assert (table.what, names(table), table.total()) == (What.PROJECTS, ["甲", "乙"], Decimal("120003.00"))
    assert table.signature == "干什么|花多少|谁来干"


def test_a_mapping_may_name_the_header_row_of_one_sheet():
    pages = [Page([["2026"], ["甲", "1"], ["乙", "2"]], name="A"), Page([["项目名称", "金额（万元）"], ["丙", 3]], name="B")]
    profile = Profile({"A": Choice("name"), "B": Choice("allocated_yuan")}, unit="万元", sheet="A", header_row=2)
    first, second = read(as_xlsx(*pages), profile=profile).tables
    assert (names(first), first.total()) == (["乙"], Decimal("20000.00"))
    assert names(second) == ["丙"]


def test_further_words_go_before_those_of_the_file():
    table = only(["工程叫法", "金额（万元）"], ["甲", 1], more_words={"工程叫法": ("name", 1.0)})
    assert table.is_project_list


def test_headings_are_data():
    assert {lookup(line.split(",")[0].replace("*", "某"))[0] for line in WORDS_FILE.read_text("utf-8").splitlines()[1:]} <= set(FIELDS)
    assert (propose("  项 目\n名 称 ").field, propose("其中：中央资金（万元）").field) == ("name", "central_yuan")
    assert (propose("县级", "资金来源").field, propose("县").field) == ("county_yuan", "unit")
    assert propose("建设规模及内荣") == Guess("content", 0.6)


# -- files that are refused -----------------------------------------------------------------------------------------------

GOOD = [["项目名称", "金额（万元）"], ["甲", 1]]


def far_cell(row, column):
    page = Page([*GOOD, *[[] for _ in range(row - 2)], [*[""] * column, "x"]])
    return as_xls(page)


def encrypted_xls():
    """The second record of the stream becomes FILEPASS."""
    data = bytearray(as_xls(Page(GOOD)))
    place = data.index(b"\x09\x08\x10\x00")
    data[place + 20 : place + 22] = b"\x2f\x00"
    return bytes(data)


def with_stream(name):
    """An old workbook whose stream has another name, as macros and encryption have theirs."""
    data = bytearray(as_xls(Page(GOOD)))
    place = data.index("Workbook".encode("utf-16-le"))
    data[place : place + 66] = name.encode("utf-16-le").ljust(64, b"\0") + (len(name) * 2 + 2).to_bytes(2, "little")
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "name", "why"),
    [
        (b"", "t.xlsx", "0 字节"),
        (b"hello, world", "t.xlsx", "不是 Excel 工作簿"),
        (b"\x89PNG\r\n\x1a\n" + b"x" * 50, "t.csv", "不是表格"),
        (b"<html><table><tr><td>x</td></tr></table></html>", "t.xls", "网页"),
        (b"a,b\x00c", "t.csv", "不是表格"),
        ("项目名称,金额\n甲,1".encode()[:-1] + "乙".encode()[:2], "t.csv", "末尾不完整"),
        (b"\xff\xff\xff\xff\xff\xff", "t.csv", "文字编码"),
        (b'a,b\n"' + b"x" * 200_000, "t.csv", "第 2 行读不下去"),
        (b"\n" * 6000 + b"a,b\n", "t.csv", "第 6001 行还有内容"),
        (b"a," * 300 + b"b", "t.csv", "超过 200 列"),
        (b"  \n \n", "t.csv", "没有内容"),
        (b"x\ny\n", "t.csv", "没有认出表格"),
        (as_xlsx(Page(GOOD))[:-200], "t.xlsx", "不完整或已损坏"),
        (as_xls(Page(GOOD))[:2000], "t.xls", "不完整或已损坏"),
        (as_xlsx(Page(GOOD)), "t.xlsm", "宏"),
        (far_cell(6000, 1), "t.xls", "第 6001 行还有内容"),
        (far_cell(2, 250), "t.xls", "第 251 列还有内容"),
        (encrypted_xls(), "t.xls", "打开密码"),
        (with_stream("EncryptedPackage"), "t.xlsx", "打开密码"),
        (with_stream("_VBA_PROJECT_CUR"), "t.xls", "宏"),
        (with_stream("WordDocument"), "t.xls", "不是 Excel 工作簿"),
        (as_xlsx(*[Page(GOOD, name=f"s{number}") for number in range(70)]), "t.xlsx", "70 个工作表"),
        (as_csv([GOOD[0], *[["甲", "1"]] * 5010]), "t.csv", "共 5010 行"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_files_that_cannot_be_used_say_why_and_what_to_do(data, name, why):
    with pytest.raises(Unreadable) as caught:
        read(data, name)
    assert why in caught.value.message
    assert "请" in caught.value.message


@pytest.mark.parametrize("build", [as_xlsx, as_xls])
def test_the_content_decides_not_the_extension(build):
    assert names(read(build(Page(GOOD)), "旧表.et").tables[0]) == ["甲"]


def test_a_header_without_rows_says_so():
    assert only(["项目名称", "金额（万元）"]).notes == ["第 1 行表头以下没有数据行。"]


def test_the_document_lists_every_field_with_its_words():
    """docs/architecture/tables.md is for people; the data file is what counts."""
    rows = {}
    for line in (Path(settings.BASE_DIR) / "docs/architecture/tables.md").read_text("utf-8").splitlines():
        if line.startswith("| `") and line.count("|") == 5:
            _blank, field, label, kind, words, _end = (part.strip() for part in line.split("|"))
            rows[field.strip("`")] = (label, kind), {word.removesuffix("?") for word in words.split(" · ")}
    wanted = {field: (about, set()) for field, about in FIELDS.items()}
    for line in WORDS_FILE.read_text("utf-8").splitlines()[1:]:
        words, field, _confidence = line.split(",")
        wanted[field][1].add(words)
    assert rows == wanted


def test_three_levels_with_time_and_benefit():
    table = only(
        ["2026年衔接资金项目实施计划明细表"], ["编制单位：某县农业农村局", *[""] * 9, "单位：万元、户、人"],
        ["序号", "项目名称", "建设内容", "资金规模", "", "", "", "时间进度", "", "受益情况", ""],
        ["", "", "", "合计", "财政衔接资金", "", "自筹", "开工", "完工", "户数", "人数"], ["", "", "", "", "中央", "地区"],
        ["", "总计（1个）", "", 100, 60, 30, 10], ["一", "三类产业（1个）", "", 100, 60, 30, 10],
        [1, "木耳基地", "大棚20栋", 100, 60, 30, 10, "2026.5", "2026年9月底", 20, "45人"],
        merged=[((2, 3), (2, 6)), ((3, 4), (3, 5)), ((2, 7), (2, 8)), ((2, 9), (2, 10))]
        + [((2, column), (4, column)) for column in range(3)] + [((3, column), (4, column)) for column in (3, 6, 7, 8, 9, 10)],
    )  # fmt: skip
    assert table.header_rows == (3, 5)
    assert [column.field for column in table.columns][3:] == [
        "planned_investment_yuan", "central_yuan", "prefecture_yuan", "self_yuan", "planned_start_on", "planned_finish_on", "households",
        "people",
    ]  # fmt: skip
    [row] = table.rows
    assert (row.heading, row.values["people"], row.last_day("planned_finish_on").isoformat()) == ("三类产业", 45, "2026-09-30")
    assert {verdict for _cell, _label, verdict in checks(table)} == {"ok"}


def test_the_only_money_beside_names_is_taken_with_a_question():
    table = only(["序号", "项目名称", "省里给的（万元）"], [1, "甲", 5])
    assert (table.total(), [column.doubt for column in table.unsure]) == (
        Decimal("50000.00"), ["“省里给的（万元）”按“计划投资（安排资金）”读，请核对。"],
    )  # fmt: skip


WORDS = st.sampled_from([
    "项目名称", "序号", "计划投资（万元）", "资金来源", "中央", "合计", "小计", "其中：", "一、", "（一）", "1、", "全县", "2026年", "单位：元", "注：",
    "#REF!", "", "248万元", "2024年3-10月", "备注", "县（市）", "1e400", "９９", "身份证号", "计划开工时间",
])  # fmt: skip
CELLS = WORDS | st.text(max_size=12) | st.floats(allow_nan=False, allow_infinity=False).map(lambda number: round(number, 3))
SPOTS = st.tuples(st.integers(0, 8), st.integers(0, 6))


@examples(max_examples=60, deadline=None)
@given(rows=st.lists(st.lists(CELLS, max_size=7), max_size=9), corners=st.lists(st.tuples(SPOTS, SPOTS), max_size=4))
def test_any_cells_are_read_or_refused(rows, corners):
    """Nothing but Unreadable, whatever stands in the cells and however they are merged."""
    merged = [((min(a, c), min(b, d)), (max(a, c), max(b, d))) for (a, b), (c, d) in corners]
    for grid in (Grid("表", rows, tuple(merged)), Grid("表", [["项目名称", "金额（万元）", "计划开工时间"], *rows], tuple(merged))):
        for table in _tables_of(Grid(grid.name, [list(row) for row in grid.cells], grid.merged), None, None):
            assert len(table.rows) <= len(grid.cells)
            assert table.total() is None or table.total().is_finite()
            assert all(note for note in table.notes)
            assert all(source.yuan.is_finite() for row in table.rows for source in row.sources)
