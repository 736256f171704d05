"""《工作交接单》: who hands over to whom, seat, items with state and term, lines to sign (features 1.6)."""

from __future__ import annotations

from linkage import periods
from linkage.models import Handover

from .office import OfficialDocument


def handover_sheet(row: Handover) -> bytes:
    """The .docx of a handover, from what was written on its day."""
    items = list(row.items.all())
    doc = OfficialDocument()
    doc.title("衔接资金联动监管工作交接单")
    doc.address(f"编号：{row.number}")
    doc.text(f"交出人：{row.giver_words}。岗位：{row.seat_words}。交接原因：{row.reason}。")
    doc.text(f"接收人：{'、'.join(dict.fromkeys(item.receiver_words for item in items))}。监交人：{row.witness}。")
    doc.heading(f"交接事项（{len(items)} 项）")
    rows = [
        [str(number), item.kind_title, item.title, item.state_words or "—", f"{item.due_on:%Y-%m-%d}" if item.due_on else "—", item.receiver_words]
        for number, item in enumerate(items, 1)
    ]
    doc.words_table(["序号", "种类", "事项", "办理情况", "时限", "接收人"], rows, [10, 20, 46, 24, 28, 28])
    doc.text("以上事项的资料和办理情况已当面说明，自交接之日起由接收人负责办理。")
    for who in ("交出人", "接收人", "监交人"):
        doc.text(f"{who}（签字）：　　　　　　　　　年　　月　　日")
    doc.small(f"办理：{row.prepared_words}　{periods.moment_words(row.at)}")
    return doc.to_bytes()
