"""The reader of messy tables against real public notices. Expected counts and totals were written by hand: expected.toml."""

import io
import tomllib
from decimal import Decimal

import pytest

from linkage.excel import Choice, Profile, What, read_tables
from tests.spreadsheets import TABLES, Page, as_csv, as_xls, as_xlsx, dressed, real, with_subtotals

EXPECTED = tomllib.loads((TABLES / "expected.toml").read_text(encoding="utf-8"))
LISTS = [name for name, wanted in EXPECTED.items() if wanted["kind"] == "projects"]
OTHERS = [name for name in EXPECTED if name not in LISTS]
TWO_LEVELS = {"11-yueyangxian-2024-p10-jihua.csv": 2}
VARIANTS = {
    "as published": lambda name: ("t.csv", (TABLES / name).read_bytes()),
    "utf-8 with mark": lambda name: ("t.csv", as_csv(real(name), "utf-8-sig")),
    "gb18030": lambda name: ("t.csv", as_csv(real(name), "gb18030")),
    "utf-16, tabs": lambda name: ("t.txt", as_csv(real(name), "utf-16", "\t")),
    "xlsx": lambda name: ("t.xlsx", as_xlsx(Page(real(name)))),
    "xls": lambda name: ("t.xls", as_xls(Page(real(name)))),
    "dressed xlsx": lambda name: ("t.xlsx", as_xlsx(dressed(real(name), TWO_LEVELS.get(name, 1)))),
    "dressed xls": lambda name: ("t.et", as_xls(dressed(real(name), TWO_LEVELS.get(name, 1)))),
    "dressed csv": lambda name: ("t.csv", as_csv(dressed(real(name), TWO_LEVELS.get(name, 1)).rows, "gb18030")),
}


def read(data, name="t.xlsx", **more):
    return read_tables(io.BytesIO(data), name, **({"max_bytes": 10_000_000, "max_rows": 5000} | more))


def only(reading):
    [table] = reading.tables
    return table


def plain(header):
    return "".join(header.split()).replace("(万元)", "").split("/")[-1]


def column_total(table, header):
    """Sum of one column by its header; for 资金来源 of the amounts inside its words."""
    column = next(one for one in table.columns if plain(one.header) == plain(header))
    if column.kind == "sources":
        return sum(source.yuan for row in table.rows for source in row.sources)
    return sum(value for row in table.rows if (value := table.value(row, column)) is not None)


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("name", LISTS)
def test_a_list_of_projects_is_read_without_a_mapping(name, variant):
    wanted, (file, data) = EXPECTED[name], VARIANTS[variant](name)
    table = only(read(data, file))
    assert table.is_project_list
    assert table.reason == ""
    assert len(table.rows) == wanted["projects"]
    assert str(table.total() or "") == wanted["total"]
    assert [problem for row in table.rows for problem in row.problems] == []
    assert all(row.values["name"] for row in table.rows)
    assert table.year == (wanted["year"] or None)


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("name", OTHERS)
def test_what_is_no_list_says_what_it_is_and_still_adds_up(name, variant):
    wanted, (file, data) = EXPECTED[name], VARIANTS[variant](name)
    table = only(read(data, file))
    assert table.what == wanted["kind"]
    assert not table.is_project_list
    assert table.reason
    assert len(table.rows) == wanted["lines"]
    assert (str(column_total(table, wanted["main"])) if wanted["main"] else "") == wanted["total"]


@pytest.mark.parametrize("name", EXPECTED)
def test_further_columns_units_and_levels(name):
    wanted, table = EXPECTED[name], only(read((TABLES / name).read_bytes(), "t.csv"))
    assert table.unit == wanted["unit"]
    assert {header: str(column_total(table, header)) for header in wanted.get("sums", {})} == wanted.get("sums", {})
    if "level" in wanted:
        assert table.levels == tuple(wanted["level"])
    if table.is_project_list and wanted["main"] not in ("", "+"):
        assert plain(table.column(table.main[0]).header) == plain(wanted["main"])


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("name", EXPECTED)
def test_totals_of_the_table_are_found_and_judged(name, variant):
    file, data = VARIANTS[variant](name)
    table, worst = only(read(data, file)), {}
    for check in table.totals:
        worst[check.label] = "differs" if "differs" in (worst.get(check.label), check.verdict) else "ok"
    assert [f"{label} {verdict}" for label, verdict in worst.items()] == EXPECTED[name].get("totals", [])


