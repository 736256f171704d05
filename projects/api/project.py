"""`/api/v1/projects/` and `/api/v1/progress/`: the rows in sight, with the filters of the list page."""

from __future__ import annotations

import django_filters
from rest_framework import serializers

from linkage.api import ScopedViewSet, Serializer
from linkage.filters.ids import IdFilter
from projects.checks import revision_differences
from projects.filters import ProjectFilter
from projects.models import FACT_FIELDS, Progress, Project, ProjectRevision, RevisionKind


class ProjectSerializer(Serializer):
    unit = serializers.SlugRelatedField(slug_field="slug", read_only=True)
    task = serializers.SlugRelatedField(slug_field="code", read_only=True)
    category = serializers.SlugRelatedField(slug_field="code", read_only=True)
    implementer_name = serializers.CharField(source="implementer.name", read_only=True, default="")
    stage_words = serializers.CharField(read_only=True)

    class Meta:
        model = Project
        fields = [
            "id", "code", "name", "unit", "task", "category", "method", "stage", "stage_words", "construction_state", "restart_on",
            "implementer", "implementer_name", "content", "site", "project_year", "planned_investment_yuan", "planned_start_on",
            "planned_finish_on", "started_on", "finished_on", "accepted_on", "physical_ratio", "revision", "updated_at",
        ]  # fmt: skip


class ProjectViewSet(ScopedViewSet):
    """项目库：与页面同一套筛选条件。"""

    queryset = Project.objects.select_related("unit", "task", "category", "implementer").order_by("unit__display_order", "-project_year", "code")
    serializer_class = ProjectSerializer
    filterset_class = ProjectFilter


class ProgressSerializer(Serializer):
    project_code = serializers.CharField(source="project.code", read_only=True)

    class Meta:
        model = Progress
        fields = ["id", "project", "project_code", "as_of", "known_at", "statement_key", *FACT_FIELDS, "superseded_by", "withdrawn_at"]


class ProgressFilter(django_filters.FilterSet):
    project = IdFilter("project_id", label="项目")
    unit = django_filters.CharFilter("project__unit__slug", label="填报单位标识")
    as_of = django_filters.DateFilter(label="截至")
    live = django_filters.BooleanFilter(method="only_live", label="只看现行数据")

    class Meta:
        model = Progress
        fields: tuple[str, ...] = ()

    def only_live(self, rows, name, value):
        return rows.live() if value else rows


class ProgressViewSet(ScopedViewSet):
    """项目进度：已审签周调度上报的事实；被更正的行有 superseded_by。"""

    queryset = Progress.objects.select_related("project").order_by("-as_of", "-pk")
    serializer_class = ProgressSerializer
    filterset_class = ProgressFilter


class RevisionSerializer(Serializer):
    project_code = serializers.CharField(source="project.code", read_only=True)
    kind_words = serializers.CharField(source="get_kind_display", read_only=True)
    differences = serializers.SerializerMethodField()

    class Meta:
        model = ProjectRevision
        fields = [
            "id", "project", "project_code", "revision", "kind", "kind_words", "differences", "reason", "document", "at", "by_name", "withdrawn_at",
        ]  # fmt: skip

    def get_differences(self, row) -> list[dict[str, str]]:
        return [dict(zip(("field", "label", "before", "after"), one, strict=True)) for one in revision_differences(row)]


class RevisionFilter(django_filters.FilterSet):
    project = IdFilter("project_id", label="项目")
    unit = django_filters.CharFilter("project__unit__slug", label="填报单位标识")
    kind = django_filters.ChoiceFilter(choices=RevisionKind.choices, label="调整类型")

    class Meta:
        model = ProjectRevision
        fields: tuple[str, ...] = ()


class RevisionViewSet(ScopedViewSet):
    """项目调整：列入年度计划以后批准的变更，调整前后对照。"""

    queryset = ProjectRevision.objects.select_related("project").order_by("-at", "-pk")
    serializer_class = RevisionSerializer
    filterset_class = RevisionFilter


def register(router) -> None:
    router.register("projects", ProjectViewSet)
    router.register("progress", ProgressViewSet)
    router.register("project-revisions", RevisionViewSet)
