"""Narrowing procedures: desk, Excel and API use the same set."""

from __future__ import annotations

import django_filters
from django import forms
from django.db.models import Q

from linkage import periods
from linkage.filters.ids import IdFilter
from linkage.models import Matter, Organisation, Region
from projects.models import Confirmation, Procedure, ProcedureState
from projects.states import procedures as states

from .project import units_in_sight

GROUPS = (
    ("todo", "待办理"), ("open", "办理中"), ("overdue", "超时限"), ("waiting", "项目还需要的"), ("unconfirmed", "代录待确认"), ("disputed", "有异议"),
    ("settled", "已办结、免办"), ("all", "全部"),
)  # fmt: skip
STATES = (*GROUPS, *ProcedureState.choices)


class ProcedureFilter(django_filters.FilterSet):
    """`user` decides which units may be chosen and what 待办理 means; rows must already be limited by visible_to(user)."""

    q = django_filters.CharFilter(method="search", label="搜索", widget=forms.TextInput(attrs={"placeholder": "项目、手续、文号"}))
    state = django_filters.ChoiceFilter(choices=STATES, method="by_state", label="范围", empty_label=None)
    unit = django_filters.ModelChoiceFilter(
        field_name="project__unit", queryset=Region.objects.none(), to_field_name="slug", label="县（市、区）", empty_label="全部"
    )
    matter = django_filters.ModelChoiceFilter(
        field_name="kind__matter", queryset=Matter.objects.all(), to_field_name="code", label="事项", empty_label="全部"
    )
    handler = django_filters.ModelChoiceFilter(queryset=Organisation.objects.none(), label="承办单位", empty_label="全部")
    green = django_filters.BooleanFilter(field_name="is_green", method="only_green", label="绿色通道", widget=forms.CheckboxInput)
    project = IdFilter("project_id", label="项目", widget=forms.HiddenInput)

    class Meta:
        model = Procedure
        fields: tuple[str, ...] = ()

    def __init__(self, data=None, queryset=None, *, user, on=None, preset="todo", **kwargs):
        data = data.copy() if data else {}
        if not data.get("state"):
            data["state"] = preset
        self.user, self.on = user, on or periods.today()
        super().__init__(data, queryset, **kwargs)
        units = units_in_sight(user)
        if len(units) > 1:
            self.filters["unit"].field.queryset = units_in_sight(user)
        else:
            del self.filters["unit"]
        handlers = Procedure.objects.visible_to(user).order_by().values("handler")
        self.filters["handler"].field.queryset = Organisation.objects.filter(pk__in=handlers).order_by("region__display_order", "pk")

    def search(self, rows, name, value):
        for word in value.split()[:5]:
            rows = rows.filter(
                Q(project__name__icontains=word) | Q(project__code__icontains=word) | Q(kind__name__icontains=word) | Q(document_no__icontains=word)
            )
        return rows

    def only_green(self, rows, name, value):
        return rows.filter(is_green=True) if value else rows

    def by_state(self, rows, name, value):
        groups = {
            "todo": lambda: rows.waiting_for(self.user), "open": rows.open, "overdue": lambda: rows.overdue(self.on),
            "waiting": rows.waiting, "unconfirmed": lambda: rows.filter(confirmation=Confirmation.WAITING),
            "disputed": lambda: rows.filter(confirmation=Confirmation.DISPUTED), "settled": lambda: rows.filter(state__in=states.SETTLED),
            "all": lambda: rows,
        }  # fmt: skip
        return groups[value]() if value in groups else rows.filter(state=value)
