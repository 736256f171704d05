"""Is a row perhaps a project that is already there under another name or year? Asked about, never decided (features 2.5)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from projects.figures import likeness
from projects.figures.likeness import Verdict, core, numbers
from projects.models import Project
from projects.models.plain import PlainProject

MOST_COMPARED = 50


class Known(NamedTuple):
    """What is needed of a standing project."""

    unit_id: int
    name: str
    code: str
    year: int
    yuan: Decimal
    site: str
    method: str


class Alike:
    """Standing projects of some units by the numbers in their names; names are compared only within such a group."""

    def __init__(self, unit_ids: Iterable[int]):
        self._same_name: dict[tuple, list[Known]] = defaultdict(list)
        self._same_money: dict[tuple, list[Known]] = defaultdict(list)
        columns = ("unit_id", "name", "code", "project_year", "planned_investment_yuan", "site", "method")
        for project in map(Known._make, Project.objects.filter(unit__in=list(unit_ids)).order_by("pk").values_list(*columns)):
            name = core(project.name)
            self._same_name[project.unit_id, name].append(project)
            self._same_money[project.unit_id, project.yuan, numbers(name)].append(project)

    def find(self, draft: PlainProject) -> Known | None:
        """A standing project of nearly the same year with the same words in its name, or with the same money and a like name."""
        name = core(draft.name)
        for other in self._same_name.get((draft.unit_id, name), ()):
            if _same(draft, other):
                return other
        group = self._same_money.get((draft.unit_id, draft.planned_investment_yuan, numbers(name)), ())
        return next((other for other in group[:MOST_COMPARED] if _same(draft, other)), None)


def _same(draft: PlainProject, other: Known) -> bool:
    """The judgement of all other pages; a split is not asked about here, each part of it is a row of its own."""
    mine = likeness.Traits(
        None, "", draft.unit_id or 0, draft.name, draft.site, draft.project_year or 0, draft.planned_investment_yuan, draft.method,
    )  # fmt: skip
    theirs = likeness.Traits(None, other.code, other.unit_id, other.name, other.site, other.year, other.yuan, other.method)
    found = likeness.judge(mine, theirs, {})
    return found is not None and found.verdict == Verdict.SAME
