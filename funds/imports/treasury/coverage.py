"""Which days of which units a file covers: what it does not hold of them has vanished from the source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Q

from funds.models import Voucher, VoucherChannel


@dataclass
class Coverage:
    """Per unit the first and last day and the number of lines; a period named above the header holds for every unit."""

    today: date
    period: tuple[date, date] | None = None
    seen: dict[int, list[Any]] = field(default_factory=dict)

    @classmethod
    def of(cls, head: Mapping[str, Any], today: date) -> Coverage:
        named = [table["period"] for table in head["tables"]]
        if not all(named):
            return cls(today)
        return cls(today, (min(date.fromisoformat(one[0]) for one in named), min(today, max(date.fromisoformat(one[1]) for one in named))))

    def see(self, unit: int, day: date) -> None:
        """One more line. A day to come is a mistake of the source and covers nothing."""
        day = min(day, self.today)
        known = self.seen.get(unit)
        if known is None:
            self.seen[unit] = [day, day, 1]
            return
        known[0], known[1], known[2] = min(known[0], day), max(known[1], day), known[2] + 1

    @property
    def units(self) -> list[int]:
        return sorted(self.seen)

    def by_unit(self) -> list[tuple[int, tuple[date, date, int]]]:
        """(unit, (first day, last day, lines)). An export reaches to one day for all its units: who was paid nothing in the last
        weeks is no less up to date."""
        start, end = self.period or (date.max, max((last for _, last, _ in self.seen.values()), default=date.min))
        return [(unit, (min(first, start), max(last, end), count)) for unit, (first, last, count) in sorted(self.seen.items())]


def seen_days(coverage: Coverage) -> Iterator[tuple]:
    """Treasury lines standing in the days covered: pk, unit, numbers, day, payee, amount. One query, nothing kept."""
    inside = Q(pk__in=[])
    for unit, (first, last, _count) in coverage.by_unit():
        inside |= Q(unit=unit, paid_on__range=(first, last))
    rows = Voucher.objects.filter(inside, channel=VoucherChannel.TREASURY, gone_at__isnull=True, split_from__isnull=True)
    fields = ("pk", "unit_id", "voucher_no", "application_no", "paid_on", "payee_masked", "amount_yuan")
    return rows.order_by("unit_id", "paid_on", "pk").values_list(*fields).iterator(2_000)
