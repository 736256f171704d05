"""Keeping the pairs of like projects true: a duty of the tick compares the years in which something changed (features 2.6)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from linkage import periods
from projects.figures import alike
from projects.figures.likeness import Suspicion, Traits, all_suspicions
from projects.models import AlikePair, AlikeRun

DUTY = "projects.alike"
EVERY_MINUTES = 5
BATCH = 500
COLUMNS = ["year", "kind", "likeness", "reasons"]


def compare_due(*, at: datetime) -> list[int]:
    """Compare each year whose projects, tender limits or manner of comparison changed; the years compared.

    Whatever was written, by page, import or undoing, is seen by the fingerprint of the year. Twice does nothing more; a year
    whose writing fails stays as it was and is compared again.
    """
    bounds = alike.limits(periods.day_of(at))
    known = dict(AlikeRun.objects.values_list("year", "fingerprint"))
    there, compared = set(), []
    for year, rows, fingerprint in alike.years(bounds):
        there.add(year)
        if known.get(year) != fingerprint:
            _write(year, all_suspicions(rows, bounds, year), fingerprint, at)
            compared.append(year)
    with transaction.atomic():
        AlikePair.objects.exclude(year__in=there).delete()
        AlikeRun.objects.exclude(year__in=there).delete()
        AlikeRun.objects.update(at=at)
    return compared


@transaction.atomic
def _write(year: int, found: Iterable[tuple[Traits, Traits, Suspicion]], fingerprint: str, at: datetime) -> None:
    """The pairs of a year become these: only what differs is written."""
    wanted = {
        (one.pk, other.pk): AlikePair(
            first_id=one.pk, second_id=other.pk, year=year, kind=suspicion.verdict.value, likeness=suspicion.likeness, reasons=list(suspicion.reasons)
        )
        for one, other, suspicion in found
    }  # fmt: skip
    held = {(pair.first_id, pair.second_id): pair for pair in AlikePair.objects.filter(year=year)}
    gone = [pair.pk for key, pair in held.items() if key not in wanted]
    for start in range(0, len(gone), BATCH):
        AlikePair.objects.filter(pk__in=gone[start : start + BATCH]).delete()
    new = [pair for key, pair in wanted.items() if key not in held or _said(held[key]) != _said(pair)]
    AlikePair.objects.bulk_create(new, batch_size=BATCH, update_conflicts=True, unique_fields=["first", "second"], update_fields=COLUMNS)
    AlikeRun.objects.update_or_create(year=year, defaults={"fingerprint": fingerprint, "at": at})


def _said(pair: AlikePair) -> list:
    return [getattr(pair, name) for name in COLUMNS]
