"""Files that want to harm, or are simply broken: one clear sentence, bounded time and memory, nothing half-written (issue 3, 4).

Everything here goes through the real reading process of its own (READ_APART).
"""

import io
import json
import subprocess
import sys
import time
import zipfile
from decimal import Decimal

import pytest
import xlwt
from django.core.files.uploadedfile import SimpleUploadedFile

from linkage.excel import Unreadable, apart, build_template, read_tables
from linkage.excel.apart import read_apart
from linkage.imports import engine
from linkage.imports.base import kind_of
from linkage.models import ImportRow, Job, JobState, Upload
from projects.models import Project
from tests.projects.test_import import row
from tests.projects.test_import import sheet as template
from tests.spreadsheets import Page, as_csv, as_xls, as_xlsx

pytestmark = pytest.mark.django_db
GOOD = [["呼玛县2026年少数民族发展资金"], ["项目名称", "建设地点", "计划投资(万元)"], ["桦树村道路硬化", "桦树村", 80]]
LIMITS = {"max_bytes": 30_000_000, "max_rows": 20_000}


@pytest.fixture(autouse=True)
def in_a_process_of_its_own(settings):
    settings.READ_APART = True


def upload(world, data, name="项目表.xlsx"):
    return engine.submit(by=world.huma_clerk, kind=kind_of("projects"), file=SimpleUploadedFile(name, data))


def repacked(data: bytes, **parts) -> bytes:
    """The same workbook with parts added or replaced: bytes, or a function of the old bytes. "__" stands for "/"."""
    target = io.BytesIO()
    wanted = {name.replace("__", "/"): content for name, content in parts.items()}
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = wanted.pop(name, old.read(name))
            new.writestr(name, content(old.read(name)) if callable(content) else content)
        for name, content in wanted.items():
            new.writestr(name, content)
    return target.getvalue()


def sheet(change) -> bytes:
    return repacked(as_xlsx(Page(GOOD)), **{"xl__worksheets__sheet1.xml": change})


def nothing_written():
    return not (Project.objects.exists() or ImportRow.objects.exists())


def torn(part: str, packed: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A workbook whose directory is whole while the bytes of one part are not."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", packed) as out:
        out.writestr(part, "<workbook/>" * 1_000)
        out.writestr("xl/worksheets/sheet1.xml", "<worksheet/>")
        begun = out.getinfo(part).header_offset + 30 + len(part)
    data = bytearray(target.getvalue())
    data[begun + 9 : begun + 20] = b"\xff" * 11
    return bytes(data)


