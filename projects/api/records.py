"""`/api/v1/assets/`, `/api/v1/publicity/`, `/api/v1/performance-targets/`: rows of projects in sight; read-only."""

from __future__ import annotations

from rest_framework import serializers

from linkage.api import RatioNumberField, ScopedViewSet, Serializer
from projects.filters.records import AssetFilter, NoticeFilter, TargetFilter
from projects.models import Asset, AssetIncome, PerformanceTarget, PublicNotice


class IncomeSerializer(Serializer):
    class Meta:
        model = AssetIncome
        fields = ["year", "income_yuan", "to_village_yuan", "to_households_yuan", "upkeep_yuan", "note"]


class AssetSerializer(Serializer):
    project_code = serializers.CharField(source="project.code", read_only=True)
    incomes = IncomeSerializer(many=True, read_only=True)

    class Meta:
        model = Asset
        fields = [
            "id", "project", "project_code", "name", "kind", "quantity", "value_yuan", "owner_kind", "owner", "registered_on", "registration",
            "handed_over_on", "hand_over_document", "caretaker", "idle_since", "idle_reason", "incomes", "revision", "updated_at",
        ]  # fmt: skip


class NoticeSerializer(Serializer):
    project_code = serializers.CharField(source="project.code", read_only=True)

    class Meta:
        model = PublicNotice
        fields = [
            "id", "project", "project_code", "kind", "place", "where", "from_on", "to_on", "url", "document", "objections", "revision", "updated_at",
        ]  # fmt: skip


class TargetSerializer(Serializer):
    project_code = serializers.CharField(source="project.code", read_only=True)
    target = serializers.DecimalField(max_digits=19, decimal_places=4, read_only=True)
    actual = serializers.DecimalField(max_digits=19, decimal_places=4, read_only=True, allow_null=True)
    completion_ratio = RatioNumberField(read_only=True, allow_null=True, max_digits=None)

    class Meta:
        model = PerformanceTarget
        fields = [
            "id", "project", "project_code", "level", "name", "operator", "target", "unit_name", "actual", "actual_on", "completion_ratio", "revision",
            "updated_at",
        ]  # fmt: skip


class AssetViewSet(ScopedViewSet):
    """项目资产：权属、登记、移交、管护、收益与分配、闲置。"""

    queryset = Asset.objects.select_related("project").prefetch_related("incomes").order_by("-pk")
    serializer_class = AssetSerializer
    filterset_class = AssetFilter


class NoticeViewSet(ScopedViewSet):
    """公示公告：内容、载体、起止日期、证明。"""

    queryset = PublicNotice.objects.select_related("project").order_by("-pk")
    serializer_class = NoticeSerializer
    filterset_class = NoticeFilter


class TargetViewSet(ScopedViewSet):
    """绩效目标：产出、效益、满意度指标及完成率。"""

    queryset = PerformanceTarget.objects.select_related("project").order_by("-pk")
    serializer_class = TargetSerializer
    filterset_class = TargetFilter


def register(router) -> None:
    router.register("assets", AssetViewSet)
    router.register("publicity", NoticeViewSet)
    router.register("performance-targets", TargetViewSet)
