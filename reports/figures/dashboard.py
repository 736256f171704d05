"""What the prefecture's dashboard says: sentence, exceptions, tiles, trend (features 10.2). No rule of its own: the
numbers are those of funds.figures.pacing, the record that of figures.record, restricted to what the reader sees."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.db.models import F
from django.urls import reverse

from funds.figures import pacing
from funds.figures.series import series
from funds.figures.sums import settled_edge
from funds.figures.target import linear_ratio
from funds.figures.verdict import Pace
from funds.figures.waiting.reading import Asked
from funds.figures.waiting.table import WaitingTable, documents_of, waiting
from funds.models import HEADLINE_LEVELS
from linkage import money, periods
from linkage.models import Organisation, Region
from projects.models import Progress
from reports.figures.record import Record, last_periods, records
from reports.figures.timeliness import Timeliness
from reports.models import Period, ReportState

PROBLEMS_SHOWN = 8


@dataclass(frozen=True)
class Notable:
    """One row of the exception list: who, what, since when, next step."""

    tone: str
    who: str
    who_url: str
    what: str
    since: str
    step: str
    url: str

    @property
    def shape(self) -> str:
        """Never colour alone."""
        return "square" if self.tone == "bad" else "triangle"


def as_of_day(at: datetime) -> date:
    """The newest cut-off that has passed: all parts of the page speak of this day."""
    period = Period.objects.reported().filter(cutoff_at__lte=at).first()
    return period.ends_on if period else periods.shift(periods.day_of(at), days=-1)


def current_record(units: list[Region], at: datetime) -> tuple[list[Period], list[Record]]:
    shown = last_periods(at)
    return shown, records(shown, units, at)


def due_period(shown: list[Period], at: datetime) -> Period | None:
    """The newest period whose deadline has passed; the sentence counts reports of this one."""
    return next((period for period in reversed(shown) if period.due_at <= at), None)


def reporting_words(shown: list[Period], rows: list[Record], at: datetime) -> dict[str, Any]:
    """Counts by timeliness of the newest due period: {"period", "on_time", "late", "missing", "exempt"}."""
    period = due_period(shown, at)
    judged = [cell for record in rows for cell in record.cells if period and cell[0].pk == period.pk]
    count = {kind: sum(cell[2] is kind for cell in judged) for kind in Timeliness}
    return {
        "period": period, "on_time": count[Timeliness.ON_TIME], "late": count[Timeliness.LATE], "missing": count[Timeliness.MISSING],
        "exempt": count[Timeliness.EXEMPT],
    }  # fmt: skip


def exceptions(table: pacing.PaceTable, shown: list[Period], rows: list[Record], sight: pacing.Sight, at: datetime) -> list[Notable]:
    """Faults in the data first, then who has not reported, who is far behind, what lies unallocated."""
    found = [*_data_faults(table), *_unreported(shown, rows, at), *_returned(rows, at), *_behind(table), *_unarranged(table, sight)]
    order = {"bad": 0, "warn": 1}
    return sorted(found, key=lambda row: order[row.tone])


def _unit_url(unit: Region) -> str:
    return reverse("region-page", args=[unit.slug])


def _data_faults(table):
    for line in table.units_headline:
        if line.pace is Pace.FAULT:
            words = f"累计支出超过下达 {money.wan_text(line.excess_yuan, 2)} 万元，数据待核"
            yield Notable("bad", line.unit.name, _unit_url(line.unit), words, f"截至 {line.settings.as_of:%m-%d}", "核对凭证和分配", reverse("fund-ledger"))


def _unreported(shown, rows, at):
    period = due_period(shown, at)
    for record in rows:
        for shown_period, _, judged in record.cells:
            if period and shown_period.pk == period.pk and judged is Timeliness.MISSING:
                since = periods.deadline_words(period.due_at, at)
                yield Notable("bad", record.unit.name, _unit_url(record.unit), f"{period.title.split('（')[0]}未报", since, "催报",
                                 reverse("weekly-period", args=[period.key]))  # fmt: skip


def _returned(rows, at):
    for record in rows:
        for period, report, _ in record.cells:
            if report and report.state == ReportState.RETURNED and report.return_due_at and report.return_due_at < at:
                yield Notable(
                    "warn", record.unit.name, _unit_url(record.unit), f"{period.title.split('（')[0]}退回后未重报",
                    periods.deadline_words(report.return_due_at, at), "催办", reverse("weekly-report", args=[period.key, record.unit.slug]),
                )  # fmt: skip


def _behind(table):
    for line in table.units_headline:
        if line.pace is Pace.SEVERE:
            words = f"支出进度 {money.percent_text(line.ratio)}，低于目标 {-line.deviation} 个百分点，待支出 {money.wan_text(line.unpaid_yuan, 2)} 万元"
            yield Notable("bad", line.unit.name, _unit_url(line.unit), words, f"截至 {line.settings.as_of:%m-%d}", "看待支出项目", _unit_url(line.unit))


def _unarranged(table, sight):
    """Money that is not 新到 any more (rule young_money_days) and not arranged to projects (分配 30 日, features 4.7)."""
    edge = settled_edge(table.settings.as_of, table.settings.young_days)
    late = sight.shares.filter(issued_on__lte=edge, batch__fund_year=table.settings.year, allocated_yuan__lt=F("amount_yuan"))
    left: dict[Region, list] = {}
    for share in late.select_related("unit").order_by("issued_on"):
        left.setdefault(share.unit, []).append(share)
    for unit, shares in left.items():
        rest = money.wan_text(sum(share.amount_yuan - share.allocated_yuan for share in shares), 2)
        words = f"{rest} 万元下达满 {table.settings.young_days} 天仍未安排到项目"
        url = reverse("share-detail", args=[shares[0].pk]) if len(shares) == 1 else (
            f"{reverse('batch-list')}?{urlencode({'year': table.settings.year, 'unit': unit.slug, 'overdue': 'on', 'as_of': table.settings.as_of.isoformat()})}"
        )  # fmt: skip
        yield Notable("warn", unit.name, _unit_url(unit), words, f"最早 {shares[0].issued_on:%Y-%m-%d}", "看未安排的资金", url)


def tiles(table: pacing.PaceTable) -> list[dict[str, Any]]:
    return [
        {
            "slug": line.unit.slug, "name": line.unit.name, "value": money.percent_text(line.ratio), "pace": line.pace, "url": _unit_url(line.unit),
            "note": f"待支出 {money.wan_text(line.unpaid_yuan, 2)} 万元" if line.unpaid_yuan else "",
        }
        for line in table.units_headline
    ]  # fmt: skip


def waiting_now(user, table: pacing.PaceTable, sight: pacing.Sight) -> WaitingTable:
    """In which link the unpaid money of the headline is on the day of the page, by the basis of the page (features 4.5)."""
    settings = table.settings
    return _waiting(user, sight, settings.as_of, settings.basis)


def waiting_with(user, body: Organisation, sight: pacing.Sight, as_of: date) -> WaitingTable:
    """The same within a body's own region, by the basis in force; which rows are in its hands the table tells (`of_link`)."""
    return _waiting(user, sight, as_of, pacing.rule_basis(as_of), documents_of(user).filter(region__path__startswith=body.region.path))


