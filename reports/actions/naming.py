"""What a row of a weekly report may name: steps, and bodies of the unit and of the regions above it."""

from __future__ import annotations

from linkage.models import DictionaryEntry, DictionaryKind, Function, Organisation
from reports.models import WeeklyReport


def words_allowed(report: WeeklyReport, places: set[str]) -> dict[str, set[int]]:
    """Ids a person may choose at reference places; asked only when such a place is edited (ids are never trusted)."""
    allowed: dict[str, set[int]] = {}
    if "step" in places:
        allowed["step"] = set(steps().values_list("pk", flat=True))
    if places & {"holder", "coordination_with"}:
        allowed["holder"] = allowed["coordination_with"] = set(holders(report.unit).values_list("pk", flat=True))
    return allowed


def steps():
    return DictionaryEntry.objects.of(DictionaryKind.STEP)


def holders(unit):
    """Organisations a row may name: those of the unit and of the regions above it, implementers excepted."""
    above = [unit.path[: i + 1] for i, letter in enumerate(unit.path) if letter == "/"]
    return Organisation.objects.filter(region__path__in=above, is_active=True).exclude(functions__function=Function.IMPLEMENTER)
