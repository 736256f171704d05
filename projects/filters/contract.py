"""Narrowing the list of contracts: page, Excel and API use the same set."""

from __future__ import annotations

import django_filters
from django import forms
from django.db.models import Count, Q

from linkage.filters.ids import IdFilter
from linkage.filters.units import UnitFilter, UnitsInSight
from linkage.filters.words import WordFilter
from projects.models import Contract, ContractKind, ContractShare, ContractState, PurchaseMethod
from projects.states import contract as states

GROUPS = {
    "buying": (states.TENDERING, states.AWARDED), "without_price": (states.FAILED, states.VOIDED), "running": states.CHANGEABLE,
    "closed": (states.SETTLED, states.FINAL),
}  # fmt: skip
STATES = (
    ("buying", "招标和待签约"), ("without_price", "流标、废标待重招"), ("running", "已签约未结算"), ("closed", "已结算（含决算）"), *ContractState.choices,
)  # fmt: skip


class ContractWords(WordFilter):
    def holding(self, word):
        served = Contract.objects.filter(projects__name__icontains=word).order_by().values("pk")
        return super().holding(word) | Q(pk__in=served)


class ContractFilter(UnitsInSight):
    q = ContractWords("name", "code", "number", "contractor", where="合同、编号、乙方、项目")
    unit = UnitFilter()
    state = django_filters.ChoiceFilter(choices=STATES, method="by_state", label="状态", empty_label="全部")
    kind = django_filters.ChoiceFilter(choices=ContractKind.choices, label="采购内容", empty_label="全部")
    method = django_filters.ChoiceFilter(choices=PurchaseMethod.choices, label="采购方式", empty_label="全部")
    bundled = django_filters.BooleanFilter(method="only_bundled", label="打捆合同", widget=forms.CheckboxInput)
    project = IdFilter(method="of_project", label="项目", widget=forms.HiddenInput)

    class Meta:
        model = Contract
        fields: tuple[str, ...] = ()

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