def _waiting(user, sight: pacing.Sight, as_of: date, basis: str, batches=None) -> WaitingTable:
    levels = tuple(str(level) for level in HEADLINE_LEVELS)
    asked = Asked(as_of=as_of, since=as_of, basis=basis, year=as_of.year, levels=levels)
    return waiting(asked, sight=sight, batches=documents_of(user) if batches is None else batches)


def problems(user, as_of: date) -> list[Progress]:
    """The newest stated problems up to a day, asks to the prefecture first, then by the size of the project. One query."""
    newest = Period.objects.reported().filter(ends_on__lte=as_of).values_list("ends_on", flat=True)[:1]
    rows = Progress.objects.live().visible_to(user).filter(as_of__in=list(newest)).exclude(problem="").distinct()
    return list(
        rows.select_related("project__unit", "holder", "step").order_by("-coordination_level", "-project__planned_investment_yuan", "pk")[:PROBLEMS_SHOWN]
    )


@dataclass(frozen=True)
class Trend:
    """Month by month: this year's and last year's pace and the target, as ratios 0..1 (None = not yet or no money)."""

    months: list[str]
    this_year: list[Decimal | None]
    last_year: list[Decimal | None]
    target: list[Decimal]

    @property
    def rows(self) -> list[list[str]]:
        return [
            [month, *(money.percent_text(value) for value in values)]
            for month, *values in zip(self.months, self.this_year, self.last_year, self.target, strict=True)
        ]


def trend(table: pacing.PaceTable, sight: pacing.Sight, unit: Region | None = None) -> Trend:
    """The S-curve of the headline (中央＋省级) with last year's beside it; eight queries at most."""
    settings = table.settings
    ends = {year: [periods.Month(year, number).last for number in range(1, 13)] for year in (settings.year - 1, settings.year)}
    cut = [min(day, settings.as_of) for day in ends[settings.year] if day.replace(day=1) <= settings.as_of]
    now = series(year=settings.year, cutoffs=cut, basis=settings.basis, sight=sight, unit=unit)
    before = series(year=settings.year - 1, cutoffs=ends[settings.year - 1], basis=settings.basis, sight=sight, unit=unit)
    pad: list[Decimal | None] = [None] * (12 - len(now))
    return Trend(
        months=[f"{number}月" for number in range(1, 13)],
        this_year=[money.ratio(point.paid_yuan, point.issued_yuan) for point in now] + pad,
        last_year=[money.ratio(point.paid_yuan, point.issued_yuan) for point in before],
        target=[_target_of(table, day) for day in ends[settings.year]],
    )


def _target_of(table: pacing.PaceTable, day: date) -> Decimal:
    """The staircase: the confirmed node in force on a day, else 序时."""
    targets = table.targets
    return type(targets)(targets.year, day, targets.method, targets.nodes).target().ratio if targets.nodes else linear_ratio(
        targets.year, day, targets.method
    )  # fmt: skip

