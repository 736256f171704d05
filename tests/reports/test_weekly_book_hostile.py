"""Workbooks nobody filled in honestly, and odd ones: the web process stays bounded, and nobody stands without an answer.

Everything here goes through the real reading process of its own (READ_APART).
"""

import resource
import time
import zipfile
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest

from linkage.models import Upload
from reports.imports.weekly import reading
from tests.reports.book import STORE, VILLAGE, Workbook, bring, refused, seen, take, written

pytestmark = pytest.mark.django_db

SHARED = b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" count="1" uniqueCount="1"><si><t>%s</t></si></sst>'


@pytest.fixture(autouse=True)
def apart(settings):
    settings.READ_APART = True


def repacked(content: bytes, **parts) -> bytes:
    """The workbook with parts changed: name (/ written __, . written _) → old bytes to new bytes."""
    source, target = zipfile.ZipFile(BytesIO(content)), BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as out:
        for name in source.namelist():
            change = parts.get(name.replace("/", "__").replace(".", "_"))
            out.writestr(name, change(source.read(name)) if change else source.read(name))
    return target.getvalue()


def filled(desk, **values):
    book = take(desk)
    book.type(STORE, **values)
    return book.bytes()


def used():
    """(processor seconds, peak of resident kB) of this process."""
    mine = resource.getrusage(resource.RUSAGE_SELF)
    return mine.ru_utime + mine.ru_stime, mine.ru_maxrss


def test_a_sheet_that_hangs_whoever_looks_into_it_hangs_the_child_only(desk, monkeypatch):
    monkeypatch.setattr(reading, "SECONDS", 3)
    content = repacked(filled(desk, paid=1), xl__worksheets__sheet1_xml=lambda old: old.replace(b"<sheetData>", b"<sheetData>" + b"<c " * 300_000, 1))
    client_ready, begun = used(), time.monotonic()
    words = refused(bring(desk, content))
    waited, mine = time.monotonic() - begun, used()[0] - client_ready[0]
    assert "超出了时间或内存的上限" in words and "请在填报页点“下载表”重新下载" in words
    assert waited > 2.5, "somebody did hang"
    assert mine < 1.5, "and it was not the web process"
    assert waited < 30


