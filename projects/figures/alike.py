"""Suspicions as a person reads them: pairs with what was decided about them (features 2.6)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from itertools import groupby
from operator import attrgetter
from pathlib import Path

from django.db.models import Min

from linkage import rules
from projects.figures import likeness
from projects.figures.likeness import Suspicion, Traits, Verdict
from projects.models import AlikeDecision, AlikePair, AlikeRun, Method, Project


@dataclass(frozen=True)
class Pair:
    """Two projects that look alike, and the decision on them when there is one."""

    first: Project
    second: Project
    suspicion: Suspicion | None
    decision: AlikeDecision | None

    @property
    def both(self) -> tuple[Project, Project]:
        return self.first, self.second


def limits(day: date) -> dict[str, Decimal]:
    """Method → 元 from which a tender is a must, by the rules in force."""
    book = rules.book()
    return {
        Method.WORKS: Decimal(book.get("tender_threshold_works_wan", day)) * 10_000,
        Method.PURCHASE: Decimal(book.get("tender_threshold_goods_wan", day)) * 10_000,
    }


def years(bounds: Mapping[str, Decimal]) -> Iterator[tuple[int, list[Traits], str]]:
    """(year, its projects and those of the year before, fingerprint of all that decides on its pairs), oldest first. One query."""
    rows = Project.objects.exclude(method=Method.FEE).order_by("project_year", "pk").values_list(*likeness.COLUMNS)
    manner = hashlib.sha256(_manner() + repr(sorted(bounds.items())).encode()).digest()
    before, former, mark_before = 0, list[Traits](), b""
    for year, group in groupby(map(Traits._make, rows.iterator(2000)), key=attrgetter("year")):
        own = list(group)
        mark = hashlib.sha256(repr(own).encode()).digest()
        near, near_mark = (former, mark_before) if before == year - likeness.CLOSE_YEARS else ([], b"")
        yield year, own + near, hashlib.sha256(manner + mark + near_mark).hexdigest()
        before, former, mark_before = year, own, mark


@cache
def _manner() -> bytes:
    """The comparison itself: when it is changed, everything is compared anew."""
    return hashlib.sha256(Path(likeness.__file__).read_bytes()).digest()


def compared_at() -> datetime | None:
    """Up to when the stored pairs are true; None before the first comparison."""
    return AlikeRun.objects.aggregate(at=Min("at"))["at"]


def decided(user, pairs: Iterable[AlikePair] | None = None) -> dict[tuple[int, int], AlikeDecision]:
    """Decisions in sight by their pair: all, or those on some pairs. One query."""
    rows = AlikeDecision.objects.visible_to(user).select_related("by")
    if pairs is not None:
        rows = rows.filter(first__in={pair.first_id for pair in pairs})
    return {(one.first_id, one.second_id): one for one in rows}


def as_pairs(rows: Iterable[AlikePair], decisions: Mapping[tuple[int, int], AlikeDecision]) -> list[Pair]:
    """Stored pairs with their decisions, in the given order; `rows` come with both projects."""
    return [
        Pair(row.first, row.second, Suspicion(Verdict(row.kind), row.likeness, tuple(row.reasons)), decisions.get((row.first_id, row.second_id)))
        for row in rows
    ]


def like(project: Project, user, day: date) -> list[Pair]:
    """What looks like this project among those the user sees, and what was decided about it. Three queries at most.

    A pair decided 不同 is left out. An unsaved project (registering) has no decisions.
    """
    rows = Project.objects.visible_to(user)
    found = likeness.suspicions(rows, likeness.traits_of(project), limits(day))
    decisions = list(AlikeDecision.objects.visible_to(user).about(project.pk).select_related("by")) if project.pk else []
    by_other = {one.second_id if one.first_id == project.pk else one.first_id: one for one in decisions}
    suspected = {other.pk: suspicion for other, suspicion in found}
    wanted = [pk for pk in suspected if pk is not None] + [pk for pk in by_other if pk not in suspected]
    others = Project.objects.select_related("unit", "task").in_bulk(wanted)
    pairs = [Pair(project, others[pk], suspected.get(pk), by_other.get(pk)) for pk in wanted if pk in others]
    return [pair for pair in pairs if pair.decision is None or pair.decision.verdict != "different"]
