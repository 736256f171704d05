"""Narrowing the ledger: page, Excel and API use the same set."""

from __future__ import annotations

import django_filters
from django import forms
from django.db.models import Q

from issues.models import Issue, IssueState, Origin, Severity
from linkage import periods
from linkage.filters.ids import IdFilter
from linkage.models import DictionaryEntry, DictionaryKind, FundTask, Region
from projects.filters import units_in_sight

STATES = (("open", "未销号"), ("overdue", "整改逾期"), *IssueState.choices)


class IssueFilter(django_filters.FilterSet):
    """`user` decides which units may be chosen and what 待我办理 means; rows must already be limited by visible_to(user)."""

    q = django_filters.CharFilter(method="search", label="搜索", widget=forms.TextInput(attrs={"placeholder": "问题、编号、项目、责任人"}))
    state = django_filters.ChoiceFilter(choices=STATES, method="by_state", label="状态", empty_label="全部")
    unit = django_filters.ModelChoiceFilter(queryset=Region.objects.none(), to_field_name="slug", label="责任地区", empty_label="全部")
    task = django_filters.ModelChoiceFilter(queryset=FundTask.objects.all(), to_field_name="code", label="资金任务", empty_label="全部")
    origin = django_filters.ChoiceFilter(choices=Origin.choices, label="来源", empty_label="全部")
    severity = django_filters.ChoiceFilter(choices=Severity.choices, label="程度", empty_label="全部")
    cause = django_filters.ModelChoiceFilter(
        queryset=DictionaryEntry.objects.of(DictionaryKind.CAUSE), to_field_name="code", label="原因", empty_label="全部"
    )
    project = IdFilter("project_id", label="项目", widget=forms.HiddenInput)
    mine = django_filters.BooleanFilter(method="waiting_for_me", label="待我办理", widget=forms.CheckboxInput)

    class Meta:
        model = Issue
        fields: tuple[str, ...] = ()

    def __init__(self, data=None, queryset=None, *, user, on=None, **kwargs):
        super().__init__(data, queryset, **kwargs)
        self.user, self.on = user, on or periods.today()
        if len(units_in_sight(user)) > 1:
            self.filters["unit"].field.queryset = units_in_sight(user)
        else:
            del self.filters["unit"]

    def search(self, rows, name, value):
        for word in value.split()[:5]:
            rows = rows.filter(
                Q(title__icontains=word) | Q(code__icontains=word) | Q(project__name__icontains=word) | Q(responsible__icontains=word)
            )
        return rows

    def by_state(self, rows, name, value):
        if value == "open":
            return rows.open()
        return rows.overdue(self.on) if value == "overdue" else rows.filter(state=value)

    def waiting_for_me(self, rows, name, value):
        return rows.waiting_for(self.user) if value else rows
