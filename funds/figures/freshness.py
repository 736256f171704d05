"""How fresh the treasury's data are, unit by unit, and whether they came in time (features 9.4).

As-of is the last day a standing file covered; the rules say who owes the file, by which weekday, and how old it may be.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Max, Min, Q

from funds.models import FeedKind, TreasuryFeed
from linkage import access, periods, rules
from linkage.models import Region
from linkage.periods import WorkCalendar

WEEKS = 12
DUE_HOUR = 17


@dataclass(frozen=True)
class Fresh:
    """One unit: data up to `as_of`, last uploaded at; `late` by how many due days nothing fresh has come."""

    unit: Region
    as_of: date | None
    uploaded_at: datetime | None
    uploaded_by: str
    last_due: datetime
    next_due: datetime
    is_late: bool
    in_time: int
    counted: int
    age_days: int | None

    @property
    def timely_ratio(self) -> Decimal | None:
        """及时率: due days with fresh data ÷ due days since the first upload, of the last WEEKS; None before the first."""
        return Decimal(self.in_time) / self.counted if self.counted else None

    @property
    def look(self) -> str:
        """The key of its badge."""
        if self.as_of is None:
            return "never"
        return "late" if self.is_late else "fresh"


def due_moments(at: datetime, calendar: WorkCalendar | None = None, weeks: int = WEEKS) -> list[datetime]:
    """The last `weeks` due moments up to `at` and the next one, the oldest first. A due day that is no working day moves
    on to the first one after it. Rule treasury_due_weekday of the day itself."""
    calendar, found = calendar or WorkCalendar.load(), []
    monday = periods.shift(periods.day_of(at), days=-periods.day_of(at).weekday())
    for back in range(weeks + 1, -2, -1):
        week = periods.shift(monday, days=-7 * back)
        day = periods.shift(week, days=rules.get("treasury_due_weekday", on=week) - 1)
        day = day if calendar.is_workday(day) else calendar.next_workday(day)
        found.append(periods.moment(day, DUE_HOUR))
    past = [one for one in found if one <= at]
    return [*past[-weeks:], next(one for one in found if one > at)]


def freshness(units: Collection[Region], at: datetime, kind: str = FeedKind.PAYMENTS) -> list[Fresh]:
    """One row per unit, in the order given. Two queries and the calendar."""
    *past, coming = due_moments(at)
    since = periods.shift(past[0], days=-60) if past else at
    feeds: dict[int, list[TreasuryFeed]] = {}
    rows = TreasuryFeed.objects.standing().filter(kind=kind, unit__in=units, uploaded_at__lte=at)
    for feed in rows.filter(uploaded_at__gte=since).select_related("uploaded_by").order_by("uploaded_at", "pk"):
        feeds.setdefault(feed.unit_id, []).append(feed)
    reach = rows.order_by().values("unit").annotate(first=Min("uploaded_at"), last=Max("last_on"))
    ever = {unit: (first, last) for unit, first, last in reach.values_list("unit", "first", "last")}
    return [_fresh(unit, feeds.get(unit.pk, []), ever.get(unit.pk), past, coming, at) for unit in units]


def _fresh(unit: Region, feeds: list[TreasuryFeed], ever, past: list[datetime], coming: datetime, at: datetime) -> Fresh:
    first, as_of = ever or (None, None)
    counted = [due for due in past if first is not None and periods.day_of(due) >= periods.day_of(first)]
    in_time = sum(_was_fresh(feeds, due) for due in counted)
    last = feeds[-1] if feeds else None
    last_due = past[-1] if past else coming
    is_late = not _was_fresh(feeds, last_due) and not _is_fresh_now(as_of, last_due)
    age = None if as_of is None else periods.age_days(as_of, periods.day_of(at))
    uploaded_at = last.uploaded_at if last else None
    uploaded_by = str(last.uploaded_by) if last and last.uploaded_by else ""
    return Fresh(unit, as_of, uploaded_at, uploaded_by, last_due, coming, is_late, in_time, len(counted), age)


def _was_fresh(feeds: list[TreasuryFeed], due: datetime) -> bool:
    """On the due day, had a file come that reached near enough to it?"""
    day = periods.day_of(due)
    needed = periods.shift(day, days=-rules.get("treasury_max_age_days", on=day))
    return any(feed.last_on >= needed and periods.day_of(feed.uploaded_at) <= day for feed in feeds)


def _is_fresh_now(as_of: date | None, due: datetime) -> bool:
    """Has what was owed on the due day come since?"""
    day = periods.day_of(due)
    return as_of is not None and as_of >= periods.shift(day, days=-rules.get("treasury_max_age_days", on=day))


def units_fed_by(user, at: datetime) -> list[Region]:
    """Units whose file this person owes, by the rule treasury_feeder: the prefecture's finance for all, or each county's for its own."""
    whose = rules.get("treasury_feeder", on=periods.day_of(at))
    grants = [grant for grant in access.grants_of(user) if "voucher.record" in grant.permissions]
    paths = Q(pk__in=[])
    for grant in grants:
        if (grant.role in access.COUNTY_ROLES) == (whose == "county"):
            paths |= Q(path__startswith=grant.region_path)
    if not grants:
        return []
    found = Region.objects.reporting().filter(paths)
    return list(found)


def as_of_words(user, at: datetime) -> str:
    """ "财政数据截至 11月19日（呼玛县 11月12日）": the day most units reach, and whoever is behind. Empty before the first file. Three queries."""
    units = [unit for unit in Region.objects.reporting() if any(grant.covers(unit.path) for grant in access.grants_of(user))]
    rows = [row for row in freshness(units, at) if row.as_of]
    if not rows:
        return ""
    newest = max(row.as_of for row in rows if row.as_of)
    behind = [f"{row.unit.name} {periods.day_words(row.as_of, newest.year)}" for row in rows if row.as_of and row.as_of < newest]
    beside = f"（{'、'.join(behind[:4])}{'等' if len(behind) > 4 else ''}）" if behind else ""
    return f"财政数据截至 {periods.day_words(newest, periods.day_of(at).year)}{beside}"
