"""Narrowing procedures: desk, Excel and API use the same set."""

from __future__ import annotations

import django_filters
from django import forms

from linkage import periods
from linkage.filters.ids import IdFilter
from linkage.filters.units import UnitFilter, UnitsInSight
from linkage.filters.words import WordFilter
from linkage.models import Matter, Organisation
from projects.models import Confirmation, Procedure, ProcedureState
from projects.states import procedures as states

GROUPS = (
    ("todo", "待办理"), ("open", "办理中"), ("overdue", "超时限"), ("waiting", "项目还需要的"), ("unconfirmed", "代录待确认"), ("disputed", "有异议"),
    ("settled", "已办结、免办"), ("all", "全部"),
)  # fmt: skip
STATES = (*GROUPS, *ProcedureState.choices)


class ProcedureFilter(UnitsInSight):
    """`user` decides which units may be chosen and what 待办理 means; rows must already be limited by visible_to(user)."""

    q = WordFilter("project__name", "project__code", "kind__name", "document_no", where="项目、手续、文号")
    state = django_filters.ChoiceFilter(choices=STATES, method="by_state", label="范围", empty_label=None)
    unit = UnitFilter("project__unit")
    matter = django_filters.ModelChoiceFilter(
        field_name="kind__matter", queryset=Matter.objects.all(), to_field_name="code", label="事项", empty_label="全部"
    )
    handler = django_filters.ModelChoiceFilter(queryset=Organisation.objects.none(), label="承办单位", empty_label="全部")
    green = django_filters.BooleanFilter(field_name="is_green", method="only_green", label="绿色通道", widget=forms.CheckboxInput)
    project = IdFilter("project_id", label="项目", widget=forms.HiddenInput)

    preset = "todo"  # the range meant when the address names none

    class Meta:
        model = Procedure
        fields: tuple[str, ...] = ()

    def __init__(self, data=None, queryset=None, *, on=None, **kwargs):
        data = data.copy() if data else {}
        if not data.get("state"):
            data["state"] = self.preset
        super().__init__(data, queryset, **kwargs)
        self.on = on or periods.today()
        handlers = Procedure.objects.visible_to(self.user).order_by().values("handler")
        self.filters["handler"].field.queryset = Organisation.objects.filter(pk__in=handlers).order_by("region__display_order", "pk")

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
