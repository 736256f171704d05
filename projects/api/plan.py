"""`/api/v1/plans/`: annual implementation plans, with the projects in the caller's sight."""

from __future__ import annotations

import django_filters
from django.db.models import Prefetch
from rest_framework import serializers

from linkage.api import ScopedViewSet, Serializer
from projects.models import AnnualPlan, PlanItem, PlanMoney, PlanState


class PlanMoneySerializer(Serializer):
    class Meta:
        model = PlanMoney
        fields = ["level", "amount_yuan"]


class PlanItemSerializer(Serializer):
    project_code = serializers.CharField(source="project.code", read_only=True)
    task = serializers.SlugRelatedField(slug_field="code", read_only=True)
    money = PlanMoneySerializer(many=True, read_only=True)

    class Meta:
        model = PlanItem
        fields = ["project", "project_code", "task", "money", "facts"]


class PlanSerializer(Serializer):
    unit = serializers.SlugRelatedField(slug_field="slug", read_only=True)
    items = PlanItemSerializer(source="items_in_sight", many=True, read_only=True)

    class Meta:
        model = AnnualPlan
        fields = [
            "id", "unit", "year", "version", "state", "based_on", "reason", "document_no", "decided_on", "filed_at", "sha256", "revision", "items",
        ]  # fmt: skip


class PlanApiFilter(django_filters.FilterSet):
    unit = django_filters.CharFilter("unit__slug", label="填报单位标识")
    year = django_filters.NumberFilter(label="年度")
    state = django_filters.ChoiceFilter(choices=PlanState.choices, label="状态")

    class Meta:
        model = AnnualPlan
        fields: tuple[str, ...] = ()


class PlanViewSet(ScopedViewSet):
    """年度实施计划：各版本及其项目，金额按资金层级。"""

    queryset = AnnualPlan.objects.select_related("unit").order_by("-year", "unit__display_order", "-version")
    serializer_class = PlanSerializer
    filterset_class = PlanApiFilter

    def get_queryset(self):
        items = PlanItem.objects.visible_to(self.request.user).select_related("project", "task").prefetch_related("money").order_by("project__code")
        return super().get_queryset().prefetch_related(Prefetch("items", items, to_attr="items_in_sight"))


def register(router) -> None:
    router.register("plans", PlanViewSet)
