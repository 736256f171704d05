"""Narrowing the list of contracts: page, Excel and API use the same set."""

from __future__ import annotations

import django_filters
from django import forms
from django.db.models import Count, Q

from linkage.filters.ids import IdFilter
from linkage.models import Region
from projects.filters.project import units_in_sight
from projects.models import Contract, ContractKind, ContractShare, ContractState, PurchaseMethod
from projects.states import contract as states

GROUPS = {
    "buying": (states.TENDERING, states.AWARDED), "without_price": (states.FAILED, states.VOIDED), "running": states.CHANGEABLE,
    "closed": (states.SETTLED, states.FINAL),
}  # fmt: skip
STATES = (
    ("buying", "招标和待签约"), ("without_price", "流标、废标待重招"), ("running", "已签约未结算"), ("closed", "已结算（含决算）"), *ContractState.choices,
)  # fmt: skip


class ContractFilter(django_filters.FilterSet):
    """`user` decides which units may be chosen; rows must already be limited by visible_to(user)."""

    q = django_filters.CharFilter(method="search", label="搜索", widget=forms.TextInput(attrs={"placeholder": "合同、编号、乙方、项目"}))
    unit = django_filters.ModelChoiceFilter(queryset=Region.objects.none(), to_field_name="slug", label="县（市、区）", empty_label="全部")
    state = django_filters.ChoiceFilter(choices=STATES, method="by_state", label="状态", empty_label="全部")
    kind = django_filters.ChoiceFilter(choices=ContractKind.choices, label="采购内容", empty_label="全部")
    method = django_filters.ChoiceFilter(choices=PurchaseMethod.choices, label="采购方式", empty_label="全部")
    bundled = django_filters.BooleanFilter(method="only_bundled", label="打捆合同", widget=forms.CheckboxInput)
    project = IdFilter(method="of_project", label="项目", widget=forms.HiddenInput)

    class Meta:
        model = Contract
        fields: tuple[str, ...] = ()

    def __init__(self, data=None, queryset=None, *, user, **kwargs):
        super().__init__(data, queryset, **kwargs)
        units = units_in_sight(user)
        if len(units) > 1:
            self.filters["unit"].field.queryset = units
        else:
            del self.filters["unit"]

    def search(self, rows, name, value):
        for word in value.split()[:5]:
            served = Contract.objects.filter(projects__name__icontains=word).order_by().values("pk")
            rows = rows.filter(
                Q(name__icontains=word) | Q(code__icontains=word) | Q(number__icontains=word) | Q(contractor__icontains=word) | Q(pk__in=served)
            )
        return rows

    def by_state(self, rows, name, value):
        """One state, or the group of states that a number of the page's sentence counts."""
        return rows.filter(state__in=GROUPS.get(value, (value,)))

    def only_bundled(self, rows, name, value):
        """Contracts that serve several projects."""
        if not value:
            return rows
        by_contract = ContractShare.objects.order_by().values("contract_id").annotate(projects=Count("pk"))
        return rows.filter(pk__in=by_contract.filter(projects__gt=1).values("contract_id"))

    def of_project(self, rows, name, value):
        return rows.filter(pk__in=ContractShare.objects.filter(project_id=value).order_by().values("contract_id"))
