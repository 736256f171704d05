"""资金变动一览表: each dated act with what it moved, exactly the rows of the page."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Prefetch

from funds.filters import EventFilter
from funds.models import FundChange, FundEvent
from linkage import exports, periods
from linkage.excel import Column, Sheet

COLUMNS = [
    Column("no", "序号", "int", 6), Column("number", "变动编号", width=17), Column("effective_on", "生效日期", "date"),
    Column("kind", "种类", width=11), Column("batch", "批次文号", width=24), Column("task", "资金任务", width=11),
    Column("moved", "变动内容", width=44), Column("amount_yuan", "金额", "wan"), Column("document_no", "依据文号", width=24),
    Column("reason", "说明", width=24), Column("recorded_by", "登记人", width=10),
]  # fmt: skip


def events_for(user, query) -> EventFilter:
    """The acts one user sees; `seen` holds those of their changes that lie in his sight."""
    changes = FundChange.objects.visible_to(user).select_related("batch__region", "county_allocation__unit", "allocation__project").order_by("pk")
    rows = (
        FundEvent.objects.visible_to(user).select_related("batch__task", "region", "recorded_by")
        .prefetch_related(Prefetch("changes", changes, to_attr="seen")).order_by("-effective_on", "-pk")
    )  # fmt: skip
    return EventFilter(query, rows, user=user)


def _rows(found: EventFilter) -> Iterator[dict]:
    for number, event in enumerate(found.qs, 1):
        yield {
            "no": number, "number": event.number, "effective_on": event.effective_on, "kind": event.get_kind_display(),
            "batch": event.batch.document_no if event.batch else "", "task": event.batch.task.short_name if event.batch else "",
            "moved": "；".join(change.words for change in event.seen) or event.region.name, "amount_yuan": event.amount_yuan,
            "document_no": event.document_no, "reason": event.reason, "recorded_by": str(event.recorded_by or ""),
        }  # fmt: skip


def build(call: exports.Call) -> list[Sheet]:
    return [
        Sheet(
            title="衔接资金变动一览表", name="资金变动", columns=COLUMNS, rows=_rows(events_for(call.by, call.query)), unit_line="单位：万元",
            as_of=periods.day_of(call.at), footnotes=["只列本人范围内的变动；变动内容中“＋”为增加，“－”为减少。"],
        )
    ]  # fmt: skip


exports.register(exports.ExportKind("fund-events", "资金变动", build=build, permission="export.run", stem=lambda call: "资金变动"))
