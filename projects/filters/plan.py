"""Narrowing the list of annual plans."""

from __future__ import annotations

import django_filters
from django.db.models import Max

from linkage.filters.units import UnitFilter, UnitsInSight
from projects.models import AnnualPlan, PlanState


class PlanFilter(UnitsInSight):
    year = django_filters.ChoiceFilter(field_name="year", label="年度", empty_label="全部")
    unit = UnitFilter()
    state = django_filters.ChoiceFilter(choices=PlanState.choices, label="状态", empty_label="全部")

    class Meta:
        model = AnnualPlan
        fields: tuple[str, ...] = ()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        years = AnnualPlan.objects.visible_to(self.user).order_by("-year").values("year").annotate(last=Max("version")).values_list("year", flat=True)
        self.filters["year"].field.choices = [(year, f"{year}年") for year in years]
