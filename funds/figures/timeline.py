"""The course of money through one document or one share: each dated fact and what was left to give on after it (features 4.1)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from funds.models import Allocation, Batch, CountyAllocation, EventKind, FundChange, FundEvent

ZERO = Decimal("0.00")
CUTS = (EventKind.REDUCTION, EventKind.WITHDRAWAL)


@dataclass(frozen=True)
class Entry:
    """One fact of one day. `own_yuan` changes what there is, `given_yuan` what is given on; `rest_yuan` stays after it."""

    day: date
    words: str
    document_no: str
    whom: str
    own_yuan: Decimal = ZERO
    given_yuan: Decimal = ZERO
    event: FundEvent | None = None
    rest_yuan: Decimal = ZERO

    @property
    def is_short(self) -> bool:
        return self.rest_yuan < 0


def batch_timeline(batch: Batch, shares: Iterable[CountyAllocation], changes: Iterable[FundChange], *, is_whole: bool) -> list[Entry]:
    """Of a whole document: 下达, each share, each change. Of a part: only one's own shares come in, and nothing goes out."""
    changes, shares = list(changes), list(shares)
    entries = []
    if is_whole:
        own = [change for change in changes if change.county_allocation_id is None]
        entries.append(Entry(batch.issued_on, "上级下达", batch.document_no, batch.region.name, own_yuan=_first(batch, own)))
        entries += [_own(change, batch.region.name) for change in own]
    for share in shares:
        moved = [change for change in changes if change.county_allocation_id == share.pk and change.allocation_id is None]
        entries += _entries(share, moved, share.issued_on, "分配到县", share.unit.name, is_below=is_whole)
    return _balanced(entries)


def share_timeline(share: CountyAllocation, allocations: Iterable[Allocation], changes: Iterable[FundChange]) -> list[Entry]:
    """Of a county's share: 下达到县, each arrangement to a project, each change."""
    changes = list(changes)
    own = [change for change in changes if change.allocation_id is None and change.county_allocation_id == share.pk]
    entries = _entries(share, own, share.issued_on, "下达到县", share.unit.name, is_below=False)
    for allocation in allocations:
        moved = [change for change in changes if change.allocation_id == allocation.pk]
        entries += _entries(allocation, moved, allocation.decided_on, "安排到项目", allocation.project.name, is_below=True)
    return _balanced(entries)


def _entries(row, moved: list[FundChange], day: date, words: str, whom: str, *, is_below: bool) -> list[Entry]:
    """The first amount of a row (none where it began with a 调剂) and its changes."""
    first = _first(row, moved)
    begun = [Entry(day, words, row.document_no, whom, own_yuan=first)] if first else []
    entries = [*begun, *(_own(change, whom) for change in moved)]
    return [replace(entry, own_yuan=ZERO, given_yuan=entry.own_yuan) for entry in entries] if is_below else entries


def _first(row, moved: list[FundChange]) -> Decimal:
    return row.amount_yuan - sum((change.amount_yuan for change in moved), ZERO)


def _own(change: FundChange, whom: str) -> Entry:
    event = change.event
    words = event.get_kind_display()
    if event.kind == EventKind.TRANSFER:
        words = f"{words}（{'调入' if change.amount_yuan > 0 else '调出'}）"
    return Entry(change.effective_on, words, event.document_no, whom, own_yuan=change.amount_yuan, event=event)


def _balanced(entries: list[Entry]) -> list[Entry]:
    """By day; on one day what comes in goes first. With the rest after each."""
    rest, found = ZERO, []
    for entry in sorted(entries, key=lambda one: (one.day, one.event.pk if one.event else 0, one.given_yuan > 0)):
        rest += entry.own_yuan - entry.given_yuan
        found.append(replace(entry, rest_yuan=rest))
    return found


@dataclass(frozen=True)
class WorkedOff:
    """An over-allocation since the last cut from above, in 元: what stood out then, and what of it is left."""

    event: FundEvent
    began_yuan: Decimal
    left_yuan: Decimal

    @property
    def done_yuan(self) -> Decimal:
        return self.began_yuan - self.left_yuan


def worked_off(batch: Batch, changes: Iterable[FundChange]) -> WorkedOff | None:
    """How far the over-allocation after the last cut is worked off; None where no cut left one."""
    changes = list(changes)
    cuts = [change for change in changes if change.county_allocation_id is None and change.event.kind in CUTS]
    if not cuts:
        return None
    cut = max(cuts, key=lambda change: change.pk)
    since = [c for c in changes if c.county_allocation_id and c.allocation_id is None and c.pk > cut.pk]
    began = batch.allocated_yuan - sum((change.amount_yuan for change in since), ZERO) - cut.after_yuan
    if began <= 0:
        return None
    return WorkedOff(cut.event, began, max(batch.allocated_yuan - batch.amount_yuan, ZERO))
