"""Suspicions as a person reads them: pairs with what was decided about them (features 2.6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import QuerySet

from linkage import rules
from projects.figures import likeness
from projects.figures.likeness import Suspicion, Traits
from projects.models import AlikeDecision, Method, Project


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


def of_year(rows: QuerySet[Project], year: int, day: date) -> list[tuple[Traits, Traits, Suspicion]]:
    """Suspicious pairs of which one is of the year; `rows` are those in sight. One query."""
    near = rows.filter(project_year__range=(year - likeness.CLOSE_YEARS, year)).order_by("pk").values_list(*likeness.COLUMNS)
    found = likeness.all_suspicions([Traits(*row) for row in near.iterator(2000)], limits(day))
    return [three for three in found if year in (three[0].year, three[1].year)]


def decided(user) -> dict[tuple[int, int], AlikeDecision]:
    """Every decision in sight by its pair. One query."""
    return {(one.first_id, one.second_id): one for one in AlikeDecision.objects.visible_to(user).select_related("by")}


def as_pairs(found: list[tuple[Traits, Traits, Suspicion]], decisions: dict[tuple[int, int], AlikeDecision]) -> list[Pair]:
    """The projects of the found pairs with their decisions, in the given order. One query."""
    ids = {one.pk for a, b, _ in found for one in (a, b)}
    rows = Project.objects.select_related("unit", "task").in_bulk(ids)
    return [
        Pair(rows[a.pk], rows[b.pk], suspicion, decisions.get((a.pk, b.pk)))  # type: ignore[index,arg-type]
        for a, b, suspicion in found
        if a.pk in rows and b.pk in rows
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
