"""Narrowing the pairs of like projects: page and Excel use the same set."""

from __future__ import annotations

import django_filters
from django.db.models import Q

from linkage.filters.units import UnitFilter, UnitsInSight
from linkage.filters.words import WordFilter
from projects.models import AlikeKind, AlikePair, AlikeRun

SHOWN = (("decided", "已认定"), ("all", "全部"))


class AlikeFilter(UnitsInSight):
    """Pairs nobody has decided on unless asked otherwise; rows must already be limited by visible_to(user)."""

    q = WordFilter("first__name", "first__code", "second__name", "second__code", where="名称、编号")
    year = django_filters.ChoiceFilter(label="项目年度", empty_label="全部")
    unit = UnitFilter(method="by_unit")
    kind = django_filters.ChoiceFilter(choices=AlikeKind.choices, label="疑似", empty_label="全部")
    shown = django_filters.ChoiceFilter(choices=SHOWN, method="by_decided", label="认定", empty_label="待认定")

    class Meta:
        model = AlikePair
        fields: tuple[str, ...] = ()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.filters["year"].extra["choices"] = [(str(year), f"{year}年") for year in AlikeRun.objects.values_list("year", flat=True)]

    def filter_queryset(self, queryset):
        rows = super().filter_queryset(queryset.with_decided())
        return rows if self.form.cleaned_data.get("shown") else rows.filter(is_decided=False)

    def by_unit(self, rows, name, value):
        return rows.filter(Q(first__unit=value) | Q(second__unit=value))

    def by_decided(self, rows, name, value):
        return rows.filter(is_decided=True) if value == "decided" else rows
