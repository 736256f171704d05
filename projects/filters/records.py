"""Narrowing the lists of assets, publications, performance targets and adjustments: page, Excel and API use the same set."""

from __future__ import annotations

import django_filters
from django import forms
from django.db.models import Exists, F, OuterRef, Q

from linkage import periods
from linkage.filters.ids import IdFilter
from linkage.filters.units import UnitFilter, UnitsInSight
from linkage.filters.words import WordFilter
from projects.figures.publicity import short_ones
from projects.models import (
    Asset,
    AssetIncome,
    AssetKind,
    NoticeKind,
    NoticePlace,
    OwnerKind,
    PerformanceTarget,
    ProjectRevision,
    PublicNotice,
    RevisionKind,
    TargetLevel,
)

CONDITIONS = (("idle", "闲置"), ("no_paper", "未确权登记"), ("not_handed_over", "未移交"), ("no_caretaker", "未落实管护"), ("no_income", "经营性无收益记录"))


class OfProjectFilter(UnitsInSight):
    unit = UnitFilter("project__unit")
    year = django_filters.NumberFilter("project__project_year", label="项目年度", min_value=2015, max_value=2100)
    project = IdFilter("project_id", label="项目", widget=forms.HiddenInput)


class AssetFilter(OfProjectFilter):
    q = WordFilter("name", "project__name", "owner", "caretaker", where="资产、项目、权属、管护单位")
    kind = django_filters.ChoiceFilter(choices=AssetKind.choices, label="资产类别", empty_label="全部")
    owner_kind = django_filters.ChoiceFilter(choices=OwnerKind.choices, label="权属", empty_label="全部")
    condition = django_filters.ChoiceFilter(choices=CONDITIONS, method="by_condition", label="情况", empty_label="全部")

    class Meta:
        model = Asset
        fields: tuple[str, ...] = ()

    def by_condition(self, rows, name, value):
        earning = AssetIncome.objects.filter(asset=OuterRef("pk"), income_yuan__gt=0)
        conditions = {
            "idle": Q(idle_since__isnull=False), "no_paper": Q(registered_on__isnull=True), "not_handed_over": Q(handed_over_on__isnull=True),
            "no_caretaker": Q(caretaker=""), "no_income": Q(kind=AssetKind.OPERATING) & ~Exists(earning),
        }  # fmt: skip
        return rows.filter(conditions[value])


class NoticeFilter(OfProjectFilter):
    q = WordFilter("project__name", "where", "document", where="项目、位置、文号")
    kind = django_filters.ChoiceFilter(choices=NoticeKind.choices, label="公示内容", empty_label="全部")
    place = django_filters.ChoiceFilter(choices=NoticePlace.choices, label="公示载体", empty_label="全部")
    days = django_filters.ChoiceFilter(
        choices=(("short", "天数不足"), ("running", "公示中")), method="by_days", label="天数", empty_label="全部"
    )

    class Meta:
        model = PublicNotice
        fields: tuple[str, ...] = ()

    def by_days(self, rows, name, value):
        today = periods.today()
        return rows.filter(short_ones(today) if value == "short" else Q(to_on__isnull=True) | Q(to_on__gt=today))


RESULTS = (("reached", "达到目标"), ("missed", "未达到"), ("unknown", "还没有实际值"))
KEPT = Q(operator="ge", actual__gte=F("target")) | Q(operator="le", actual__lte=F("target")) | Q(operator="eq", actual=F("target"))
RESULT_CONDITIONS = {"reached": KEPT, "missed": Q(actual__isnull=False) & ~KEPT, "unknown": Q(actual__isnull=True)}


class TargetFilter(OfProjectFilter):
    q = WordFilter("name", "project__name", where="指标、项目")
    level = django_filters.ChoiceFilter(choices=TargetLevel.choices, label="一级指标", empty_label="全部")
    result = django_filters.ChoiceFilter(choices=RESULTS, method="by_result", label="结果", empty_label="全部")

    class Meta:
        model = PerformanceTarget
        fields: tuple[str, ...] = ()

    def by_result(self, rows, name, value):
        return rows.filter(RESULT_CONDITIONS[value])


class AdjustmentFilter(OfProjectFilter):
    q = WordFilter("project__name", "project__code", "reason", "document", where="项目、理由、批准文件")
    kind = django_filters.ChoiceFilter(choices=RevisionKind.choices, label="调整类型", empty_label="全部")
    standing = django_filters.ChoiceFilter(
        choices=(("yes", "有效"), ("no", "已撤回")), method="by_standing", label="是否有效", empty_label="全部"
    )

    class Meta:
        model = ProjectRevision
        fields: tuple[str, ...] = ()

    def by_standing(self, rows, name, value):
        return rows.filter(withdrawn_at__isnull=value == "yes")
