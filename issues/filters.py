"""Narrowing the ledger: page, Excel and API use the same set."""

from __future__ import annotations

import django_filters
from django import forms

from issues.models import Issue, IssueState, Origin, Severity
from linkage import periods
from linkage.filters.ids import IdFilter
from linkage.filters.units import UnitFilter, UnitsInSight
from linkage.filters.words import WordFilter
from linkage.models import DictionaryEntry, DictionaryKind, FundTask

STATES = (("open", "未销号"), ("overdue", "整改逾期"), *IssueState.choices)


class IssueFilter(UnitsInSight):
    """`user` decides which units may be chosen and what 待我办理 means; rows must already be limited by visible_to(user)."""

    q = WordFilter("title", "code", "project__name", "responsible", where="问题、编号、项目、责任人")
    state = django_filters.ChoiceFilter(choices=STATES, method="by_state", label="状态", empty_label="全部")
    unit = UnitFilter(label="责任地区")
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

    def __init__(self, *args, on=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.on = on or periods.today()

    def by_state(self, rows, name, value):
        if value == "open":
            return rows.open()
        return rows.overdue(self.on) if value == "overdue" else rows.filter(state=value)

    def waiting_for_me(self, rows, name, value):
        return rows.waiting_for(self.user) if value else rows
