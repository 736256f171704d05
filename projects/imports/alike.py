"""Is a row perhaps a project that is already there under another name or year? Asked about, never decided (features 2.5)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from rapidfuzz import fuzz

from linkage.figures.names import squeeze
from projects.models import Project
from projects.models.plain import PlainProject

LIKELY = 80  # similarity of two names, of 100, with the same money in the same unit
MOST_COMPARED = 50
_YEAR = re.compile(r"(?:20\d{2})年?度?")
_TAIL = re.compile(r"(?:建设)?(?:项目|工程)+$")
_OTHER_SIGNS = re.compile(r"[^\w]|_")
_NUMBERS = re.compile(r"\d+|[一二三四五六七八九十]+(?=[期组号标])")
_CLOSE_YEARS = 1


class Known(NamedTuple):
    """What is needed of a standing project."""

    unit_id: int
    name: str
    code: str
    year: int
    yuan: Decimal


class Alike:
    """Standing projects of some units by the numbers in their names; names are compared only within such a group."""

    def __init__(self, unit_ids: Iterable[int]):
        self._same_name: dict[tuple, list[Known]] = defaultdict(list)
        self._same_money: dict[tuple, list[tuple[str, Known]]] = defaultdict(list)
        columns = ("unit_id", "name", "code", "project_year", "planned_investment_yuan")
        for project in map(Known._make, Project.objects.filter(unit__in=list(unit_ids)).order_by("pk").values_list(*columns)):
            name = core(project.name)
            self._same_name[project.unit_id, name].append(project)
            self._same_money[project.unit_id, project.yuan, numbers(name)].append((name, project))

    def find(self, draft: PlainProject) -> Known | None:
        """A standing project of nearly the same year with the same words in its name, or with the same money and a like name."""
        name = core(draft.name)
        for other in self._same_name.get((draft.unit_id, name), ()):
            if _near(draft, other):
                return other
        group = self._same_money.get((draft.unit_id, draft.planned_investment_yuan, numbers(name)), ())
        for words, other in group[:MOST_COMPARED]:
            if _near(draft, other) and fuzz.ratio(words, name, score_cutoff=LIKELY):
                return other
        return None


def _near(draft: PlainProject, other: Known) -> bool:
    return abs((draft.project_year or 0) - other.year) <= _CLOSE_YEARS


def core(name: str) -> str:
    """A name without its year, signs and closing 项目: what is left when two offices write it down."""
    plain = _OTHER_SIGNS.sub("", _YEAR.sub("", squeeze(name)))
    return _TAIL.sub("", plain) or plain


def numbers(name: str) -> tuple[str, ...]:
    """Phases, groups and counts: names that differ in them are different projects."""
    return tuple(_NUMBERS.findall(name))
