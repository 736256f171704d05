"""The weekly workbook of 60 rows: taken out, brought back with every row changed and checked, written."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import load_workbook
from python_calamine import CalamineWorkbook

from linkage.excel import MIME
from reports.imports.weekly.build import FIRST_ROW, KEY_ROW
from reports.models import WeeklyReport

from .measure import Measure, once, seconds
from .pages import client_of, get


def weekly_book(report: WeeklyReport) -> Iterator[Measure]:
    client, address = client_of(f"{report.unit.slug}_clerk"), f"/weekly/{report.period.key}/{report.unit.slug}"
    rows, answers = report.lines.count(), []
    taken = seconds(lambda: answers.append(get(client, f"{address}/book.xlsx")), rounds=3)
    yield Measure(f"周调度填报表，{rows} 行：下载", taken, "s", limit="< 2 s", held=taken < 2)

    content = _filled(answers[0].content, f"雨季影响，机械进场晚（第 {report.revision} 次）")
    floor = once(lambda: _bare(content))
    checked = seconds(lambda: answers.append(_upload(client, f"{address}/upload/", content)), rounds=3)
    preview = answers[-1]["Location"]
    note = "parsed in a process of its own"
    yield Measure(f"周调度填报表，{rows} 行全改：上传并核对", checked, "s", floor, "bare calamine to lists", "< 5 s", checked < 5, note)
    shown = seconds(lambda: get(client, preview), rounds=3)
    yield Measure(f"周调度填报表，{rows} 行全改：核对页", shown, "s", limit="< 1 s", held=shown < 1)
    written = once(lambda: answers.append(client.post(preview)))
    if answers[-1]["Location"] != f"{address}/":
        raise RuntimeError("the workbook was not written")
    yield Measure(f"周调度填报表，{rows} 行全改：写入", written, "s", limit="< 2 s", held=written < 2)


def _upload(client: Client, address: str, content: bytes):
    response = client.post(address, {"file": SimpleUploadedFile("填报表.xlsx", content, content_type=MIME)})
    if response.status_code != 302:
        raise RuntimeError(f"the workbook was refused with {response.status_code}")
    return response


def _filled(content: bytes, words: str) -> bytes:
    """The workbook with two sentences in every row; the words differ from run to run on a kept database."""
    book, target = load_workbook(BytesIO(content)), BytesIO()
    sheet: Any = book["填报表"]
    columns = {cell.value: cell.column for cell in sheet[KEY_ROW] if cell.value}
    for number in range(FIRST_ROW, sheet.max_row + 1):
        if not str(sheet.cell(number, 1).value or "").startswith("line:") or "/" in sheet.cell(number, 1).value:
            continue
        sheet.cell(number, columns["problem"], words)
        sheet.cell(number, columns["measures"], "十月底前完成")
    book.save(target)
    return target.getvalue()


def _bare(content: bytes) -> None:
    with CalamineWorkbook.from_filelike(BytesIO(content)) as book:
        for name in book.sheet_names:
            book.get_sheet_by_name(name).to_python()
