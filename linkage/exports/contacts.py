"""一对一对接联系表 as Excel: unit, matter, 承办单位, the people in both posts with post and office phone."""

from __future__ import annotations

from typing import Any

from linkage import periods
from linkage.excel import Column, Sheet
from linkage.figures.contact_table import counted, note_of, shown
from linkage.figures.contacts import Cell
from linkage.forms.contacts import ContactFilter

from .base import Call, ExportKind, register

CODE = "contacts"
COLUMNS = [
    Column("no", "序号", "int", 6), Column("unit", "县（市、区）", width=11), Column("phase", "阶段", width=9), Column("matter", "事项", width=18),
    Column("organisation", "承办单位", width=20), Column("a_name", "A岗", width=9), Column("a_duty", "职务", width=12),
    Column("a_phone", "办公电话", width=14), Column("b_name", "B岗", width=9), Column("b_duty", "职务", width=12),
    Column("b_phone", "办公电话", width=14), Column("note", "说明", width=18),
]  # fmt: skip


def _row(number: int, cell: Cell) -> dict[str, Any]:
    row = {
        "no": number, "unit": cell.region.name, "phase": cell.matter.get_phase_display(), "matter": cell.matter.name,
        "organisation": cell.organisation.name if cell.organisation else "—", "note": note_of(cell),
    }  # fmt: skip
    for post, contact in cell.people.items():
        row |= {f"{post}_name": contact.person_name, f"{post}_duty": contact.duty, f"{post}_phone": contact.office_phone}
    return row


def build(call: Call) -> list[Sheet]:
    as_of = periods.day_of(call.at)
    found = shown(ContactFilter(call.query).chosen(), as_of)
    total = counted(found)
    return [
        Sheet(
            title="衔接资金项目“一对一”对接联系表", name="一对一对接联系表", as_of=as_of, columns=COLUMNS,
            rows=[_row(number, cell) for number, cell in enumerate(found, 1)], frozen_columns=4,
            footnotes=[f"注：应明确 {total.wanted} 项，已明确 {total.named} 项，空缺 {total.empty} 项。先联系A岗，A岗不在时联系B岗。只登记办公电话。"],
        )
    ]  # fmt: skip


register(ExportKind(CODE, "一对一对接联系表", build, permission="directory.read"))
