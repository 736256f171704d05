"""Budget lines of the treasury written and taken back, inside the import's one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from funds.actions.feed import MOVED, latest_feeds
from funds.models import BudgetLine, FeedKind, TreasuryFeed
from linkage import audit, periods
from linkage.errors import Refusal
from linkage.imports.base import Staged, Written
from linkage.models import ImportTrace, Job

_FIELDS = ("detail_no", "document_no", "upper_document_no", "level_words", "fund_words", "agency", "budget_project", "summary")


def write_quotas(rows: Sequence[Staged], *, by, at: datetime, context: Any) -> Written:
    """Insert new lines; set aside what was corrected or has gone; bring back what returned. Raises Refusal when a line has moved."""
    changed: dict[int, dict[str, Any]] = {}
    held = _held(rows)
    for row in rows:
        for did in ("corrects", "gone", "back"):
            if did in row.data:
                old = held[row.data[did]]
                changed[old.pk] = {"did": did, "before": {"key": old.key, "gone_at": old.gone_at and old.gone_at.isoformat()}}
                old.gone_at = None if did == "back" else at
                if did == "corrects":
                    old.key = f"{old.pk}~{old.key}"[:80]
    BudgetLine.objects.bulk_update([held[pk] for pk in changed], ["gone_at", "key"], batch_size=500)
    new = [row for row in rows if "unit" in row.data]
    made = BudgetLine.objects.bulk_create([_line(row, at) for row in new], batch_size=500)
    for row, line in zip(new, made, strict=True):
        if "corrects" in row.data:
            BudgetLine.objects.filter(pk=row.data["corrects"]).update(superseded_by=line)
    if changed:
        audit.record_many(by=by, verb="财政数据更正指标", rows=[(held[pk], one["before"], {"did": one["did"]}) for pk, one in changed.items()], at=at)
    return Written([line.pk for line in made], changed)


def _held(rows: Sequence[Staged]) -> dict[int, BudgetLine]:
    ids = sorted(row.data[did] for row in rows for did in ("corrects", "gone", "back") if did in row.data)
    held = {one.pk: one for one in BudgetLine.objects.select_for_update(of=("self",)).filter(pk__in=ids).order_by("pk")}
    if len(held) != len(ids):
        raise Refusal(MOVED, code="stale")
    return held


def _line(row: Staged, at: datetime) -> BudgetLine:
    read = row.read
    return BudgetLine(
        region_id=row.data["unit"], key=row.data["key"], key_line=row.data["line"], amount_yuan=read["amount_yuan"], issued_on=read.get("issued_on"),
        fund_year=read.get("fund_year"), flags=read.get("flags", []), known_at=at, **{name: read.get(name, "") for name in _FIELDS},
    )  # fmt: skip


def record_quota_feed(*, job: Job, rows: Mapping[int, int], added: Mapping[int, int], by, at: datetime) -> None:
    """A file of budget lines shows how they stand on its day: one row per unit."""
    today = periods.day_of(at)
    TreasuryFeed.objects.bulk_create(
        TreasuryFeed(job=job, kind=FeedKind.QUOTAS, unit_id=unit, first_on=date(today.year, 1, 1), last_on=today, rows=count, added=added.get(unit, 0),
                     uploaded_by=by, uploaded_at=at)
        for unit, count in sorted(rows.items())
    )  # fmt: skip


def undo_quotas(trace: ImportTrace, *, by, at: datetime) -> str:
    """Remove the lines a file brought and give the others their former state. Raises PermissionDenied, Refusal."""
    feeds = latest_feeds(trace, by)
    BudgetLine.objects.filter(superseded_by__in=trace.created).update(superseded_by=None)
    BudgetLine.objects.filter(pk__in=trace.created).delete()
    for pk, change in trace.changed.items():
        BudgetLine.objects.filter(pk=pk).update(**change["before"])
    feeds.update(undone_at=at)
    return f"移除指标 {len(trace.created)} 行，恢复 {len(trace.changed)} 行。"
