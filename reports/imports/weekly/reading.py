"""The filled workbook of a weekly report, read and marked in a process of its own: what it holds is anybody's."""

from __future__ import annotations

import re
from typing import IO, Any

from django.conf import settings

from linkage.excel.apart import do, read_apart
from linkage.excel.files import Overrun, Unreadable, check_head
from linkage.excel.keyed import KeyedForm, Taken
from projects.models import FACT_FIELDS
from reports.figures.places import SHORT

from .layout import BASE_SHEET, CODE, INFO_SHEET, ISSUES, LIST_SHEET, ROWS, VERSION

AGAIN = "请在填报页点“下载表”重新下载，把改动填进新表后再上传。"
FORM = KeyedForm(
    code=CODE, version=VERSION, title="填报表", origin="从填报页下载", again=AGAIN, info_sheet=INFO_SHEET, base_sheet=BASE_SHEET,
    other_sheets=(LIST_SHEET,), marks={ROWS: "line:", ISSUES: "issue:"}, typed=frozenset({"paid", "no_change", "note", *SHORT}),
    beside=frozenset({"code", "name", "before", "delta"}),
    max_rows=3_000,  # no unit has a tenth of it
    unpacked=40 * 1024 * 1024,  # bytes; ours with 300 rows have a tenth
)  # fmt: skip
SECONDS, MEMORY = 15, 1 << 30  # of processor time, of address space; the person waits, and 300 rows need a second
_CELL = re.compile(r"cell:[0-9]{1,18}")


def read_book(file: IO[bytes], name: str, *, max_bytes: int) -> Taken:
    """The workbook as it was filled in. Raises Unreadable when it is not one of ours, of an older form, or takes too long."""
    check_head(file, name, max_bytes=max_bytes)
    try:
        found: Taken = apart("keyed", file, name=name, max_bytes=max_bytes, form=FORM)
    except Overrun as error:
        raise Overrun(f"读这份表超出了时间或内存的上限，已停止，没有写入任何数据。表中可能有大量看不见的内容。{AGAIN}") from error
    for (row, column), (place, _) in found.bases.items():
        if not _is_place(row, column, place):
            raise Unreadable(f"表中隐藏的原值页被改动了，分不清哪些是您改的。{AGAIN}")
    return found


def apart(task: str, file: IO[bytes], **arguments: Any) -> Any:
    """Bounded, in a process of its own; in this one only where the settings say so (tests)."""
    return read_apart(task, file, seconds=SECONDS, memory=MEMORY, **arguments) if settings.READ_APART else do(task, file, **arguments)


def _is_place(key: str, column: str, place: str) -> bool:
    """Is this a place that a workbook of ours names in such a row?"""
    if key.startswith("issue:"):
        return column == place == "note"
    return place == "no_change" or place in FACT_FIELDS or _CELL.fullmatch(place) is not None
