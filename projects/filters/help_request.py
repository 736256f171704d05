"""Narrowing 提请协调: list, Excel and API use the same set."""

from __future__ import annotations

import django_filters
from django import forms

from linkage import access, periods
from linkage.filters.ids import IdFilter
from linkage.filters.units import UnitFilter, UnitsInSight
from linkage.filters.words import WordFilter
from linkage.models import Matter, Organisation
from projects.models import HelpRequest, HelpState, HelpTransition
from projects.states import help_requests as states

TODO, MINE, ALL = "todo", "mine", "all"
SHOWS = ((TODO, "待我办"), (MINE, "我提出的"), (ALL, "全部"))
STATES = (("open", "未办结"), ("overdue", "已超时"), ("passed", "来回转办"), ("phone", "代登记"), *HelpState.choices)


class HelpRequestFilter(UnitsInSight):
    """`user` decides what 待我办 and 我提出的 mean; rows must already be limited by visible_to(user)."""

    q = WordFilter("code", "text", "project__name", "project__code", "caller", where="问题、项目、编号、来电人")
    show = django_filters.ChoiceFilter(choices=SHOWS, method="by_show", label="范围", empty_label=None, widget=forms.HiddenInput)
    state = django_filters.ChoiceFilter(choices=STATES, method="by_state", label="状态", empty_label="全部")
    unit = UnitFilter("unit")
    matter = django_filters.ModelChoiceFilter(queryset=Matter.objects.all(), to_field_name="code", label="事项", empty_label="全部")
    holder = django_filters.ModelChoiceFilter(queryset=Organisation.objects.none(), label="承办单位", empty_label="全部")
    project = IdFilter("project_id", label="项目", widget=forms.HiddenInput)
    procedure = IdFilter("procedure_id", label="手续", widget=forms.HiddenInput)

    preset: str = ""  # the range meant when the address names none: what waits, for those who act at all

    class Meta:
        model = HelpRequest
        fields: tuple[str, ...] = ()

    def __init__(self, data=None, queryset=None, *, at=None, **kwargs):
        data = data.copy() if data else {}
        user = kwargs.get("user") or kwargs["request"].user
        if not data.get("show"):
            data["show"] = self.preset or (TODO if acts(user) else ALL)
        super().__init__(data, queryset, **kwargs)
        self.at = at or periods.now()
        asked = HelpTransition.objects.filter(subject__in=HelpRequest.objects.visible_to(self.user).values("pk")).order_by().values("to_body")
        self.filters["holder"].field.queryset = Organisation.objects.filter(pk__in=asked).order_by("region__display_order", "pk")

    def by_show(self, rows, name, value):
        if value == TODO:
            return rows.waiting_for(self.user, periods.day_of(self.at))
        return rows.asked_by(self.user) if value == MINE else rows

    def by_state(self, rows, name, value):
        groups = {
            "open": rows.open, "overdue": lambda: rows.overdue(self.at), "passed": lambda: rows.filter(is_back_and_forth=True),
            "phone": lambda: rows.filter(is_by_phone=True),
        }  # fmt: skip
        return groups[value]() if value in groups else rows.filter(state=value)


def acts(user) -> bool:
    """Does the person ask or answer at all?"""
    return access.may(user, states.RAISE) or access.may(user, states.ANSWER)
