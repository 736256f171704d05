"""What later signed reports of a unit say beside a corrected earlier one: listed for people, never altered (features 5.6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import F

from funds.models import Level, ReportedSpending
from linkage.money import wan_text
from reports.models import ReportLine, ReportVersion, WeeklyReport

ZERO = Decimal("0.00")
LEVEL_WORDS = dict(Level.choices)


@dataclass(frozen=True)
class Later:
    """One figure of a later report, of the period `key`, that no longer fits; `words` says how, amounts in 万元."""

    key: str
    project: str
    words: str


def amounts_in(content: dict[str, Any]) -> dict[int, Decimal]:
    """Allocation id → cumulative 元 of a signed statement."""
    return {cell["allocation"]: Decimal(cell["paid_to_date_yuan"]) for line in content["lines"] for cell in line["cells"]}


def amounts_of(lines: Iterable[ReportLine]) -> dict[int, Decimal]:
    """Allocation id → cumulative 元 of a working copy (lines of `lines_of`)."""
    return {cell.allocation_id: cell.paid_to_date_yuan or ZERO for line in lines for cell in line.cell_list}


def later_differences(report: WeeklyReport, amounts: Mapping[int, Decimal]) -> list[Later]:
    """Where later signed reports of the unit do not fit these cumulative figures (元 by allocation) of the report.

    The next one: its 上期 is another. All later ones: their cumulative figure lies below. Only the given allocations are
    looked at, so that a reader learns of no other row. One query where nothing later is signed, else two.
    """
    following = (
        ReportVersion.objects.filter(
            report__unit=report.unit_id, report__period__cutoff_at__gt=report.period.cutoff_at, number=F("report__version")
        ).select_related("report__period").order_by("report__period__cutoff_at").first()
    )  # fmt: skip
    if following is None:
        return []
    return [*_other_before(following, amounts), *_below(report, amounts)]


def _other_before(following: ReportVersion, amounts: Mapping[int, Decimal]) -> list[Later]:
    found = []
    for line in following.content["lines"]:
        for cell in line["cells"]:
            stated, now = Decimal(cell["previous_yuan"]), amounts.get(cell["allocation"])
            if now is not None and stated != now:
                words = f"{LEVEL_WORDS[cell['level']]}资金上报时的上期为 {wan_text(stated)} 万元，本期现为 {wan_text(now)} 万元"
                found.append(Later(following.report.period.key, line["name"], words))
    return found


def _below(report: WeeklyReport, amounts: Mapping[int, Decimal]) -> list[Later]:
    rows = ReportedSpending.objects.live().filter(allocation__in=amounts, as_of__gt=report.period.ends_on).order_by("as_of", "pk")
    return [
        Later(key.split("/")[1], project, f"{LEVEL_WORDS[level]}资金后期累计 {wan_text(amount)} 万元，低于本期的 {wan_text(amounts[allocation])} 万元")
        for allocation, key, amount, project, level in rows.values_list(
            "allocation_id", "statement_key", "paid_to_date_yuan", "allocation__project__name", "allocation__county_allocation__batch__level"
        )
        if amount < amounts[allocation]
    ]
