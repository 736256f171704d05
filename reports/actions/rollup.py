"""Compiling the prefecture's week from submitted statements only (features 5.7)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, OuterRef, Q, Subquery

from linkage import access, audit, periods, ticking
from linkage.errors import Refusal
from linkage.models import Region, RegionKind
from reports.figures.rollup import snapshot
from reports.figures.statement import digest
from reports.models import Period, ReportVersion, RollUp

DUTY = "weekly.rollup"


def compile_rollup(*, period: Period, by, region: Region | None = None, at: datetime | None = None) -> RollUp:
    """Freeze the period's summary as the next version; gives the last version unchanged if nothing is new.

    `by=None` is the system (the tick). Two at once: the later one finds its number taken and looks again, so that the
    newest version never knows less than the one before.
    """
    at = at or periods.now()
    region = region or prefecture()
    if by is not None and not access.may(by, "rollup.compile", region):
        raise access.Denied("只有地区专班办公室可以汇总。", "rollup.compile", target=region)
    for _ in range(3):
        last = RollUp.objects.filter(period=period, region=region).order_by("-number").first()
        content = audit.plain(snapshot(period, region, at))
        sha256 = digest(_substance(content))
        if last is not None and last.sha256 == sha256:
            return last
        try:
            with transaction.atomic():
                rollup = RollUp.objects.create(
                    period=period, region=region, number=last.number + 1 if last else 1, content=content, sha256=sha256,
                    audit_head=audit.head_hash(), compiled_at=at, compiled_by=by,
                )  # fmt: skip
                audit.record(by=by, verb="周汇总", target=rollup, at=at, after={"version": rollup.number, "sha256": sha256})
                return rollup
        except IntegrityError:
            continue
    raise RuntimeError("roll-up: three races in a row")


def _substance(content: dict[str, Any]) -> dict[str, Any]:
    """What makes two roll-ups different: everything but the time they were looked at."""
    return {key: value for key, value in content.items() if key != "compiled_at"}


def prefecture() -> Region:
    """The region whose units report: the parent of the first reporting unit, or, while there is none, the prefecture itself.
    Raises Refusal in a database without regions."""
    unit = Region.objects.reporting().select_related("parent").first()
    region = unit.parent if unit else Region.objects.filter(kind=RegionKind.PREFECTURE).first()
    if region is None:
        raise Refusal("还没有设置地区和填报单位，请先在“首日设置”中完成。", code="no_units")
    return region


def compile_due(*, at: datetime | None = None) -> int:
    """Compile every period whose deadline has passed and that has no roll-up yet, or a statement signed since. How many.

    Late and corrected statements make the next version, of their own period and of those after it whose 本期 or 沿用 rests
    on them; earlier versions stay. Statements of the last minutes are looked at once more: one may have been committed
    after the roll-up that carries a later time.
    """
    at = at or periods.now()
    just_now = periods.shift(at, minutes=-10)
    newest_rollup = RollUp.objects.filter(period=OuterRef("pk")).order_by("-number").values("compiled_at")[:1]
    newest_statement = ReportVersion.objects.filter(report__period=OuterRef("pk")).order_by("-signed_at").values("signed_at")[:1]
    due = (
        Period.objects.reported().filter(due_at__lte=at)
        .annotate(compiled=Subquery(newest_rollup), signed=Subquery(newest_statement))
        .filter(Q(compiled__isnull=True) | Q(signed__gt=F("compiled")) | Q(signed__gt=just_now) | Q(pk__in=_resting_on_news(at)))
    )  # fmt: skip
    count = 0
    for period in due.order_by("cutoff_at"):
        compile_rollup(period=period, by=None, at=at)
        count += 1
    return count


def _resting_on_news(at: datetime) -> set[int]:
    """Periods already compiled that rest on a statement signed since the duty last looked: of the same unit, after the
    statement's period and up to the next one in which the unit has reported."""
    since = periods.shift(ticking.last_done(DUTY) or at, minutes=-10)
    news = ReportVersion.objects.filter(signed_at__gt=since).select_related("report__period").only("report__unit", "report__period__cutoff_at")
    found: set[int] = set()
    for unit, cutoff in {(version.report.unit_id, version.report.period.cutoff_at) for version in news}:
        later = Period.objects.reported().filter(cutoff_at__gt=cutoff, rollups__isnull=False)
        next_one = later.filter(reports__unit=unit, reports__version__gt=0).order_by("cutoff_at").values_list("cutoff_at", flat=True).first()
        found |= set(later.filter(**({"cutoff_at__lte": next_one} if next_one else {})).order_by().values_list("pk", flat=True))
    return found
