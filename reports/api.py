"""`/api/v1/weekly-reports/` and `/api/v1/rollups/`: what was signed and what was compiled from it; read only.

Drafts never leave the county: whoever asks is given the newest signed version, cut down to the rows in his sight.
"""

from __future__ import annotations

from typing import Any, ClassVar

import django_filters
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.response import Response

from linkage import periods
from linkage.api import ScopedViewSet, Serializer
from reports.figures.sight import readable_content, readable_projects
from reports.figures.statement import totals
from reports.figures.timeliness import Timeliness, timeliness
from reports.models import ReportState, ReportVersion, RollUp, WeeklyReport

READ = "period.read"


class WeeklyReportSerializer(Serializer):
    """How a unit's report of one period stands."""

    period = serializers.SlugRelatedField(slug_field="key", read_only=True)
    period_title = serializers.CharField(source="period.title", read_only=True)
    as_of = serializers.DateField(source="period.ends_on", read_only=True, help_text="数据截至")
    unit = serializers.SlugRelatedField(slug_field="slug", read_only=True)
    timeliness = serializers.SerializerMethodField()

    class Meta:
        model = WeeklyReport
        fields = [
            "id", "period", "period_title", "as_of", "unit", "state", "timeliness", "version", "is_zero", "is_exempt", "exempt_reason",
            "due_at", "return_due_at", "first_submitted_at",
        ]  # fmt: skip

    @extend_schema_field(serializers.ChoiceField(choices=[(kind.value, kind.words) for kind in Timeliness]))
    def get_timeliness(self, report) -> str:
        return timeliness(report, periods.now()).value


class StatementSerializer(serializers.Serializer):
    """A signed version. `is_part`: only the rows in the caller's sight, and their sums."""

    number = serializers.IntegerField()
    signed_at = serializers.DateTimeField()
    signed_by = serializers.CharField()
    sha256 = serializers.CharField(help_text="整版内容的散列")
    is_unusable = serializers.BooleanField(help_text="实质不可用")
    is_part = serializers.BooleanField(help_text="只含本人范围内的行")
    content = serializers.JSONField(help_text="各行：金额为元（文本），比例 0—1")
    totals = serializers.JSONField(help_text="按所含各行合计")


class OneReportSerializer(WeeklyReportSerializer):
    """With the newest signed version; None before the first signature."""

    statement = StatementSerializer(allow_null=True)

    class Meta(WeeklyReportSerializer.Meta):
        fields = [*WeeklyReportSerializer.Meta.fields, "statement"]


class WeeklyReportFilter(django_filters.FilterSet):
    period = django_filters.CharFilter("period__key", label="期号，如 2026-W47")
    unit = django_filters.CharFilter("unit__slug", label="填报单位标识")
    state = django_filters.ChoiceFilter(choices=ReportState.choices, label="状态")

    class Meta:
        model = WeeklyReport
        fields: ClassVar[list[str]] = []


class WeeklyReportViewSet(ScopedViewSet):
    """周调度报告：各期各单位的上报情况，单份附最近一次审签上报的内容。填报中的内容不经接口提供。"""

    queryset = WeeklyReport.objects.select_related("period", "unit").order_by("-period__cutoff_at", "unit__display_order", "pk")
    serializer_class = WeeklyReportSerializer
    filterset_class = WeeklyReportFilter
    allows: ClassVar = {"list": READ, "retrieve": READ}

    @extend_schema(responses=OneReportSerializer)
    def retrieve(self, request, *args, **kwargs):
        report = self.get_object()
        report.statement = _statement(request.user, report)
        return Response(OneReportSerializer(report).data)


def _statement(user, report: WeeklyReport) -> dict[str, Any] | None:
    """The newest signed version as this person reads it. Two queries at most."""
    version = ReportVersion.objects.filter(report=report, number=report.version).select_related("signed_by").first()
    if version is None:
        return None
    projects = readable_projects(user, report)
    content = readable_content(version.content, projects)
    return {
        "number": version.number, "signed_at": version.signed_at, "signed_by": str(version.signed_by), "sha256": version.sha256,
        "is_unusable": version.is_unusable, "is_part": projects is not None, "content": content, "totals": totals(content),
    }  # fmt: skip


class RollUpSerializer(Serializer):
    """One frozen version of the prefecture's week."""

    period = serializers.SlugRelatedField(slug_field="key", read_only=True)
    region = serializers.SlugRelatedField(slug_field="slug", read_only=True)

    class Meta:
        model = RollUp
        fields = ["id", "period", "region", "number", "compiled_at", "sha256"]


class OneRollUpSerializer(RollUpSerializer):
    content = serializers.JSONField(read_only=True, help_text="各单位一行及合计：金额为元（文本）；未报单位的本期为空")

    class Meta(RollUpSerializer.Meta):
        fields = [*RollUpSerializer.Meta.fields, "content"]


class RollUpFilter(django_filters.FilterSet):
    period = django_filters.CharFilter("period__key", label="期号，如 2026-W47")

    class Meta:
        model = RollUp
        fields: ClassVar[list[str]] = []


class RollUpViewSet(ScopedViewSet):
    """周汇总的各个版本；能看全地区的人才有。版本形成后不再变。"""

    queryset = RollUp.objects.select_related("period", "region").order_by("-period__cutoff_at", "-number", "pk")
    serializer_class = RollUpSerializer
    filterset_class = RollUpFilter
    allows: ClassVar = {"list": READ, "retrieve": READ}

    def get_queryset(self):
        rows = super().get_queryset()
        return rows.defer("content") if self.action == "list" else rows

    @extend_schema(responses=OneRollUpSerializer)
    def retrieve(self, request, *args, **kwargs):
        return Response(OneRollUpSerializer(self.get_object()).data)


def register(router) -> None:
    router.register("weekly-reports", WeeklyReportViewSet)
    router.register("rollups", RollUpViewSet)