def test_one_long_word_in_half_a_million_cells_does_not_swell_the_web_process(desk):
    rows = b"".join(
        b'<row r="%d">%s</row>' % (n, b"".join(b'<c r="%s%d" t="s"><v>0</v></c>' % (letter, n) for letter in (b"A", b"B", b"C", b"D", b"E", b"F")))
        for n in range(20, 3_000)
    )
    content = repacked(
        filled(desk, paid=1), xl__worksheets__sheet1_xml=lambda old: old.replace(b"</sheetData>", rows + b"</sheetData>"),
    )  # fmt: skip
    content = BytesIO(content)
    with zipfile.ZipFile(content, "a", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("xl/sharedStrings.xml", SHARED % (b"A" * 32_000))
    content = content.getvalue()
    before = used()
    words = refused(bring(desk, content))
    after = used()
    assert "文字过多" in words or "超出了时间或内存的上限" in words
    assert after[1] - before[1] < 150_000, "kB"


def test_a_sign_no_database_keeps_is_left_out(desk):
    assert "写入 1 格" in written(desk, filled(desk, problem="缺_x0000_水"))
    assert desk.line(STORE).problem == "缺水"


def test_the_preview_opens_no_workbook(desk):
    preview = bring(desk, filled(desk, paid=18.25, started_on="2026-05-08"))["Location"]
    staged = Upload.objects.get(content_type__contains=";weekly=")
    Path(staged.file.path).write_bytes(b"PK\x03\x04 torn since")
    page = desk.client("huma_clerk").get(preview)
    assert [(c["header"], c["after"]) for c in page.context["changes"]] == [("开工", "2026年5月8日"), ("中央资金 本期累计支出", "18.25 万元")]
    answer = desk.client("huma_clerk").post(preview, follow=True)
    assert "写入 2 格" in " ".join(map(str, answer.context["messages"]))
    assert not Upload.objects.exists(), "neither the workbook nor what was read from it"


def test_what_was_read_by_another_form_of_the_program_is_asked_for_again(desk):
    preview = bring(desk, filled(desk, paid=1))["Location"]
    kept = Upload.objects.get(content_type__startswith="application/json")
    Path(kept.file.path).write_bytes(b'{"schema": 0}')
    page = desk.client("huma_clerk").get(preview, follow=True)
    assert "请重新上传" in " ".join(map(str, page.context["messages"]))


def odd(content: bytes) -> bytes:
    """As some programs write it: an attribute that openpyxl does not know and calamine does not look at."""
    return repacked(content, xl__worksheets__sheet1_xml=lambda old: old.replace(b'orientation="landscape"', b'orientation="quer"'))


def test_a_workbook_that_cannot_be_marked_comes_back_as_a_fresh_one_with_what_was_typed(desk):
    book = take(desk)
    book.type(STORE, paid="x", physical_ratio=45)
    book.cell(STORE, "physical_ratio").number_format = "General"
    book.type(VILLAGE, problem="留着", started_on="2026-05-08")
    content = odd(book.bytes())
    with pytest.raises(ValueError, match="Unable to read workbook"):
        openpyxl.load_workbook(BytesIO(content))
    preview = bring(desk, content)["Location"]
    answer = desk.client("huma_clerk").get(f"{preview}marked.xlsx")
    assert answer.status_code == 200
    fresh = Workbook(answer.content)
    assert (fresh.cell(STORE, "paid:central").value, fresh.cell(STORE, "physical_ratio").value, fresh.cell(VILLAGE, "problem").value) == ("x", 45, "留着")
    assert "不是数字" in fresh.cell(STORE, "paid:central").comment.text
    listed = [[cell.value for cell in row] for row in fresh.book["需改正"].iter_rows()]
    assert listed[0][0].startswith("原文件的格式特殊，不能在原表上标注")
    assert listed[2][:3] == ["填报表", fresh.cell(STORE, "paid:central").coordinate, STORE]

    fresh.type(STORE, paid=5)
    assert "写入 4 格" in written(desk, fresh)


def test_a_cell_others_changed_too_is_still_asked_about_in_the_fresh_one(desk):
    book = take(desk)
    desk.post("huma_clerk", "cells", {"edits": [{"line": desk.line(STORE).pk, "place": "physical_ratio", "text": "40", "base": "any"}]})
    book.type(STORE, physical_ratio=45, paid="x")
    preview = bring(desk, odd(book.bytes()))["Location"]
    fresh = Workbook(desk.client("huma_clerk").get(f"{preview}marked.xlsx").content)
    assert fresh.cell(STORE, "physical_ratio").fill.fgColor.rgb == "00FBE3B5"
    fresh.type(STORE, paid=5)
    [conflict] = seen(desk, fresh).context["conflicts"]
    assert (conflict["before"], conflict["after"]) == ("40.0%", "45.0%")


def test_the_child_reads_and_marks_as_this_process_does(desk, settings):
    book = take(desk)
    book.type(STORE, paid="x", started_on=46150, physical_ratio=0.5)
    book.cell(STORE, "physical_ratio").number_format = "0%"
    book.type(VILLAGE, paid="=1+1")
    content, found = book.bytes(), []
    for READ_APART in (True, False):
        settings.READ_APART = READ_APART
        page = seen(desk, content)
        preview = page.request["PATH_INFO"]
        marked = Workbook(desk.client("huma_clerk").get(f"{preview}marked.xlsx").content)
        found.append((
            [(e.cell, e.value, e.message) for e in page.context["errors"]], [(c["cell"], c["after"]) for c in page.context["changes"]],
            marked.cell(STORE, "paid:central").comment.text, marked.cell(STORE, "started_on").value,
        ))  # fmt: skip
    assert found[0] == found[1]
    assert [cell for cell, *_ in found[0][0]] == [book.cell(STORE, "paid:central").coordinate, book.cell(VILLAGE, "paid:central").coordinate]
