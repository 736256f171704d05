"""Projects whose works have not begun, by how ripe they are: page and Excel use the same rows in the same order (features 2.7)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import django_filters

from projects import states
from projects.checks import unfilled
from projects.figures.readiness import BAND_WORDS, Readiness, in_band, of_projects
from projects.models import Method, Project, Stage

from .project import ProjectFilter

SORTS = (("high", "成熟度高的在前"), ("low", "成熟度低的在前"))
BEFORE_WORKS = tuple(states.ORDER[: states.ORDER.index(states.STARTED)])


class ReadinessFilter(ProjectFilter):
    """The library's filters that make sense before the works, and the band. Ratio and order are computed, not asked of the database."""

    band = django_filters.ChoiceFilter(choices=BAND_WORDS, method="left_to_figures", label="成熟度", empty_label="全部")
    sort = django_filters.ChoiceFilter(choices=SORTS, method="left_to_figures", label="排列", empty_label=None)

    def __init__(self, data=None, queryset=None, **kwargs):
        data = data.copy() if data else {}
        if not data.get("sort"):
            data["sort"] = "high"
        super().__init__(data, queryset, **kwargs)
        for name in ("reached", "construction", "imported", "unpaid", "category"):
            self.filters.pop(name, None)

    def left_to_figures(self, rows, name, value):
        return rows


def ripened(query: Mapping[str, str], user, as_of: date) -> tuple[ReadinessFilter, list[tuple[Project, Readiness]]]:
    """The filter and its projects with their readiness, in order. A constant number of queries."""
    rows = Project.objects.visible_to(user).filter(stage__in=BEFORE_WORKS).exclude(method=Method.FEE).exclude(stage=Stage.REMOVED)
    filterset = ReadinessFilter(query, rows, user=user, as_of=as_of)
    chosen = filterset.form.cleaned_data if filterset.form.is_valid() else {}
    projects = list(filterset.qs.select_related("unit", "task", "implementer").order_by("unit__display_order", "-project_year", "code"))
    found = of_projects(projects, user, as_of, unfilled=unfilled(projects))
    band = chosen.get("band")
    pairs = [(project, found[project.pk]) for project in projects if not band or in_band(found[project.pk], band)]
    pairs.sort(key=lambda pair: pair[1].ratio or 0, reverse=chosen.get("sort") != "low")
    return filterset, pairs