def test_no_file_name_decides_anything():
    name = "02-yanshi-2022-p2-fenpei.csv"
    other = only(read((TABLES / name).read_bytes(), "13-kezhou-2021-county-progress.csv"))
    assert other.is_project_list


def test_the_totals_of_kezhou_name_the_cells_that_differ():
    table = only(read((TABLES / "13-kezhou-2021-county-progress.csv").read_bytes(), "t.csv"))
    assert {check.cell: check.verdict for check in table.totals} == {
        "B2": "ok", "C2": "rounding", "G2": "differs", "H2": "ok", "J2": "ok",
    }  # fmt: skip
    [note] = [check.message for check in table.totals if check.verdict == "differs"]
    assert note.startswith("G2“全州”的“到位资金(亿元)”写 178,700.00 万元，第 3—6 行相加为 174,400.00 万元，差 4,300.00 万元")


@pytest.mark.parametrize(
    ("name", "amount", "group", "classes"),
    [
        ("08-datong-daqing-2023-gongshi.csv", 4, 0, ["产业类项目", "基础设施类项目", "政策落实类项目"]),
        ("09-qianjin-jiamusi-2024-jihua.csv", 3, 0, ["产业项目", "其他项目"]),
        ("05-jiaxian-guoyoulinchang-2023.csv", 6, 2, ["基础设施", "产业发展"]),
        ("02-yanshi-2022-p2-fenpei.csv", 4, 5, ["交通运输局"]),
    ],
)
@pytest.mark.parametrize("build", [as_xlsx, as_xls, lambda page: as_csv(page.rows, "gb18030")])
def test_headings_and_subtotals_are_no_projects_but_check_the_sums(name, amount, group, classes, build):
    wanted = EXPECTED[name]
    table = only(read(build(dressed(with_subtotals(real(name), amount, group))), "t.csv" if "lambda" in repr(build) else "t.xlsx"))
    assert len(table.rows) == wanted["projects"]
    assert str(table.total()) == wanted["total"]
    assert list(dict.fromkeys(row.heading for row in table.rows)) == classes
    assert [(check.label, check.verdict) for check in table.totals] == [("小计", "ok")] * len(classes) + [("合计", "ok")]


def test_the_notes_of_a_cell_stay_with_its_amount():
    table = only(read((TABLES / "07-zeku-2023-zhongyang-p2.csv").read_bytes(), "t.csv"))
    row = table.rows[4]
    assert row.values["planned_investment_yuan"] == Decimal("1670000.00")
    assert (row.cell("planned_investment_yuan"), row.original("planned_investment_yuan")) == ("C6", "167(少数民族发展资金)")


def test_settlement_fee_and_rest_are_compared_with_the_plan():
    table = only(read((TABLES / "10-mishan-2025-minzu-shishi.csv").read_bytes(), "t.csv"))
    assert [(one.cell, one.message) for row in table.rows for one in row.doubts] == [
        ("D2", "结算价、管理费与结余相加为 117.99 万元，与 117.98 万元差 0.01 万元，为尾差。")
    ]


def test_an_unstated_unit_is_asked_about_and_may_be_chosen():
    data = (TABLES / "38-liling-2019-benji.csv").read_bytes()
    table = only(read(data, "t.csv"))
    assert [column.doubt for column in table.unsure] == ["“投资规模”没有写明单位，按万元读（39—660），请核对。"]
    chosen = only(read(data, "t.csv", profile=Profile(unit="元")))
    assert (chosen.unsure, chosen.total()) == ([], Decimal("1200.00"))


def test_a_mapping_by_letter_goes_before_the_words():
    data = (TABLES / "44-pingyi-2019.csv").read_bytes()
    table = only(read(data, "t.csv", profile=Profile({"B": Choice(""), "C": Choice("planned_investment_yuan", "元")})))
    assert table.total() == Decimal("150.00")


def test_a_profile_by_heading_serves_every_file_of_that_header():
    profile = Profile({"项目类别": Choice("name")})
    table = only(read((TABLES / "22-jiaxian-2022-jihua-huizong.csv").read_bytes(), "t.csv", profile=profile))
    assert table.what == What.PROJECTS
    assert [row.values["name"] for row in table.rows][:2] == ["乡村建设行动项目", "产业发展项目"]