REFUSED = {
    "a text with the wrong name": (b"just words", "表.xlsx", "不是 Excel 工作簿"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(99), "表.xls", "不是表格"),
    "a word document": (b"PK\x03\x04" + bytes(40), "表.xlsx", "不完整或已损坏"),
    "a page saved as table": (b"<html><table></table></html>", "表.xls", "网页"),
    "cut off": (as_xlsx(Page(GOOD))[:-300], "表.xlsx", "不完整或已损坏"),
    "workbook part torn": (torn("xl/workbook.xml"), "表.xlsx", "不完整或已损坏"),
    "packed otherwise and torn": (torn("xl/workbook.xml", zipfile.ZIP_LZMA), "表.xlsx", "不完整或已损坏"),
    "old and cut off": (as_xls(Page(GOOD))[:1500], "表.xls", "不完整或已损坏"),
    "macros": (repacked(as_xlsx(Page(GOOD)), **{"xl__vbaProject.bin": b"x"}), "表.xlsx", "宏"),
    "macros by name": (as_xlsx(Page(GOOD)), "表.xlsm", "宏"),
    "encrypted": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + "EncryptedPackage".encode("utf-16-le") + bytes(500), "表.xlsx", "请"),
    "filled to column 16,384": (
        sheet(lambda old: old.replace(b"</sheetData>", b'<row r="9"><c r="XFD9"><v>1</v></c></row></sheetData>')), "表.xlsx",
        "工作表“Sheet1”第 XFD 列还有内容",
    ),
    "filled to row 1,048,576": (
        sheet(lambda old: old.replace(b"</sheetData>", b'<row r="1048576"><c r="A1048576"><v>1</v></c></row></sheetData>')), "表.xlsx",
        "工作表“Sheet1”第 1048576 行还有内容",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_refused_at_the_door_with_reason_and_repair(world, case):
    data, name, words = REFUSED[case]
    with pytest.raises(Unreadable) as caught:
        upload(world, data, name)
    assert words in caught.value.message
    assert "请" in caught.value.message
    assert not Job.objects.exists()
    assert not Upload.objects.exists()


def test_a_zip_bomb_is_refused_unopened(world):
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as out, out.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as part:
        for _ in range(310):
            part.write(bytes(1 << 20))
    begun = time.process_time()
    with pytest.raises(Unreadable, match="展开后过大"):
        upload(world, bomb.getvalue())
    assert time.process_time() - begun < 2


def test_a_million_empty_rows_do_not_count(world):
    rows = b"".join(b'<row r="%d"/>' % number for number in range(10, 1_000_000))
    job = upload(world, sheet(lambda old: old.replace(b"</sheetData>", rows + b"</sheetData>")))
    if job.state == JobState.QUEUED:
        engine.jobs.run_job(job.pk, tell=False)
        job.refresh_from_db()
    assert (job.state, job.result["counts"]["new"]) == (JobState.CHECKED, 1)


def test_formatted_empty_columns_up_to_16384_do_not_count(world):
    job = upload(world, sheet(lambda old: old.replace(b"</sheetData>", b'<row r="9"><c r="XFD9" s="0"/></row></sheetData>')))
    assert job.result["counts"]["new"] == 1


@pytest.mark.parametrize("error", ["#REF!", "#DIV/0!", "#N/A", "#VALUE!", "#NAME?"])
def test_a_formula_error_is_named_with_its_cell(world, error):
    broken = b'<c r="C3" t="e"><f>Sheet9!A1</f><v>%s</v></c>' % error.encode()
    job = upload(world, sheet(lambda old: old.replace(b'<c r="C3"><v>80</v></c>', broken)))
    [row] = job.rows.all()
    assert (row.verdict, row.problems[0]["cell"]) == ("error", "C3")
    assert not Project.objects.exists()


def test_signs_no_database_keeps_are_left_out_wherever_they_stand(world):
    book, target = xlwt.Workbook(), io.BytesIO()
    page = book.add_sheet("表")
    for number, cells in enumerate([["2026年\x00项目表"], ["项目名称\x00", "备\x00注", "计划投资(万元)"], ["冷库\x00建设", "甲\x00乙", 10]]):
        for column, cell in enumerate(cells):
            page.write(number, column, cell)
    book.save(target)
    job = upload(world, target.getvalue(), "t.xls")
    assert job.state == JobState.CHECKED, job.message
    assert "\\u0000" not in json.dumps(job.result)


def test_a_sign_no_database_keeps_is_left_out_of_templates_and_text_tables_too(world):
    job = engine.submit(by=world.huma_clerk, kind=kind_of("projects"), file=template(world.huma_clerk, row(name="冷库_x0000_建设", site="呼_x0000_玛镇")))
    assert job.state == JobState.CHECKED, job.message
    engine.confirm(job, by=world.huma_clerk)
    assert (Project.objects.get().name, Project.objects.get().site) == ("冷库建设", "呼玛镇")
    text = "呼玛县2026年少数民族发展资金\r\n项目名称,建设地点,计划投资(万元)\r\n机\x00井建设,桦树村,10\r\n"
    job = upload(world, text.encode("utf-16"), "表.csv")
    assert job.state == JobState.CHECKED, job.message
    assert "机井建设" in json.dumps(job.result, ensure_ascii=False)


def named_sheets(first: str, second: str) -> bytes:
    """Two tables of one header on sheets with these names, as other programs than Excel write them."""
    header = GOOD[:2]
    data = as_xlsx(Page([*header, ["桦树村道路硬化", "桦树村", 80]], name="甲表"), Page([*header, ["椴树村道路硬化", "椴树村", 60]], name="乙表"))
    return repacked(data, **{"xl__workbook.xml": lambda old: old.replace("甲表".encode(), first.encode()).replace("乙表".encode(), second.encode())})


def test_sheets_whose_long_names_begin_alike_are_told_apart(world):
    job = upload(world, named_sheets("长" * 31 + "一", "长" * 31 + "二"))
    assert job.state == JobState.CHECKED, job.message
    assert {(one.sheet, one.label) for one in job.rows.all()} == {("长" * 31, "桦树村道路硬化"), ("长" * 27 + "（2）", "椴树村道路硬化")}


def test_two_sheets_of_one_name_are_not_read_as_one(world):
    assert "几个工作表都叫“项目表”" in upload(world, named_sheets("项目表", "项目表")).message
    assert nothing_written()


def test_links_to_other_files_are_not_followed(world):
    link = b'<externalLink xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"/>'
    linked = b'<c r="C3"><f>[1]Sheet1!$A$1</f><v>80</v></c>'
    data = sheet(lambda old: old.replace(b'<c r="C3"><v>80</v></c>', linked))
    job = upload(world, repacked(data, **{"xl__externalLinks__externalLink1.xml": link}))
    assert job.rows.get().raw["planned_investment_yuan"] == {"$decimal": "800000.00"}


def laughs(root: bytes) -> bytes:
    lines = b"".join(b'<!ENTITY l%d "%s">' % (number, b"&l%d;" % (number - 1) * 10) for number in range(1, 10))
    return b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "ha">' + lines + b"]>" + root


@pytest.mark.parametrize("part", ["xl__sharedStrings.xml", "xl__worksheets__sheet1.xml", "xl__workbook.xml"])
def test_xml_bombs_do_not_unfold(world, part):
    def bomb(old):
        body = old.split(b"?>", 1)[-1]
        return laughs(body.replace(b"</t>", b"&l9;</t>", 1).replace(b"<v>80</v>", b"<v>&l9;</v>"))

    begun = time.monotonic()
    try:
        job = upload(world, repacked(as_xlsx(Page(GOOD)), **{part: bomb}))
        assert job.state in (JobState.FAILED, JobState.CHECKED)
        assert "haha" not in str(list(job.rows.values()))
    except Unreadable as refused:
        assert "请" in refused.message
    assert time.monotonic() - begun < 20
    assert not Project.objects.exists()


def test_one_long_string_in_every_cell_stays_within_the_memory_of_the_child():
    rows = b"".join(b'<row r="%d"><c r="A%d" t="s"><v>1</v></c><c r="B%d" t="s"><v>1</v></c></row>' % (n, n, n) for n in range(4, 20_000))
    data = repacked(
        as_xlsx(Page(GOOD)), **{
            "xl__sharedStrings.xml": lambda old: old.replace("项目名称".encode(), b"A" * 32_000, 1),
            "xl__worksheets__sheet1.xml": lambda old: old.replace(b"</sheetData>", rows + b"</sheetData>"),
        },
    )  # fmt: skip
    with pytest.raises(Unreadable, match="超出了时间或内存的上限"):
        read_apart("tables", io.BytesIO(data), name="t.xlsx", memory=700_000_000, **LIMITS)


def test_what_takes_too_long_is_stopped():
    data = as_csv([["项目名称", *[f"列{n}" for n in range(60)]], *[[f"项目{n}", *["2021年10月日"] * 60] for n in range(15_000)]])
    begun = time.monotonic()
    with pytest.raises(Unreadable, match="超出了时间或内存的上限"):
        read_apart("tables", io.BytesIO(data), name="t.csv", seconds=1, **LIMITS)
    assert time.monotonic() - begun < 30


def test_the_child_reads_as_this_process_does():
    data = as_xls(Page(GOOD))
    apart = read_apart("tables", io.BytesIO(data), name="t.xls", **LIMITS)
    assert repr(apart.tables) == repr(read_tables(io.BytesIO(data), "t.xls", **LIMITS).tables)


def test_our_own_template_is_read_in_the_child_too(world):
    kind = kind_of("projects")
    values = {"name": "冷库建设", "project_year": 2026, "method": "工程类", "task": world.tasks["consolidate"].name}
    job = upload(world, build_template(kind.template(world.huma_clerk), [values | {"planned_investment_yuan": Decimal(10_000)}]), "模板.xlsx")
    assert (job.params["free"], job.result["counts"]["new"]) == (False, 1)


def test_a_refusal_of_the_child_is_the_same_sentence():
    for read in (read_tables, lambda *given, **more: read_apart("tables", given[0], name=given[1], **more)):
        with pytest.raises(Unreadable, match="没有认出表格"):
            read(io.BytesIO(b"x\ny\n"), "t.csv", **LIMITS)


def test_a_job_that_cannot_read_names_the_file_and_writes_nothing(world):
    job = upload(world, b"x\ny\n", "呼玛县.csv")
    assert (job.state, job.message[:10]) == (JobState.FAILED, "“呼玛县.csv”：")
    assert nothing_written()


def test_where_the_system_knows_no_limits_the_child_reads_all_the_same_and_the_log_says_so(monkeypatch, caplog):
    """A system that is not POSIX has no `resource`: there the clock alone bounds the child."""
    without = "import sys, runpy; sys.modules['resource'] = None; runpy.run_module('linkage.excel.apart', run_name='__main__')"
    child = [sys.executable, "-c", without]
    run = subprocess.run
    monkeypatch.setattr(apart, "resource", None)
    monkeypatch.setattr(apart.subprocess, "run", lambda order, **more: run(child, **more))
    apart._tell_of_missing_limits.cache_clear()
    try:
        with caplog.at_level("WARNING", logger=apart.__name__):
            for _ in range(2):
                reading = apart.read_apart("tables", io.BytesIO("项目名称,计划投资(万元)\n桥,5\n".encode()), name="t.csv", **LIMITS)
    finally:
        apart._tell_of_missing_limits.cache_clear()
    assert [row.values["name"] for row in reading.tables[0].rows] == ["桥"]
    assert [record.message for record in caplog.records] == [
        "no limits of memory and processor time on this system: reading apart is bounded by the clock alone"
    ]
