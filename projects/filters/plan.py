"""Narrowing the list of annual plans."""

from __future__ import annotations

import django_filters
from django.db.models import Max

from linkage.models import Region
from projects.models import AnnualPlan, PlanState

from .project import units_in_sight


class PlanFilter(django_filters.FilterSet):
    """`user` decides which units may be chosen; rows must already be limited by visible_to(user)."""

    year = django_filters.ChoiceFilter(field_name="year", label="年度", empty_label="全部")
    unit = django_filters.ModelChoiceFilter(queryset=Region.objects.none(), to_field_name="slug", label="县（市、区）", empty_label="全部")
    state = django_filters.ChoiceFilter(choices=PlanState.choices, label="状态", empty_label="全部")

    class Meta:
        model = AnnualPlan
        fields: tuple[str, ...] = ()

    def __init__(self, data=None, queryset=None, *, user, **kwargs):
        super().__init__(data, queryset, **kwargs)
        units = units_in_sight(user)
        if len(units) > 1:
            self.filters["unit"].field.queryset = units
        else:
            del self.filters["unit"]
        years = AnnualPlan.objects.visible_to(user).order_by("-year").values("year").annotate(last=Max("version")).values_list("year", flat=True)
        self.filters["year"].field.choices = [(year, f"{year}年") for year in years]
